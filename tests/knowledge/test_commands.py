"""`python -m bot kb` as a trainer uses it (D1, D3)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.commands.kb import group
from handlers.life import Actor, move
from storage import Tx, open_store
from tests.conftest import NOON
from tests.knowledge.conftest import write

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path, model_dir: Path) -> Run:
    """The command with its words; both databases."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "model").symlink_to(model_dir, target_is_directory=True)
    monkeypatch.setenv("BOT__DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("BOT__DATABASE__URL", database_url)
    return lambda *words, wrong=False: checked(CliRunner().invoke(group, list(words)), wrong)


def checked(result: Result, wrong: bool) -> Result:
    assert (result.exit_code != 0) == wrong, result.output
    assert "Traceback" not in result.output
    return result


def test_a_trainers_day(run: Run, tmp_path: Path) -> None:
    """D1: import, look, publish, retire, export."""
    folder = tmp_path / "in"
    write(folder, state="review")
    assert "no articles in the database" in run("list").output
    assert "no such articles" in run("export", str(tmp_path / "none"), wrong=True).output
    assert "it would be: 1 new, 0 unchanged" in run("import", str(folder), "--dry-run").output
    assert "no articles in the database" in run("list").output
    told = run("import", str(folder), "--by", "wang").output
    assert "new: drip zh v1 (review)" in told
    assert "warning: zh/drip.md:4: article `drip` is missing in `en`" in told
    assert run("import", str(folder)).output.splitlines()[-1] == "1 unchanged"
    assert run("list").output.startswith("  drip")
    assert "published: drip zh v1" in run("publish", "drip", "--by", "li").output
    assert "nothing to do" in run("publish", "drip").output
    assert run("list").output.startswith("* drip")
    assert json.loads(run("list", "--json").output)[0]["quoted"] is True
    assert "drip v1" in run("search", "水龙头滴水怎么办").output
    shown = run("show", "drip").output
    assert "state: published" in shown
    assert "published  li" in shown
    assert "retired: drip zh v1" in run("retire", "drip").output
    assert run("search", "水龙头滴水怎么办").output == ""
    assert "1 articles written" in run("export", str(tmp_path / "out")).output
    assert "state: retired" in (tmp_path / "out" / "zh" / "drip.md").read_text()
    assert "is not empty" in run("export", str(tmp_path / "out"), wrong=True).output
    for words in (("show", "none"), ("publish", "none"), ("retire", "drip", "--version", "9")):
        assert "Error: " in run(*words, wrong=True).output


def test_mistakes_stop_the_import(run: Run, tmp_path: Path) -> None:
    """D1: file, line and what to do; nothing half-imported."""
    folder = tmp_path / "in"
    write(folder)
    run("import", str(folder))
    write(folder, answer="换垫片。")
    write(folder, "broken", version="x")
    told = run("import", str(folder), wrong=True).output
    assert "zh/broken.md:7: `version`: expected a number" in told
    assert "nothing was imported" in told
    (folder / "zh" / "broken.md").unlink()
    assert "zh/drip.md:7: `version`: 1 was published" in run("import", str(folder), wrong=True).output


def test_gaps_and_unhelpful_answers(run: Run, database_url: str) -> None:
    """D3: groups and rates, as text and JSON, since a day."""

    def ask(tx: Tx) -> None:
        conversation = tx.conversations.enter("rest", "rest", "ann", NOON)
        for text in ("空调可以租吗", "空调能不能租一台", "股票代码是多少"):
            tx.knowledge.gap(text, "zh", "air_conditioner", conversation.id, NOON)
        tx.knowledge.rate("drip", "2", "zh", False, conversation.id, NOON)

    assert "0 questions in 0 groups" in run("gaps").output
    assert "no answer was rated yet" in run("unhelpful").output
    store = open_store(database_url)
    store.run(ask)
    store.close()
    told = run("gaps").output
    assert "   2  空调可以租吗  (zh 2, air_conditioner 2; last 2026-03-02)" in told
    assert "3 questions in 2 groups" in told
    assert [g["count"] for g in json.loads(run("gaps", "--json", "--since", "2026-03-02").output)] == [2, 1]
    assert json.loads(run("gaps", "--json", "--since", "2026-03-03").output) == []
    assert "expected a day" in run("gaps", "--since", "yesterday", wrong=True).output
    assert "100%  1 of 1  drip zh v2" in run("unhelpful", "--since", "100000d").output
    assert json.loads(run("unhelpful", "--json").output)[0]["unhelpful"] == 1.0


def test_a_draft_from_an_order(run: Run, database_url: str, tmp_path: Path) -> None:
    """D3: into the database or a folder, once; an order that is not solved is refused."""

    def solve(tx: Tx, moves: str, day: str) -> str:
        conversation = tx.conversations.enter("rest", "rest", "ann", NOON)
        order = tx.orders.open(
            request_key=day, kind="fault", customer_id=conversation.customer_id,
            conversation_id=conversation.id,
            fields={"product": "refrigerator", "description": "冰箱不制冷，我叫张三", "name": "张三"},
            local_day=day, now=NOON,
        )  # fmt: skip
        for name in moves.split():
            move(tx, order, name, Actor("engineer", "li"), "换了温控器", NOON)
        return order.number

    store = open_store(database_url)
    solved, waiting = (store.run(lambda tx, s=s, d=d: solve(tx, s, d)) for s, d in
                       (("take resolve", "20260302"), ("take", "20260303")))  # fmt: skip
    store.close()
    assert "a draft in the database" in run("draft", solved.lower()).output
    shown = run("show", f"case-{solved[3:]}").output
    assert "换了温控器" in shown
    assert "drafted" in shown
    assert "张三" not in shown
    assert "is in the database already" in run("draft", solved, wrong=True).output
    assert "the desk quotes its folder" in run("publish", f"case-{solved[3:]}").output
    assert run("search", "怎样清洗空调滤网").output.startswith("* "), "drafts alone do not replace the folder"
    path = tmp_path / "drafts" / f"case-{solved[3:]}.md"
    assert str(path) in run("draft", solved, "--folder", str(tmp_path / "drafts")).output
    assert path.exists()
    assert "is there already" in run("draft", solved, "--folder", str(path.parent), wrong=True).output
    assert "no solved fault" in run("draft", waiting, wrong=True).output
    assert "there is no order" in run("draft", "SR-1", wrong=True).output
