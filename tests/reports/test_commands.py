"""Reports and samples on the command line and over the API (F7)."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.commands.kb_desk import utc_now
from bot.commands.reports import group
from bot.commands.samples import group as samples
from bot.reports.showing import called
from handlers.life import SYSTEM, Actor, move
from handlers.reports import ReportSettings, last_closed, write_due
from storage import Store, open_store
from tests.api.conftest import Ask, ask_lone, open_order  # noqa: F401

NOW = utc_now()
WEEK = last_closed("weekly", NOW, "Asia/Shanghai", 6)
AT = WEEK.since + timedelta(days=2)


def lived(store: Store) -> str:
    """A week with one closed order, its report, its sample; the order's number."""
    order = open_order(store, now=AT)
    for name, who in (("take", Actor("engineer")), ("resolve", Actor("engineer")), ("close", SYSTEM)):
        store.run(lambda tx, name=name, who=who: move(tx, order, name, who, "done", AT + timedelta(hours=2)))  # type: ignore[misc]
    while store.run(lambda tx: write_due(tx, ReportSettings(), "Asia/Shanghai", NOW)):
        pass
    return order.number


@pytest.fixture
def desk(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    (tmp_path / "baoxiu.sqlite3").write_bytes(sqlite_template.read_bytes())
    monkeypatch.setenv("BOT__DATA_DIR", str(tmp_path))
    opened = open_store(f"sqlite:///{tmp_path / 'baoxiu.sqlite3'}")
    yield opened
    opened.close()


def test_a_report_is_shown_in_every_form(desk: Store, tmp_path: Path) -> None:
    """F7: a table, JSON, CSV, a workbook; the last closed week unless another is named."""
    lived(desk)
    run = CliRunner().invoke
    table = run(group, ["weekly", "--language", "zh"]).output
    assert f"服务周报 {WEEK.key}" in table
    assert "新建服务单\t1\t+1" in table
    told = json.loads(run(group, ["weekly", "--period", WEEK.key, "--format", "json"]).output)
    assert (told["period"], told["revision"], told["figures"]["mttr_hours"]) == (WEEK.key, 1, 2.0)
    rows = list(csv.reader(io.StringIO(run(group, ["weekly", "--format", "csv", "--language", "en"]).output)))
    assert ["Orders opened", "1", "+1"] in rows
    out = tmp_path / "week.xlsx"
    assert run(group, ["weekly", "--format", "xlsx", "--out", str(out)]).exit_code == 0
    assert zipfile.is_zipfile(out)
    assert "needs --out" in run(group, ["weekly", "--format", "xlsx"]).output
    assert "is no week; write 2026-W47" in run(group, ["weekly", "--period", "W47"]).output
    assert "(not written yet)" in run(group, ["monthly", "--period", f"{NOW:%Y-%m}"]).output
    assert "nothing has changed" in run(group, ["recompute", "weekly", "--period", WEEK.key]).output
    for period, words in (("2001-W01", "too old"), ("2199-W01", "there is no weekly report")):
        answer = run(group, ["recompute", "weekly", "--period", period])
        assert (answer.exit_code, words in answer.output) == (1, True)


def test_a_drawn_order_is_reviewed(desk: Store) -> None:
    """F7: with a score and a note; one that was not drawn is told."""
    number = lived(desk)
    run = CliRunner().invoke
    assert "1 drawn, 0 reviewed" in run(samples, ["list"]).output
    words = ["review", number.lower(), "--score", "85", "--note", "polite, but late", "--by", "boss"]
    assert run(samples, words).exit_code == 0
    assert "85  boss  polite, but late" in run(samples, ["list", "--period", WEEK.key]).output
    assert run(samples, ["list", "--open"]).output.count(number) == 0
    assert "was not drawn" in run(samples, ["review", "SR-202601010001", "--score", "1"]).output
    assert run(samples, ["review", number, "--score", "101"]).exit_code == 2


async def test_reports_are_read_over_the_api(lone: Store, ask_lone: Ask) -> None:  # noqa: F811
    """F7: with reports:read; what is not written yet is not there."""
    lived(lone)
    answer = await ask_lone("reports-read").get(f"/reports/weekly/{WEEK.key}")
    assert (answer.status_code, answer.json()["figures"]["orders"]["opened"]) == (200, 1)
    listed = (await ask_lone().get("/reports/weekly", params={"limit": 3})).json()["items"]
    assert [one["period"] for one in listed] == [WEEK.key]
    assert (await ask_lone("orders-read").get("/reports/weekly")).status_code == 403
    for path, status in (("weekly/2199-W01", 404), ("weekly/nothing", 404), ("yearly", 422)):
        assert (await ask_lone().get(f"/reports/{path}")).status_code == status


def test_figures_have_names_in_both_languages() -> None:
    """F7: codes too; what is not named is shown by its path."""
    assert called("orders.by_kind.fault", "zh") == "新建（按类型） · 报修"
    assert called("promises.answer.rate", "en") == "Promise: first answer · kept %"
    assert called("orders.by_product.-", "zh") == "新建（按产品） · -"
    assert called("something.new", "en") == "something.new"
