"""What a service sheet takes from the store: visit, quotation, service log and confirmation (E8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.sheet.sheet import (
    Appointment,
    Charges,
    Company,
    Confirmation,
    LogEntry,
    Part,
    ServiceSheet,
    Work,
    of_order,
)
from storage import Tx
from storage.orders import Order, OrderEvent
from storage.quotations import APPROVED, QuotationRow
from storage.service_log import LogEntry as Logged
from storage.staff import Member

_SHOWN = ("standing", "kept")


def sheet_of(tx: Tx, order: Order, company: Company) -> ServiceSheet:
    """The sheet of a stored order as it is now."""
    events, customer = tx.orders.events(order.id), tx.customers.get(order.customer_id)
    people = {one.id: one for one in tx.staff.all()}
    logged, quotation = tx.service_log.of_order(order.id), tx.quotations.latest(order.id)
    approved = quotation if quotation is not None and quotation.state == APPROVED else None
    return of_order(
        order, events, customer, company,
        appointment=_appointment(tx, order, people),
        work=_work(logged, approved, events, people),
        charges=_charges(logged, approved),
        customer_words="; ".join(one.customer_words for one in logged if one.customer_words),
        confirmation=_confirmation(events),
    )  # fmt: skip


def _appointment(tx: Tx, order: Order, people: Mapping[int, Member]) -> Appointment | None:
    visit = tx.appointments.latest(order.id)
    if visit is None or visit.state not in _SHOWN:
        return None
    comes = people.get(order.assignee_id or 0)
    return Appointment(visit.starts_at, visit.ends_at, comes.name if comes else "")


def _work(
    logged: Sequence[Logged],
    approved: QuotationRow | None,
    events: Sequence[OrderEvent],
    people: Mapping[int, Member],
) -> Work:
    plan = approved.plan if approved else {}
    solved = next((event.note for event in reversed(events) if event.move == "resolve"), "")
    names = {number: member.name for number, member in people.items()}
    entries = tuple(
        LogEntry(one.at, one.done, names.get(one.staff_id or 0, ""), one.place or "") for one in logged
    )
    solution = next((one.solution for one in reversed(logged) if one.solution), None)
    return Work(str(plan.get("cause", "")), str(plan.get("measures", "")), solution or solved, entries)


def _charges(logged: Sequence[Logged], approved: QuotationRow | None) -> Charges | None:
    """What was approved, and the parts that only the log names, which cost nothing."""
    if approved is None:
        put_in = tuple(_put_in(logged))
        return Charges(put_in) if put_in else None
    old = {part.model.casefold(): part.old_part for part in _put_in(logged)}
    named = tuple(
        Part(
            str(line["name"] or line["code"]),
            str(line["code"]),
            line["quantity"],
            _each(line),
            old.get(str(line["code"]).casefold(), ""),
        )
        for line in approved.lines
        if line["kind"] == "part"
    )
    rest = approved.total - sum(part.amount for part in named)
    quoted = {word.casefold() for part in named for word in (part.model, part.name)}
    beside = tuple(part for part in _put_in(logged) if part.model.casefold() not in quoted)
    return Charges((*named, *beside), rest, approved.currency)


def _put_in(logged: Sequence[Logged]) -> Iterator[Part]:
    """The parts of the log, with what became of the old ones."""
    for one in logged:
        for part in one.parts:
            yield Part(str(part["model"]), str(part["model"]), int(part["quantity"]), 0, one.old_parts or "")


def _each(line: Mapping[str, int]) -> int:
    return line["amount"] // max(line["quantity"], 1)


def _confirmation(events: Sequence[OrderEvent]) -> Confirmation | None:
    for event in reversed(events):
        if event.move == "confirm":
            channel, _, identity = (event.actor_id or event.actor).partition(":")
            return Confirmation(event.at, channel, identity)
    return None
