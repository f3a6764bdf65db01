"""What flows promise: words in both languages, examples for intents, validators for slots, no surprises."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import handlers
from bot.dialogue import Dialogue
from bot.dialogue import domain as domains
from bot.dialogue.contract import problems
from bot.dialogue.domain import DomainProblem
from bot.dialogue.engine import flow_files
from bot.dialogue.exchange import Script
from bot.dialogue.wording import LANGUAGES, Wording
from bot.settings import PROJECT, Settings
from handlers.life import life
from handlers.vocabulary import SOURCE
from nlu import wishes
from nlu.training_data import load as load_examples
from tests.dialogue.scripts import load as load_scripts

HANDLERS = Path(handlers.__file__).parent
BUTTONS_ONLY = {
    "approve_quotation", "ask_callback", "ask_hotline", "ask_order_number", "ask_support", "back_to_bot",
    "change_field", "confirm_result", "decline_quotation", "explain", "helpful", "how_soon",
    "link_accounts", "link_code", "link_not_sure", "link_sure", "no_article", "not_helpful",
    "price_too_high", "rate_service", "reopen_order", "resume", "resume_notices", "show_article",
    "stop_notices", "survey_reason", "unlink_accounts", "visit_answered",
}  # fmt: skip
"""Intents that only buttons or marked words mean; no example has them."""


@pytest.fixture(scope="module")
def script() -> Script:
    return Dialogue.load(Settings()).script


def test_nothing_is_missing(script: Script) -> None:
    """Every response in both languages, every rule's action, every form's submit and validators."""
    assert problems(script) == []


def test_named_responses_exist(script: Script) -> None:
    """Every `utter_…` that Python names has words; beginnings of names have at least one."""
    for path in [*HANDLERS.rglob("*.py"), *(PROJECT / "bot" / "dialogue").glob("*.py")]:
        code = path.read_text(encoding="utf-8")
        for name in re.findall(r'"(utter_[a-z_]*[a-z])"', code):
            assert name in script.wording, f"{path.name} names {name}"
        for start in re.findall(r'"(utter_[a-z_]+(?=\{)|utter_[a-z_]*_(?="))', code):
            assert any(n.startswith(start) for n in script.wording.names()), f"{path.name} names {start}…"


def test_every_response_is_used(script: Script) -> None:
    """Words that nobody says are forgotten words."""
    sources = [*PROJECT.glob("bot/**/*.py"), *PROJECT.glob("scheduler/*.py"), *HANDLERS.rglob("*.py")]
    told = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    ruled = {action for actions in script.domain.rules.values() for action in actions}
    ruled |= {str(move.tells) for move in life().moves.values()}
    starts = tuple(re.findall(r'f"(utter_[a-z_]+)\{', told))
    for variant in script.wording.names():
        name = variant.removesuffix("_aside")  # said in place of the response, beside another matter
        assert f'"{name}"' in told or name in ruled or name.startswith(starts), f"nobody says {name}"


def test_intents_have_examples(script: Script) -> None:
    """An intent with a rule is either trained or offered by a button only."""
    trained = {example.intent for example in load_examples(PROJECT / "nlu" / "examples").examples}
    for _, intent in script.domain.rules:
        assert intent in trained | BUTTONS_ONLY | set(wishes.intents()), f"{intent} has no examples"
    mapped = {
        name
        for spec in script.domain.slots.values()
        for mapping in spec.get("mappings") or []
        for key in ("intent", "not_intent")
        for name in _listed(mapping.get(key))
    }
    assert mapped <= trained | BUTTONS_ONLY


def test_trained_intents_are_answered(script: Script) -> None:
    """What the classifier may say has a rule, except what only answers a question."""
    trained = {example.intent for example in load_examples(PROJECT / "nlu" / "examples").examples}
    answered = {intent for form, intent in script.domain.rules if form is None}
    assert trained - answered <= {"inform", "out_of_scope"}


def test_button_payloads_have_a_meaning(script: Script) -> None:
    """Every button in the files means an intent that some rule or slot takes."""
    known = {intent for _, intent in script.domain.rules} | {"affirm", "deny", "skip", "inform"}
    for name, variations in script.domain.responses.items():
        for variation in variations:
            for button in variation.get("buttons") or []:
                intent = re.match(r"/([a-z_]+)", button["payload"])
                assert intent is not None
                assert intent[1] in known, f"{name}: {button['payload']}"


def test_both_languages_offer_the_same(script: Script) -> None:
    """A response has the same buttons and fills in the same names in Chinese and English."""
    for name, variations in script.domain.responses.items():
        offered: dict[str, set[Any]] = {language: set() for language in LANGUAGES}
        for variation in variations:
            language = next(c["value"] for c in variation["condition"] if c["name"] == "language")
            payloads = tuple(
                re.sub(r'"since": "[^"]*"', "", b["payload"]) for b in variation.get("buttons") or []
            )
            filled = frozenset(re.findall(r"\{([a-z_]+)\}", variation.get("text") or ""))
            offered[language].add((payloads, filled))
        assert offered["zh"] == offered["en"], name


def test_vocabulary_has_both_languages() -> None:
    for group, entries in yaml.safe_load(SOURCE.read_text(encoding="utf-8")).items():
        if group in ("marks", "field_names"):
            assert all(isinstance(word, str) for words in entries.values() for word in words), group
            continue
        for name, words in entries.items():
            assert set(words) == set(LANGUAGES), f"{group} {name}"


def test_no_customer_facing_words_in_python() -> None:
    """Chinese words stand in .yml; Python only names them (docstrings and comments aside)."""
    for path in [*HANDLERS.glob("*.py"), *(PROJECT / "bot" / "dialogue").glob("*.py")]:
        text = re.sub(r'(?s)""".*?"""|#[^\n]*', "", path.read_text(encoding="utf-8"))
        found = re.findall(r'"[^"\n]*[\u4e00-\u9fff][^"\n]*"', text)
        assert not [words for words in found if "\\u" not in words and words != '"宝修"']


def test_scripts_are_many_and_in_both_languages() -> None:
    scripts = load_scripts()
    english = [s for s in scripts if s.turns[0].user.isascii() and s.turns[0].user]
    assert len(scripts) >= 40
    assert len(english) >= 8


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("slots:\n  a: {type: text}\n  a: {type: text}\n", "doubled key a"),
        ("surprise: 1\n", "no section surprise"),
        ("forms:\n  f: {required_slots: [missing]}\n", "needs slot missing"),
        ("rules:\n- rule: r\n  steps: [{intent: x}]\n", "needs one intent and an action"),
        (
            "rules:\n- rule: r\n  condition: [{active_loop: f}]\n  steps: [{intent: x}, {action: y}]\n",
            "names form f",
        ),
        ("slots: [\n", "bad.yml"),
    ],
)
def test_bad_files_are_named(content: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DomainProblem, match=problem):
        domains.load([path])


def test_what_is_forgotten_is_found(tmp_path: Path, script: Script) -> None:
    """A response without English, a rule without its action, a form without validators: each is told."""
    path = tmp_path / "flow.yml"
    path.write_text(
        "intents: [x]\n"
        "responses:\n  utter_half:\n  - condition: [{type: slot, name: language, value: zh}]\n    text: 半\n"
        "slots:\n  s: {type: text}\n"
        "forms:\n  f: {required_slots: [s]}\n"
        "rules:\n- rule: r\n  steps: [{intent: x}, {action: action_missing}]\n",
        encoding="utf-8",
    )
    domain = domains.load([path])
    found = problems(Script(domain, Wording(domain.responses), {"validate_f": object}))  # type: ignore[dict-item]
    assert [p.split(" ")[0] for p in found] == ["utter_half", "the", "form", "form"]


def test_every_flow_has_its_file() -> None:
    """Each line of `handlers.flows.FLOWS` has its .yml beside it, and every .yml is used."""
    used = {path.name for path in flow_files()} | {SOURCE.name}
    assert used == {path.name for path in HANDLERS.glob("*.yml")}


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])
