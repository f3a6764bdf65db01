"""When an episode is over: its week and month are reported on, and years later all is let go of (T18, E9)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

from sqlalchemy import select

from handlers.promises.watched import AGAIN
from handlers.records import archive
from handlers.records.retaining import STAGES
from handlers.records.settings import RetentionSettings
from handlers.reports import ReportSettings, draw_sample, recompute
from handlers.reports.periods import KINDS, Period, parse, period_of
from handlers.reports.writing import write, write_due
from storage import Tx
from storage.schema import messages, order_events, orders, promises, surveys
from tests.conftest import NOON
from tests.simulation.books import require
from tests.simulation.service import ZONE
from tests.simulation.store import Database

SETTINGS = ReportSettings()
ENDS = ("closed", "cancelled")
ROUNDS = 50


def check_reports(tx: Tx) -> None:
    """T18: the week's and the month's report are written once, when they are over, and are true."""
    for kind in KINDS:
        period = period_of(kind, NOON.date(), ZONE)
        closed = period.until + timedelta(hours=SETTINGS.close_after_hours)
        while write_due(tx, SETTINGS, ZONE, closed):
            pass
        early = [
            one.period
            for other in KINDS
            for one in tx.reports.page(other, 100)
            if parse(other, one.period, ZONE).until > closed
        ]
        require(not early, "T18", f"written before it was over: {early}")
        _check_report(tx, period, closed)
    _check_sample(tx, period_of("weekly", NOON.date(), ZONE))


def _check_report(tx: Tx, period: Period, closed: datetime) -> None:
    """It is counted in another way, and the same again."""
    report = tx.reports.find(period.kind, period.key)
    began = tx.reports.first_order_at() is not None
    require(began == (report is not None), "T18", f"the report of {period.key}: {report}")
    report = report or write(tx, period, SETTINGS, ZONE, closed)
    for name, wanted in _counted(tx, period).items():
        found: Any = report.figures
        for step in name.split("."):
            found = found[step]
        require(found == wanted, "T18", f"{period.key} counts {name}: {found} instead of {wanted}")
    changed = recompute(tx, report, period, SETTINGS, ZONE, closed, keep=False)
    require(not changed, "T18", f"{period.key} computed again: {changed}")


def _check_sample(tx: Tx, week: Period) -> None:
    closed = [
        row for row in tx.execute(select(orders)) if row.status == "closed" and _in(row.closed_at, week)
    ]
    drawn = tx.reports.samples(week.key)
    wanted = max(1, ceil(len(closed) * SETTINGS.sample_percent / 100)) if closed else 0
    require(len(drawn) == wanted, "T18", f"{len(drawn)} of {len(closed)} drawn instead of {wanted}")
    again = draw_sample(tx, week, SETTINGS, week.until)
    require(not again, "T18", f"{again} more were drawn when the sample was asked for again")


def _counted(tx: Tx, period: Period) -> dict[str, Any]:
    """Some figures of the period, from its rows one by one."""
    states: dict[int, str] = {}
    counted: Counter[str] = Counter()
    for event in tx.execute(select(order_events).order_by(order_events.c.id)):
        if event.move is not None and event.status != states.get(event.order_id) and event.status in ENDS:
            counted[event.status] += _in(event.at, period)
        states[event.order_id] = event.status
    settled = [row for row in tx.execute(select(promises)) if _in(row.settled_at, period)]
    settled = [row for row in settled if not row.what.endswith(AGAIN)]
    answered = [row.rating for row in tx.execute(select(surveys)) if _in(row.answered_at, period)]
    wrote = select(messages.c.conversation_id, messages.c.created_at).where(messages.c.author == "customer")
    whats = {row.what for row in settled if row.state in ("kept", "broken")}
    return {
        "orders.opened": sum(_in(row.created_at, period) for row in tx.execute(select(orders))),
        "orders.closed": counted["closed"],
        "orders.cancelled": counted["cancelled"],
        "surveys.answered": len(answered),
        "conversations": len(
            {row.conversation_id for row in tx.execute(wrote) if _in(row.created_at, period)}
        ),
        **{
            f"promises.{what}.{state}": sum((row.what, row.state) == (what, state) for row in settled)
            for what in whats
            for state in ("kept", "broken")
        },
    }


def _in(moment: datetime | None, week: Period) -> bool:
    return moment is not None and week.since <= moment < week.until


def check_retention(database: Database, folder: Path) -> None:
    """E9: years later every order that ended lies whole in the archive, once, and every other is here."""
    settings, later = RetentionSettings(), NOON + timedelta(days=366 * 4)
    before = database.look(lambda tx: {row.number: row for row in tx.execute(select(orders))})
    told = Counter(database.look(lambda tx: list(tx.execute(select(order_events.c.order_id)).scalars())))
    for stage in STAGES:
        behind: int | None = 0
        for _ in range(ROUNDS):
            behind = database.look(lambda tx: stage(tx, settings, folder, behind or 0, later))  # noqa: B023
            if behind is None:
                break
    here = set(database.look(lambda tx: list(tx.execute(select(orders.c.number)).scalars())))
    files = database.look(lambda tx: tx.retention.archives())
    kept = [one for file in files for one in archive.read(folder / archive.FOLDER, file)]
    ended = {number for number, row in before.items() if row.closed_at is not None}
    away = Counter(one["order"]["number"] for one in kept)
    require(here == before.keys() - ended, "T18", f"left after years: {sorted(here)}, ended: {sorted(ended)}")
    require(away == Counter(ended), "T18", f"in the archive: {dict(away)}, ended: {sorted(ended)}")
    for one in kept:
        row = before[one["order"]["number"]]
        require(len(one["order_events"]) == told[row.id], "T18", f"{row.number} lost some of its history")
