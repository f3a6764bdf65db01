"""Writing the year into an empty database, many rows a statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import Table, func, insert, select, text, update

from bot.demo_year import people
from bot.demo_year.lives import Lived, Year, lives
from bot.demo_year.people import Row
from bot.demo_year.running import run
from handlers.reports import ReportSettings, write_due
from scheduler.rules import Rules
from storage import Store, Tx
from storage.schema import metadata

REPORTS = ReportSettings(catch_up=12)
"""Reports of the last twelve weeks and months."""
BATCH = 500
"""Orders a transaction."""
_PARTS = ("order_events", "appointments", "quotations", "service_log", "surveys", "complaints", "promises")


class NotEmpty(Exception):
    """The database has orders already."""


def fill(
    store: Store,
    rules: Rules,
    now: datetime,
    count: int,
    seed: int,
    told: Callable[[float], None],
) -> int:
    """A year of about so many orders before `now`; the same seed gives the same year. Raises NotEmpty."""
    if store.run(_taken):
        raise NotEmpty
    random, zone = Random(seed), ZoneInfo(rules.zone)
    staff = people.staff(random, now)
    year = Year(random, now, zone, rules.promises, staff)
    moments = year.moments(count)
    customers = [people.customer(random, i, at) for i, at in enumerate(moments[: max(1, count * 7 // 10)], 1)]
    store.run(lambda tx: _employ(tx, staff))
    for start in range(0, len(customers), BATCH):
        some = customers[start : start + BATCH]
        rows = {
            "customers": [one.row for one in some],
            "conversations": [one.conversation for one in some],
            "devices": [one.device for one in some],
        }
        store.run(lambda tx, rows=rows: _write(tx, rows))  # type: ignore[misc]
        told(0.2 * len(some) / len(customers))
    waiting: list[Lived] = []
    for lived in lives(year, moments, customers, random):
        waiting.append(lived)
        if len(waiting) == BATCH:
            store.run(lambda tx, some=tuple(waiting): _live(tx, rules, some, now))  # type: ignore[misc]
            told(0.6 * len(waiting) / len(moments))
            waiting.clear()
    store.run(lambda tx: _live(tx, rules, waiting, now))
    store.run(lambda tx: _finish(tx, year.numbers()))
    while store.run(lambda tx: write_due(tx, REPORTS, zone.key, now)):
        told(0.2 / 24)
    store.run(lambda tx: _reviewed(tx, random, now))
    return len(moments)


def _reviewed(tx: Tx, random: Random, now: datetime) -> None:
    """The samples are reviewed, but for the newest week's."""
    drawn = tx.reports.samples(limit=100_000)
    newest = max((one.period for one in drawn), default="")
    for one in drawn:
        if one.period < newest:
            tx.reports.review(one, min(100, round(random.gauss(88, 7))), "", "S001", now)


def _taken(tx: Tx) -> int:
    counted = select(func.count()).select_from(metadata.tables["orders"])
    return int(tx.execute(counted).scalar_one())


def _rows(some: Sequence[Lived]) -> dict[str, list[Row]]:
    rows = {"orders": [one.order for one in some]}
    for name in _PARTS:
        rows[name] = [row for one in some for row in one.rows.get(name, ())]
    return rows


def _write(tx: Tx, rows: dict[str, list[Row]]) -> None:
    for name, many in rows.items():
        if many:
            tx.execute(insert(metadata.tables[name]), many)


def _live(tx: Tx, rules: Rules, some: Sequence[Lived], now: datetime) -> None:
    """Those orders with all that belongs to them, and what the desk waits for in those that are open."""
    _write(tx, _rows(some))
    for one in some:
        if one.open:
            run(tx, rules, one, now)


def _employ(tx: Tx, staff: Sequence[Row]) -> None:
    """Everybody first, then who stands in for whom."""
    _write(tx, {"staff": [{**one, "deputy_id": None} for one in staff]})
    table = metadata.tables["staff"]
    for one in staff:
        tx.execute(update(table).where(table.c.id == one["id"]).values(deputy_id=one["deputy_id"]))


def _finish(tx: Tx, numbers: dict[str, int]) -> None:
    """The next order, customer or member of staff gets a number of their own."""
    _write(tx, {"order_numbers": [{"day": day, "last": last} for day, last in numbers.items()]})
    if tx.connection.dialect.name != "postgresql":
        return
    for name in ("orders", "customers", "conversations", "devices", "staff"):
        table: Table = metadata.tables[name]
        highest = tx.execute(select(func.max(table.c.id))).scalar_one()
        tx.execute(
            text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :highest)"),
            {"name": name, "highest": highest},
        )
