"""Complaints in the register: weighed, kept beside their order, added to, given to a supervisor (C4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from handlers import life
from handlers.complaints.assessing import OUTSIDE, REPEATED, Assessment, assess, merged, severity
from handlers.complaints.settings import SUGGESTION, ComplaintSettings, Severity
from handlers.promises import Promises, What
from handlers.promises.keeping import give
from storage.complaints import Complaint
from storage.orders import Order
from storage.tasks import Task

if TYPE_CHECKING:
    from storage import Tx

KIND = "complaint"
SEVERE_TASK, STATEMENT_TASK = "complaint_severe", "complaint_statement"
STATEMENT: What = "statement"
_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Weighed:
    """A complaint's words with what they and earlier complaints make of it."""

    assessment: Assessment
    signs: tuple[str, ...]
    severity: Severity
    fields: Mapping[str, Any]


def weigh(
    tx: Tx,
    settings: ComplaintSettings,
    kind: str,
    fields: Mapping[str, Any],
    customer_id: int,
    now: datetime,
) -> Weighed | None:
    """How severe such a complaint of this customer is now; None for an order of another kind."""
    if kind != KIND or fields.get("category") == SUGGESTION:
        return None
    found = assess(str(fields.get("description") or ""))
    again = (REPEATED,) if earlier(tx, customer_id, now - timedelta(days=settings.repeated_days)) else ()
    signs = tuple(merged(found.signs, again))
    return Weighed(found, signs, severity(signs, settings), fields)


def earlier(tx: Tx, customer_id: int, since: datetime) -> list[Order]:
    """The customer's complaints since then that were not withdrawn, newest first."""
    return [
        order
        for order in tx.orders.of_customer(customer_id, _LOOKED_AT)
        if order.kind == KIND
        and order.fields.get("category") != SUGGESTION
        and order.status != "cancelled"
        and order.created_at >= since
    ]


def register(tx: Tx, promises: Promises, order: Order, found: Weighed, now: datetime) -> None:
    """Keep the complaint of a new order; a severe one is a supervisor's task. Twice is once."""
    fields = found.fields
    complaint = Complaint(
        order_id=order.id,
        category=str(fields.get("category") or found.assessment.category or "other"),
        severity=found.severity,
        regulator=_outside(found.signs),
        signs=list(found.signs),
        demand=fields.get("demand") or ",".join(found.assessment.demands) or None,
        about=fields.get("about"),
    )
    if tx.complaints.register(complaint):
        _call_supervisor(tx, promises, order, complaint, now)


def add(
    tx: Tx, promises: Promises, settings: ComplaintSettings, order: Order, words: str, now: datetime
) -> None:
    """Another complaint about the same matter: more signs, more severe, the order one level up."""
    before = tx.complaints.of_order(order.id)
    if before is not None:
        signs = merged(before.signs, assess(words).signs, (REPEATED,))
        after = replace(before, additions=before.additions + 1, signs=signs)
        _raise(tx, promises, settings, order, before, after, now)


def overhear(
    tx: Tx, promises: Promises, settings: ComplaintSettings, order: Order, words: str, now: datetime
) -> None:
    """What a customer says to the person who has their complaint: a demand, or what makes it more severe."""
    before = tx.complaints.of_order(order.id)
    if before is None:
        return
    found = assess(words)
    if found.demands and not before.demand:
        tx.complaints.change(order.id, demand=",".join(found.demands))
    if not set(found.signs) <= set(before.signs):
        after = replace(before, signs=merged(before.signs, found.signs))
        if severity(after.signs, settings) != before.severity or _outside(after.signs) != before.regulator:
            _raise(tx, promises, settings, order, before, after, now)


def _raise(
    tx: Tx,
    promises: Promises,
    settings: ComplaintSettings,
    order: Order,
    before: Complaint,
    after: Complaint,
    now: datetime,
) -> None:
    order = tx.orders.get(order.id, lock=True)
    after = replace(
        after,
        severity=severity(after.signs, settings),
        regulator=before.regulator or _outside(after.signs),
    )
    changed = ("signs", "severity", "regulator", "additions")
    tx.complaints.change(order.id, **{name: getattr(after, name) for name in changed})
    _call_supervisor(tx, promises, order, after, now)
    if life.may(order, "escalate", life.SYSTEM):
        reason = (
            f"complaint: {', '.join(sign for sign in after.signs if sign not in before.signs) or REPEATED}"
        )
        life.move(tx, order, "escalate", life.SYSTEM, reason, now)


def _call_supervisor(tx: Tx, promises: Promises, order: Order, complaint: Complaint, now: datetime) -> None:
    """A task where it is severe, and the statement where somebody outside is named."""
    if complaint.severity == "severe":
        note = f"severe complaint ({', '.join(complaint.signs)})"
        tx.tasks.add(_task(SEVERE_TASK, note, order, now, order.promised_at or now))
    if complaint.regulator and complaint.statement_due_at is None:
        given = give(tx, promises, order, STATEMENT, now)
        if given is not None:
            tx.complaints.change(order.id, statement_due_at=given.due_at)
            named = ", ".join(sign for sign in complaint.signs if sign in OUTSIDE)
            tx.tasks.add(_task(STATEMENT_TASK, f"statement due ({named})", order, now, given.due_at))


def _outside(signs: list[str] | tuple[str, ...]) -> bool:
    return any(sign in OUTSIDE for sign in signs)


def _task(kind: str, note: str, order: Order, now: datetime, due_at: datetime) -> Task:
    return Task(kind, note, now, order.id, order.conversation_id, order.customer_id, due_at)
