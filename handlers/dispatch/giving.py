"""Giving orders to people: chosen by the rules, kept with the reasons, moved at once (E3, E4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, cast

from handlers.dispatch.choosing import choose
from handlers.dispatch.decision import Decision
from handlers.dispatch.moment import Moment
from handlers.dispatch.people import OrderFacts, Person, Tried
from handlers.dispatch.settings import DispatchSettings
from handlers.life import SYSTEM, Moved, life, move
from handlers.life.moving import UNHELD
from handlers.promises import standard
from handlers.promises.days import Days
from handlers.promises.policy import Kind, Level, Priority, Region
from nlu.catalogue import in_use
from storage.dispatches import Dispatch
from storage.orders import Order
from storage.staff import Member
from storage.tasks import Task

if TYPE_CHECKING:
    from storage import Tx

Cause = Literal["opened", "reopened", "declined", "silent", "away"]
"""Why somebody is chosen now: the last three say why the one before has it no more."""
TASK = "dispatch"
"""The supervisors' task where nobody gets an order."""
EARLIER = 20
"""So many earlier orders are looked through for the customer's own person."""


@dataclass(frozen=True, slots=True)
class Given:
    """What became of it: the decision, and the move where somebody got the order."""

    decision: Decision
    moved: Moved | None
    member: Member | None


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Gives orders to the stored staff by the settings' rules."""

    settings: DispatchSettings = field(default_factory=DispatchSettings)
    days: Days = field(default_factory=lambda: standard().working_time.days)
    zone: str = "Asia/Shanghai"

    def give(self, tx: Tx, order: Order, cause: Cause, now: datetime, reason: str = "") -> Given | None:
        """Give the order to whom the rules choose now; a supervisor's task where they choose nobody.

        None where nothing is decided: it moved on, nothing was promised, or there is no staff at all.
        """
        order = tx.orders.get(order.id, lock=True)
        name = _move_for(order)
        if name is None or order.promised_at is None:
            return None
        tx.staff.lock()
        members = tx.staff.all()
        if not members:
            _ask_supervisors(tx, order, now)
            return None
        decided = tx.dispatches.of_order(order.id)
        if any(one.ended_at is None for one in decided):
            tx.dispatches.end(order.id, cause, reason, now)
            decided = tx.dispatches.of_order(order.id)
        earlier = [one for one in decided if one.round == order.round]
        decision = choose(
            self._facts(tx, order, members), _people(tx, members, now), self.moment(now), self.settings,
            _tried(earlier, members),
        )  # fmt: skip
        member = next((one for one in members if one.code == decision.assignee), None)
        tx.dispatches.add(
            Dispatch(order.id, order.round, now, member.id if member else None, decision=decision.as_json())
        )
        if member is None:
            _ask_supervisors(tx, order, now)
            return Given(decision, None, None)
        tx.staff.given(member, now)
        words = f"to {member.code} by {decision.step}, {cause}" + (f": {reason}" if reason else "")
        moved = move(tx, order, name, SYSTEM, words, now, assignee_id=member.id)
        return Given(decision, moved, member)

    def moment(self, now: datetime) -> Moment:
        """That time on the clock and the calendar of the service."""
        return Moment.of(now, self.zone, self.days)

    def _facts(self, tx: Tx, order: Order, members: Sequence[Member]) -> OrderFacts:
        complaint = tx.complaints.of_order(order.id) if order.kind == "complaint" else None
        return OrderFacts(
            number=order.number,
            kind=cast(Kind, order.kind),
            priority=cast(Priority, order.priority),
            region=cast(Region, order.region or "elsewhere"),
            level=cast(Level, order.customer_level),
            severe=complaint is not None and complaint.severity == "severe",
            skills=frozenset(self._needed(order)),
            named=self._named(tx, order, members),
        )

    def _needed(self, order: Order) -> list[str]:
        """What of the device people must know, where it is one of the catalogue's."""
        known = {"product": in_use().names["products"], "brand": in_use().names["brands"]}
        values = ((name, str(order.fields.get(name))) for name in self.settings.needs)
        return [value for name, value in values if value in known[name] and value != "other"]

    def _named(self, tx: Tx, order: Order, members: Sequence[Member]) -> str | None:
        """Who served the customer last with such an order, where the level has people of their own."""
        if "named" not in getattr(self.settings.levels, order.customer_level):
            return None
        codes = {member.id: member.code for member in members}
        served = (
            codes[one.assignee_id]
            for one in tx.orders.of_customer(order.customer_id, EARLIER)
            if one.id != order.id and one.kind == order.kind and one.assignee_id in codes
        )
        return next(served, None)


def _move_for(order: Order) -> str | None:
    """The move that gives the order to somebody as it stands."""
    if order.status in UNHELD:
        return "dispatch"
    return "redispatch" if order.status in life().moves["redispatch"].sources else None


def _people(tx: Tx, members: Sequence[Member], now: datetime) -> list[Person]:
    loads = tx.staff.loads() if members else {}
    codes = {member.id: member.code for member in members}
    return [
        Person(
            code=one.code,
            role=one.role,
            name=one.name,
            kinds=frozenset(one.kinds),
            regions=frozenset(one.regions),
            skills=frozenset(one.skills),
            shift=one.shift,
            load=loads.get(one.id, 0),
            load_limit=one.load_limit,
            deputy=codes.get(one.deputy_id or 0),
            active=one.active,
            away=not one.there(now),
            idle_since=one.given_at,
        )
        for one in members
    ]


def _tried(earlier: Sequence[Dispatch], members: Sequence[Member]) -> list[Tried]:
    codes = {member.id: member.code for member in members}
    return [
        Tried(codes[one.staff_id], cast(Literal["declined", "silent"], one.outcome))
        for one in earlier
        if one.staff_id in codes and one.outcome in ("declined", "silent")
    ]


def _ask_supervisors(tx: Tx, order: Order, now: datetime) -> None:
    """A task, unless they have it already."""
    if any(task.kind == TASK and task.done_at is None for task in tx.tasks.of_order(order.id)):
        return
    note = "nobody could be given this order"
    tx.tasks.add(Task(TASK, note, now, order.id, order.conversation_id, order.customer_id, now))
