"""`python -m bot orders` as operators use it (E2, E9)."""

from __future__ import annotations

import csv
import json
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from bot.commands import tasks
from bot.commands.orders import PICTURE, group
from bot.orders.exporting import DANGEROUS, quoted
from handlers.life import life
from handlers.life.picture import page
from storage import Store, open_store
from storage.schema import messages, outbox
from storage.tasks import Task
from tests.clock import tell
from tests.conftest import NOON
from tests.life.conftest import open_order

Run = Callable[..., str]
NUMBER = "SR-202603020001"


@pytest.fixture
def filled(database_url: str) -> Iterator[Store]:
    """A database with a few orders."""
    store = open_store(database_url)
    kinds = ("fault", "complaint", "fault", "installation", "fault")
    for number, kind in enumerate(kinds):
        fields = {
            "name": f"王{'芳明华强伟'[number]}", "phone": f"+861380013800{number}", "product": "refrigerator",
            "serial_number": f"SN{number}", "description": f"={number}+1 不制冷",
            "address": "上海市张杨路500号",
        }  # fmt: skip
        store.run(lambda tx, n=number, k=kind, f=fields: open_order(tx, f"k{n}", k, **f))  # type: ignore[misc]
    yield store
    store.close()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path) -> Run:
    """The command with its words; both databases."""
    monkeypatch.setenv("BOT__DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("BOT__DATABASE__URL", database_url)

    def invoke(*words: str, wrong: bool = False) -> str:
        result: Result = CliRunner().invoke(group, list(words))
        assert (result.exit_code != 0) == wrong, result.output
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        return result.output

    return invoke


def test_orders_are_found_and_masked(filled: Store, run: Run) -> None:
    """E9: by kind, state, number, name, phone, serial number; personal data only if asked for."""
    told = run("list")
    assert told.splitlines()[-1] == "5 orders, page 1 of 1"
    assert "王*" in told
    assert "****8004" in told
    assert "王芳" not in told
    assert "+86138" not in told
    assert "王芳" in run("list", "--full")
    assert [line[:15] for line in run("list", "--size", "2", "--page", "2").splitlines()[:2]] == [
        "SR-202603020003", "SR-202603020002",
    ]  # fmt: skip
    for words, count in (
        (("--kind", "fault"), 3), (("--kind", "return"), 0), (("--status", "created"), 5), (("--open",), 5),
        (("--ended",), 0), (("--number", "sr-20260302"), 5), (("--number", NUMBER), 1), (("--name", "芳"), 1),
        (("--name", "%"), 0), (("--phone", "13800138003"), 1), (("--phone", "8002"), 1),
        (("--phone", "+86 138 0013 8001"), 1), (("--serial", "sn4"), 1),
        (("--kind", "fault", "--name", "王", "--phone", "13800138004"), 1),
    ):  # fmt: skip
        found = json.loads(run("list", "--json", *words))
        assert len(found) == count, words
    for words in (("--kind", "x"), ("--status", "x"), ("--phone", "12"), ("--page", "0")):
        assert "Error: " in run("list", *words, wrong=True)


def test_an_order_is_moved_by_an_operator(filled: Store, run: Run) -> None:
    """E2: in a capacity, with a reason; refused in words; the customer is told through the outbox."""
    assert "created → accepted (version 2); the customer is told" in run(
        "move", NUMBER.lower(), "take", "--by", "li", "--contact", "李师傅 138"
    )
    told = run("move", NUMBER, "resolve", wrong=True)
    assert "A reason is needed to resolve. Possible as supervisor: redispatch, diagnose" in told
    assert "version 3" in run("move", NUMBER, "resolve", "--reason", "换了温控器", "--as", "engineer")
    told = run("move", NUMBER, "cancel", "--as", "agent", wrong=True)
    assert f"Order {NUMBER} is “done, waiting for you to confirm”: it is not possible to cancel." in told
    assert "was changed meanwhile" in run("move", NUMBER, "close", "--expect", "2", wrong=True)
    assert "no move “fly”" in run("move", NUMBER, "fly", wrong=True)
    assert "there is no order" in run("move", "SR-1", "take", wrong=True)
    shown = run("show", NUMBER)
    assert "🟢 resolved, round 1, version 3" in shown
    assert "supervisor li" in shown
    assert "accepted → resolved" in shown
    assert "换了温控器" in shown
    assert "next: confirm (customer agent supervisor), close" in shown
    assert [event["move"] for event in json.loads(run("show", NUMBER, "--json"))["history"]] == [
        "open", "take", "resolve",
    ]  # fmt: skip
    assert "there is no order" in run("show", "SR-1", wrong=True)
    tell(filled)
    said = filled.run(lambda tx: [row.body["text"] for row in tx.execute(select(messages.c.body))])
    assert "李师傅 138" in said[0]
    assert "现在都正常吗" in said[1]
    assert len(filled.run(lambda tx: list(tx.execute(select(outbox.c.id))))) == 2


def test_orders_are_taken_out_without_formulas(filled: Store, run: Run, tmp_path: Path) -> None:
    """E9: CSV and XLSX; a cell that could be calculated is quoted; nobody else may read the file."""
    file = tmp_path / "orders.csv"
    assert "5 orders" in run("export", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert rows[0][:3] == ["单号", "类型", "状态"]
    first = dict(zip(rows[0], rows[1], strict=True))
    assert (first["单号"], first["姓名"], first["电话"]) == (NUMBER, "王芳", "138 0013 8000")
    assert first["问题描述"] == "'=0+1 不制冷"
    assert first["登记时间"] == "2026-03-02 12:00"
    assert "is there already" in run("export", str(file), wrong=True)
    assert "1 orders" in run("export", str(file), "--force", "--name", "芳", "--masked", "--language", "en")
    text = file.read_text(encoding="utf-8-sig")
    assert "王芳" not in text
    assert "张杨路" not in text
    assert text.startswith("Number,Kind,State")
    book = tmp_path / "orders.xlsx"
    assert "5 orders" in run("export", str(book))
    with zipfile.ZipFile(book) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        styles = parts.read("xl/styles.xml").decode()
    assert "<f>" not in sheet
    assert "=0+1 不制冷" in sheet
    assert 'quotePrefix="1"' in styles
    assert "neither in .csv" in run("export", str(tmp_path / "orders.pdf"), wrong=True)
    assert "cannot be written" in run("export", str(tmp_path / "none" / "orders.csv"), wrong=True)
    assert list(tmp_path.glob(".*.part")) == []


@pytest.mark.parametrize("start", DANGEROUS)
def test_what_looks_like_a_formula_is_quoted(start: str) -> None:
    """E9: = + - @ tab and carriage return."""
    assert quoted(f"{start}1") == f"'{start}1"
    assert quoted("1=1") == "1=1"


def test_hostile_words_do_not_move_the_cursor(run: Run, database_url: str) -> None:
    """What customers wrote is shown as words, whatever it holds."""
    store = open_store(database_url)
    store.run(
        lambda tx: open_order(tx, "k", name="\x1b[2J王\u202e", description="a\x07b\nc", product="\x1b]0;x")
    )
    store.close()
    told = run("list", "--full") + run("show", NUMBER)
    assert not {"\x1b", "\x07", "\u202e"} & set(told)


def test_the_page_of_the_docs_is_the_table(run: Run, tmp_path: Path) -> None:
    """E2: docs/order-life.md is drawn from the table and is not behind it."""
    assert PICTURE.read_text(encoding="utf-8") == page(life()), "python -m bot orders life"
    assert "up to date" in run("life", "--check")
    other = tmp_path / "life.md"
    assert "not up to date" in run("life", "--check", "--out", str(other), wrong=True)
    run("life", "--out", str(other))
    assert other.read_text(encoding="utf-8") == PICTURE.read_text(encoding="utf-8")
    assert "cannot be written" in run("life", "--out", str(tmp_path / "none" / "x.md"), wrong=True)


def test_tasks_are_listed_and_settled(filled: Store, run: Run) -> None:
    """F6: what people have to do, and who did it."""
    order = filled.run(lambda tx: tx.orders.find(NUMBER))
    assert order is not None
    task = Task("second_handling", "a supervisor takes it up", NOON, order.id, due_at=NOON)
    number = str(filled.run(lambda tx: tx.tasks.add(task)))

    def on_tasks(*words: str) -> str:
        return CliRunner().invoke(tasks.group, words).output

    assert f"late  2026-03-02 12:00  {NUMBER}" in on_tasks("list")
    assert "nothing is to be done" in on_tasks("list", "--kind", "other")
    assert on_tasks("done", number, "--by", "boss") == f"{number}: done by boss\n"
    assert "was done by boss" in on_tasks("done", number)
    assert "there is no task" in on_tasks("done", "999")
    assert "nothing is to be done" in on_tasks("list")
