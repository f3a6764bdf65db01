"""Orders as CSV or XLSX, one a row (E9); no cell can be taken for a formula."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.orders.masking import masked_name, masked_phone
from handlers.life.words import staff_word
from handlers.report_words import shown
from handlers.vocabulary import word
from nlu import yml
from storage import Store
from storage.order_search import Filters, Listed

FORMATS = ("csv", "xlsx")
BATCH = 500
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet may take for the beginning of a formula."""
LONGEST = 32_767  # characters in a cell of a spreadsheet
MOST_ROWS = 1_048_576  # of a sheet
_FIELDS = ("address", "product", "brand", "model", "serial_number", "purchase_date", "description")
_COLUMNS = Path(__file__).with_name("columns.yml")
Row = Sequence[str]


class TooMany(Exception):
    """More orders than a workbook's sheet has rows; CSV has no such limit."""


def all_orders(store: Store, filters: Filters) -> Iterator[Listed]:
    """Every order that fits, oldest first, read in batches."""
    last = 0
    while batch := store.run(lambda tx, last=last: tx.order_search.after(filters, last, BATCH)):  # type: ignore[misc]
        yield from batch
        last = batch[-1].order.id


def headings(language: str) -> Row:
    """The first row, in zh or en."""
    return [entry[language] for entry in _columns().values()]


def row(listed: Listed, language: str, zone: str, masked: bool) -> Row:
    """One order in the columns' order; times in the service's zone."""
    order = listed.order
    hidden = ("address", "serial_number") if masked else ()
    name, phone = listed.name or str(order.fields.get("name") or ""), listed.phone
    values = {
        "number": order.number,
        "kind": word("kind", order.kind, language),
        "status": staff_word("status", order.status, language),
        "priority": word("urgency", order.priority, language),
        "round": str(order.round),
        "escalation": str(order.escalation),
        "region": word("region", order.region, language) if order.region else "",
        "customer_level": word("level", order.customer_level, language),
        "name": masked_name(name) if masked else name,
        "phone": masked_phone(phone) if masked else shown({"phone": phone}, "phone", language),
        **{slot: "" if slot in hidden else shown(order.fields, slot, language) for slot in _FIELDS},
        "assignee": listed.assignee or "",
        "opened": _time(order.created_at, zone),
        "promised": _time(order.promised_at, zone),
        "ended": _time(order.closed_at, zone),
    }
    return [values[name][:LONGEST] for name in _columns()]


def write_csv(path: Path, rows: Iterable[Row]) -> int:
    """Write the rows as CSV that spreadsheets open as UTF-8; how many orders."""
    count = -1
    with os.fdopen(_private(path), "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        for cells in rows:
            count += 1
            writer.writerow([quoted(cell) for cell in cells])
    return max(count, 0)


def write_xlsx(path: Path, rows: Iterable[Row]) -> int:
    """Write the rows as a workbook; how many orders."""
    from xlsxwriter import Workbook

    os.close(_private(path))
    count = -1
    with Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        plain, careful = book.add_format(), book.add_format({"quote_prefix": True})
        sheet.freeze_panes(1, 1)
        for count, cells in enumerate(rows):
            if count >= MOST_ROWS:
                raise TooMany(f"a sheet has {MOST_ROWS:,} rows at most: narrow the choice, or write CSV")
            for column, cell in enumerate(cells):
                sheet.write_string(count, column, cell, careful if cell.startswith(DANGEROUS) else plain)
    return max(count, 0)


WRITERS: dict[str, Callable[[Path, Iterable[Row]], int]] = {"csv": write_csv, "xlsx": write_xlsx}


def quoted(cell: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would calculate."""
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell


def _private(path: Path) -> int:
    """A new file that only its owner reads: it holds personal data."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def _time(moment: datetime | None, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" if moment else ""


@cache
def _columns() -> dict[str, Any]:
    return dict(yml.read(_COLUMNS))
