"""The table of legal moves: what it says, and that mistakes in it are told with file and line (E2, F1)."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from handlers.life import LifeProblem, life
from handlers.life.checking import LIGHTS
from handlers.life.table import ACTORS, NEW, load
from handlers.life.words import SOURCE, status_line
from nlu import yml

SMALL = """
kinds: [fault]
states:
  created: {light: waiting}
  closed: {light: done, final: true}
moves:
  open: {from: new, to: created, who: [bot]}
  close: {from: created, to: closed, who: [agent], tells: utter_closed}
"""
RESPONSES = {"utter_closed": "done", "utter_reason": "because {reason}"}


def told(folder: Path, text: str) -> str:
    """What is said of a table with that text."""
    path = folder / "life.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LifeProblem) as problem:
        load(path, RESPONSES)
    return str(problem.value)


def test_a_right_table_is_read(tmp_path: Path) -> None:
    path = tmp_path / "life.yml"
    path.write_text(SMALL, encoding="utf-8")
    table = load(path, RESPONSES)
    assert [(a, move.name, b) for a, move, b in table.edges()] == [
        ("new", "open", "created"),
        ("created", "close", "closed"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("light: waiting", "light: pink", "life.yml:4: state created: there"),
        ("{light: waiting}", "{light: waiting, color: red}", "state created: there is no `color`"),
        ("final: true", "final: very", "life.yml:5: state closed: `final` must be true or false"),
        ("to: created", "to: creatd", "life.yml:7: move open: there is no state creatd"),
        ("from: created", "from: [created, gone]", "life.yml:8: move close: there is no state gone"),
        ("who: [agent]", "who: [agnet]", "life.yml:8: move close: there is no actor agnet"),
        ("who: [agent]", "who: agent", "life.yml:8: move close: `who` must be a list of names"),
        (", to: closed", "", "life.yml:8: move close: `to` is missing"),
        ("utter_closed", "utter_nothing", "life.yml:8: move close: there is no response utter_nothing"),
        ("utter_closed", "utter_reason", "{reason} exactly where the reason is told"),
        ("who: [agent]", "who: [agent], reason: maybe", "there is no sort of reason maybe"),
        ("who: [agent]", "who: [agent], kinds: [visit]", "there is no kind visit"),
        ("  created: {light", "  lost: {light: waiting}\n  created: {light", "state lost: no move"),
        ("close: {from: created, to: closed", "close: {from: created, to: same",
         "life.yml:5: state closed: no move leads there"),
        ("  open:", "  stay: {from: closed, to: created, who: [bot]}\n  open:",
         "life.yml:7: move stay: leads out of closed, which is final"),
        ("kinds: [fault]", "kinds: [fault, visit]", ""),
        ("kinds: [fault]\n", "", "life.yml:1: needs exactly the sections kinds, states, moves"),
        ("{from: new", "{from: new: [", "not valid YAML"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, words: str) -> None:
    """E2: unknown names, missing parts, states nobody comes to, dead ends."""
    text = SMALL.replace(old, new, 1)
    assert text != SMALL
    if not words:
        (tmp_path / "life.yml").write_text(text, encoding="utf-8")
        load(tmp_path / "life.yml", RESPONSES)
        return
    assert words in told(tmp_path, text)


def test_a_dead_end_for_one_kind_is_found(tmp_path: Path) -> None:
    """A state that only orders of another kind can leave."""
    text = SMALL.replace("kinds: [fault]", "kinds: [fault, visit]").replace(
        "who: [agent]", "who: [agent], kinds: [fault]"
    )
    assert "state created: a dead end for visit, and not final" in told(tmp_path, text)


def test_every_state_and_move_has_its_words() -> None:
    """F1: a traffic light and a name in both languages, for every state."""
    words = yml.read(SOURCE)
    assert set(words["status"]) == set(life().states)
    assert set(words["move"]) == set(life().moves)
    assert set(words["actor"]) == set(ACTORS)
    assert set(words["light"]) == set(LIGHTS)
    assert status_line("on_site", "zh") == "🔵 工程师在现场"
    for entries in words.values():
        assert all(set(entry) == {"zh", "en"} for entry in entries.values())


def test_the_states_are_those_of_the_requirements() -> None:
    """E2: created → dispatched → accepted → in progress → resolved → confirmed → closed."""
    assert list(life().states) == [
        "created", "dispatched", "accepted", "diagnosing", "planned", "waiting_for_customer",
        "waiting_for_parts", "visit_scheduled", "on_site", "resolved", "confirmed", "closed", "cancelled",
        "reopened",
    ]  # fmt: skip
    assert [name for name, state in life().states.items() if state.final] == ["closed", "cancelled"]
    paused = [name for name, state in life().states.items() if state.paused]
    assert paused == ["waiting_for_customer", "waiting_for_parts", "resolved"]


def test_every_order_can_be_cancelled_or_finished_and_only_a_new_one_begins() -> None:
    for kind in life().kinds:
        for name, state in life().states.items():
            ends = {move.leads(name) for move in life().legal(name, kind)}
            if not state.final and ends - {name}:
                assert ends & {"cancelled", "resolved", "closed", "accepted"}, (kind, name)
    openings = [move.name for move in life().moves.values() if NEW in move.sources]
    assert openings == ["open", "solve_alone"]


def test_the_table_is_plain_data() -> None:
    """No Python in it: it loads with a safe loader."""
    from handlers.life.table import SOURCE as TABLE

    assert yaml.safe_load(TABLE.read_text(encoding="utf-8"))["kinds"] == list(life().kinds)
