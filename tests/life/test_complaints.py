"""`python -m bot complaints` as supervisors use it, on both databases (C4, H3)."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from bot.commands import complaint_reports, complaints
from handlers.desk import Desk, Terms
from storage import Store, Tx, open_store
from storage.schema import messages
from tests.clock import tell
from tests.conftest import NOON

Run = Callable[..., str]
FIRST, SECOND = "SR-202603020002", "SR-202603020003"


@pytest.fixture
def filled(database_url: str) -> Iterator[Store]:
    """A repaired fridge, and two complaints."""
    store = open_store(database_url)

    def opened(tx: Tx, kind: str, peer: str, **fields: Any) -> None:
        conversation = tx.conversations.enter("web", "web", peer, NOON)
        desk = Desk(tx, conversation, None, Terms(), NOON, f"{kind}{peer}")  # type: ignore[arg-type]
        told = {"name": "王芳", "phone": "+8613800138000", "product": "refrigerator"}
        desk.open_order(kind, {**told, **fields})

    store.run(lambda tx: opened(tx, "fault", "a"))
    store.run(lambda tx: opened(tx, "complaint", "a", description="=1+1 师傅骂人，打13900139000，道歉"))
    store.run(lambda tx: opened(tx, "complaint", "b", description="我要打12315，退款", product="tv"))
    yield store
    store.close()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path) -> Run:
    """The command with its words, a day after the complaints."""
    monkeypatch.setenv("BOT__DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("BOT__DATABASE__URL", database_url)
    monkeypatch.chdir(tmp_path)
    for module in (complaints, complaint_reports):
        monkeypatch.setattr(module, "utc_now", lambda: NOON + timedelta(days=1))

    def invoke(*words: str, wrong: bool = False) -> str:
        result = CliRunner().invoke(complaints.group, list(words))
        assert (result.exit_code != 0) == wrong, result.output
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        return result.output

    return invoke


def said(store: Store) -> str:
    """Everything the desk said, the last first."""
    tell(store, NOON + timedelta(days=1))
    found = store.run(
        lambda tx: list(tx.execute(select(messages.c.body).order_by(messages.c.id.desc())).scalars())
    )
    return "\n".join(body["text"] for body in found)


def test_a_plan_is_committed_to_and_told(filled: Store, run: Run) -> None:
    """C4: the order is taken up and planned, the customer hears what will be done and by when."""
    told = run("plan", FIRST, "周三前由班长上门道歉", "--until", "2026-03-04T18:00", "--by", "boss")
    assert "created → planned" in told
    assert "周三前由班长上门道歉" in said(filled)
    assert "18:00" in said(filled)
    shown = json.loads(run("show", FIRST, "--json"))
    assert (shown["plan"], shown["status"]) == ("周三前由班长上门道歉", "planned")
    assert datetime.fromisoformat(shown["plan_by"]) == datetime.fromisoformat("2026-03-04T18:00+08:00")
    assert [event["move"] for event in shown["history"]] == ["open", "take", "plan"]
    assert "planned → planned" in run("plan", FIRST, "改为周二")
    assert json.loads(run("show", FIRST, "--json"))["plan"] == "改为周二"


def test_cause_unit_and_statement_are_kept(filled: Store, run: Run) -> None:
    """H3, C4: who is responsible is one of the configured units; nothing of it is told to the customer."""
    before = said(filled)
    run("cause", SECOND, "供应商换了型号", "--unit", "质量部")
    run("statement", SECOND, "已书面答复市场监管局")
    shown = json.loads(run("show", SECOND, "--json"))
    assert (shown["cause"], shown["unit"], shown["regulator"]) == ("供应商换了型号", "质量部", True)
    assert shown["statement_at"] is not None
    assert said(filled) == before
    order = filled.run(lambda tx: tx.orders.find(SECOND))
    states = filled.run(lambda tx: {row.what: row.state for row in tx.promises.of_order(order.id)})
    assert states["statement"] == "kept"
    tasks = filled.run(lambda tx: {task.kind: task.done_at for task in tx.tasks.of_order(order.id)})
    assert tasks["complaint_statement"] is not None


def test_wrong_words_are_told(filled: Store, run: Run) -> None:
    """C4, H3: each a line, nothing half-done."""
    assert "no complaint" in run("show", "SR-202603020001", wrong=True)
    assert "one of 质量部" in run("cause", FIRST, "x", "--unit", "火星", wrong=True)
    assert "is no time" in run("plan", FIRST, "x", "--until", "soon", wrong=True)
    assert "is past" in run("plan", FIRST, "x", "--until", "2026-03-01", wrong=True)
    for named in ("plan", "cause", "statement"):
        assert "must say something" in run(named, FIRST, " ", wrong=True)
    assert "is no month" in run("register", "--month", "2026-13", wrong=True)
    assert json.loads(run("show", FIRST, "--json"))["plan"] is None


def test_complaints_are_listed(filled: Store, run: Run) -> None:
    """H3: newest first, names masked, what is due."""
    lines = run("list").splitlines()
    assert [line[:15] for line in lines] == [SECOND, FIRST]
    assert "statement by 2026-03-03 12:00" in lines[0]
    assert "王芳" not in run("list")
    assert "王芳" in run("list", "--full")
    assert [one["number"] for one in json.loads(run("list", "--json", "--severity", "severe"))] == [SECOND]
    assert "no such complaints" in run("list", "--ended")


def test_the_register_of_a_month(filled: Store, run: Run, tmp_path: Path) -> None:
    """H3: one complaint a row, masked, no cell a formula; as CSV and as a workbook."""
    run("cause", FIRST, "=cmd|' /C calc'!A0", "--unit", "服务网点")
    run("register", "--month", "2026-03")
    with (tmp_path / "complaints-2026-03.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["单号"] for row in rows] == [SECOND, FIRST]
    row = rows[1]
    assert (row["客户"], row["类别"], row["责任单位"], row["处理天数"]) == (
        "王*",
        "人员服务",
        "服务网点",
        "1",
    )
    assert (row["客户诉求"], row["产品"], row["状态"]) == ("道歉", "冰箱", "已登记，等待安排")
    assert row["原因"].startswith("'=cmd")
    assert "13900139000" not in row["投诉内容"]
    assert "is there already" in run("register", "--month", "2026-03", wrong=True)
    run("register", "--month", "2026-03", "--format", "xlsx", "--language", "en", "--full")
    with zipfile.ZipFile(tmp_path / "complaints-2026-03.xlsx") as book:
        words = "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    assert "王芳" in words
    assert "Responsible unit" in words
    assert "<f>" not in words
    assert "0 complaints" in run("register", "--month", "2026-02")


def test_rates_are_per_100_orders(filled: Store, run: Run) -> None:
    """H3: by product and by unit; a product without orders has no rate."""
    run("cause", FIRST, "x", "--unit", "服务网点")
    found = json.loads(run("rates", "--month", "2026-03", "--json"))
    assert (found["complaints"], found["orders"], found["per_100"]) == (2, 1, 200.0)
    assert found["products"] == [
        {"product": "refrigerator", "complaints": 1, "orders": 1, "per_100": 100.0},
        {"product": "tv", "complaints": 1, "orders": 0, "per_100": None},
    ]
    assert {line["unit"]: line["per_100"] for line in found["units"]} == {None: 100.0, "服务网点": 100.0}
    assert "no orders" in run("rates", "--month", "2026-03")
