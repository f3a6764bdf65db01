"""What the staff commit to and find out about a complaint: the plan, its cause, the statement (C4, H3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from handlers import life
from handlers.complaints.registering import STATEMENT, STATEMENT_TASK
from handlers.complaints.settings import ComplaintSettings
from handlers.life import Actor, Moved
from handlers.life.telling import Voice
from handlers.promises.keeping import put_off, settle
from storage.complaints import Complaint
from storage.orders import Order
from storage.tasks import Task

if TYPE_CHECKING:
    from storage import Tx

TEXT_LIMIT = 500
_ON_THE_WAY = {
    "created": "take",
    "reopened": "take",
    "dispatched": "accept",
    "planned": "diagnose",
    "waiting_for_customer": "diagnose",
}
"""The move that comes before the plan, where the order is in none of the states that it starts from."""
Spoken = Callable[[datetime, str], str]
"""A moment in words of that language."""


class NoComplaint(Exception):
    """The order is no complaint of the register."""


class UnknownUnit(Exception):
    """Nobody of that name may be responsible; `units` are those who may."""

    def __init__(self, units: tuple[str, ...]) -> None:
        super().__init__(f"must be one of {', '.join(units)}")
        self.units = units


def of_order(tx: Tx, order: Order) -> Complaint:
    """The complaint of the order; raises NoComplaint."""
    found = tx.complaints.of_order(order.id)
    if found is None:
        raise NoComplaint(f"{order.number} is not in the register of complaints")
    return found


def commit_plan(
    tx: Tx,
    voice: Voice,
    order: Order,
    plan: str,
    by: datetime | None,
    actor: Actor,
    spoken: Spoken,
    now: datetime,
    expected_version: int | None = None,
) -> Moved:
    """Record what will be done, by when, and tell the customer; raises NoComplaint, or Refused as moves do.

    The order is taken up on the way where nobody had it. A new plan takes the place of the one before.
    """
    conversation = tx.conversations.get(order.conversation_id, lock=True)
    of_order(tx, order)
    order = tx.orders.get(order.id, lock=True)
    if expected_version is not None and order.version != expected_version:
        raise life.Stale(order, "plan")
    first = _ON_THE_WAY.get(order.status)
    if first is not None:
        order = life.move(tx, order, first, actor, "", now).order
    plan = plan.strip()[:TEXT_LIMIT]
    tongue = voice.language(conversation)
    values = {"plan": plan, "when": spoken(by, tongue) if by else ""}
    moved = life.move_and_tell(tx, order, "plan", actor, plan, now, values=values)
    tx.complaints.change(order.id, plan=plan, plan_by=by, planned_at=now)
    return moved


def find_cause(
    tx: Tx,
    order: Order,
    cause: str,
    unit: str | None,
    settings: ComplaintSettings,
    actor: Actor,
    now: datetime,
) -> None:
    """Record why it came to the complaint and who is responsible; raises NoComplaint or UnknownUnit."""
    of_order(tx, order)
    if unit is not None and settings.units and unit not in settings.units:
        raise UnknownUnit(settings.units)
    order = tx.orders.get(order.id, lock=True)
    tx.complaints.change(order.id, cause=cause.strip()[:TEXT_LIMIT], **({"unit": unit} if unit else {}))
    responsible = f" ({unit})" if unit else ""
    tx.orders.add_note(order, actor.kind, f"cause{responsible}: {cause.strip()[:TEXT_LIMIT]}", now, actor.id)


def state(tx: Tx, order: Order, text: str, actor: Actor, now: datetime) -> None:
    """Record the statement made to whoever was called in; raises NoComplaint."""
    of_order(tx, order)
    order = tx.orders.get(order.id, lock=True)
    tx.complaints.change(order.id, statement=text.strip(), statement_at=now)
    settle(tx, order, STATEMENT, now)
    for task in tx.tasks.of_order(order.id):
        if task.kind == STATEMENT_TASK and task.done_at is None:
            tx.tasks.done(task.id, actor.id or actor.kind, now)
    tx.orders.add_note(order, actor.kind, "statement filed", now, actor.id)


def move_statement(tx: Tx, order: Order, due: datetime, actor: Actor, now: datetime) -> None:
    """The statement is due at another moment: the promise that is watched, and the task, follow.

    Raises NoComplaint; ValueError where none is due any more, or the moment has passed.
    """
    found = of_order(tx, order)
    if found.statement_due_at is None or found.statement_at is not None or due <= now:
        raise ValueError("no statement can be due then")
    order = tx.orders.get(order.id, lock=True)
    tx.complaints.change(order.id, statement_due_at=due)
    put_off(tx, order, STATEMENT, due, now)
    for task in tx.tasks.of_order(order.id):
        if task.kind == STATEMENT_TASK and task.done_at is None:
            tx.tasks.done(task.id, actor.id or actor.kind, now)
            tx.tasks.add(
                Task(task.kind, task.note, now, order.id, order.conversation_id, order.customer_id, due)
            )
    before, after = (f"{moment:%Y-%m-%d %H:%M} UTC" for moment in (found.statement_due_at, due))
    tx.orders.add_note(order, actor.kind, f"statement due: {before} → {after}", now, actor.id)
