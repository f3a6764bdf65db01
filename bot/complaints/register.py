"""The register of a month, one complaint a row, and the rates per product and unit (H3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.orders.exporting import LONGEST, Row
from bot.orders.masking import masked_name, masked_phone
from handlers.complaints.wording import demand_words
from handlers.life.words import staff_word
from handlers.report_words import shown
from handlers.vocabulary import word
from nlu import yml
from storage import Store, Tx
from storage.complaints import Registered, Wanted

BATCH = 500
_COLUMNS = Path(__file__).with_name("columns.yml")
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)
Redact = Callable[[str], str]


def month_of(words: str, zone: str) -> tuple[datetime, datetime]:
    """The month 2026-11 on the service's clock: its first moment, and the next one's; raises ValueError."""
    found = _MONTH.fullmatch(words)
    if found is None:
        raise ValueError(f"'{words}' is no month; write 2026-11")
    year, month = int(found[1]), int(found[2])
    first = datetime(year, month, 1, tzinfo=ZoneInfo(zone))
    return first, datetime(year + month // 12, month % 12 + 1, 1, tzinfo=ZoneInfo(zone))


def all_complaints(store: Store, wanted: Wanted) -> Iterator[Registered]:
    """Every complaint that fits, newest first, read in batches."""
    behind: int | None = None
    while batch := store.run(lambda tx, behind=behind: tx.complaints.page(wanted, BATCH, behind)):  # type: ignore[misc]
        yield from batch
        behind = batch[-1].order.id


def headings(language: str) -> Row:
    """The first row, in zh or en."""
    return [entry[language] for entry in _columns().values()]


def row(one: Registered, language: str, zone: str, now: datetime, redact: Redact | None) -> Row:
    """One complaint in the columns' order; with `redact`, who complained is masked and taken out of texts."""
    complaint, order = one.complaint, one.order
    told = order.fields.get("description")
    hide = redact or (lambda text: text)
    name, phone = one.name or str(order.fields.get("name") or ""), one.phone
    values = {
        "number": order.number,
        "time": _time(order.created_at, zone),
        "customer": masked_name(name) if redact else name,
        "phone": masked_phone(phone) if redact else shown({"phone": phone}, "phone", language),
        "category": word("complaint_category", complaint.category, language),
        "severity": word("severity", complaint.severity, language),
        "product": shown(order.fields, "product", language),
        "about": complaint.about or "",
        "words": hide(str(told)) if told else "",
        "cause": hide(complaint.cause or ""),
        "unit": complaint.unit or "",
        "demand": hide(demand_words(complaint.demand, language)),
        "plan": hide(complaint.plan or ""),
        "plan_by": _time(complaint.plan_by, zone),
        "statement": _time(complaint.statement_at or complaint.statement_due_at, zone),
        "state": staff_word("status", order.status, language),
        "days": str(_days(order.created_at, order.closed_at or now, zone)),
        "result": hide(one.result or ""),
    }
    return [values[name][:LONGEST] for name in _columns()]


def rates(tx: Tx, since: datetime, until: datetime) -> dict[str, Any]:
    """Complaints of that time per 100 orders: of each product, and of each responsible unit."""
    by_product, by_unit = tx.complaints.counted(since, until)
    orders = tx.complaints.orders_by_product(since, until)
    total, complaints = sum(orders.values()), sum(by_product.values())
    return {
        "complaints": complaints,
        "orders": total,
        "per_100": _per_100(complaints, total),
        "products": [
            {
                "product": name or None,
                "complaints": by_product.get(name, 0),
                "orders": orders.get(name, 0),
                "per_100": _per_100(by_product.get(name, 0), orders.get(name, 0)),
            }
            for name in sorted(by_product.keys() | orders.keys(), key=lambda n: (-by_product.get(n, 0), n))
        ],
        "units": [
            {"unit": name or None, "complaints": count, "per_100": _per_100(count, total)}
            for name, count in sorted(by_unit.items(), key=lambda unit: (-unit[1], unit[0]))
        ],
    }


def _per_100(complaints: int, orders: int) -> float | None:
    """None where there was no order to complain about."""
    return round(100 * complaints / orders, 2) if orders else None


def _days(begun: datetime, ended: datetime, zone: str) -> int:
    """Days by the calendar of the service; 0 on the same day."""
    place = ZoneInfo(zone)
    return (ended.astimezone(place).date() - begun.astimezone(place).date()).days


def _time(moment: datetime | None, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" if moment else ""


@cache
def _columns() -> dict[str, Any]:
    return dict(yml.read(_COLUMNS))
