"""Return visits 回访: some days after an order's end, and at least so often by the customer's level (F5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from handlers.life.telling import thing
from handlers.notices import Verdict
from handlers.notices.sending import Occasion, Wanted, send_all
from handlers.return_visit import asked
from scheduler.holding import hold
from scheduler.rules import Rules
from scheduler.timers import Together, Works
from storage import Tx
from storage.conversations import Conversation
from storage.customers import Customer
from storage.orders import Order
from storage.return_visits import ReturnVisit
from storage.tasks import Task
from storage.timers import Timer

if TYPE_CHECKING:
    from scheduler import Voice

VISIT, REGULAR, PLAN = "return_visit", "return_visit_regular", "return_visit_plan"
CLOSED, ALONE = "closed", "solve_alone"
Again = tuple[Timer, datetime, dict[str, Any]]
"""A timer, when it is due again, and what it is to know then."""
MANY = 50
PLANNED_AT_ONCE = 500
SPREAD_DAYS = 14
"""Customers who are overdue when they are first planned are come back to over so many days."""


def works(rules: Rules) -> Works:
    """What this module does with which timers."""
    return {
        VISIT: Together(partial(_after, rules=rules)),
        REGULAR: Together(partial(_regular, rules=rules)),
        PLAN: partial(_plan, rules=rules),
    }


def begin(tx: Tx, order: Order, move: str, rules: Rules, now: datetime) -> None:
    """From its end on, an order's customer is visited some days later, and regularly by their level."""
    if order.status != CLOSED or order.closed_at is None or move == ALONE:
        return
    settings = rules.return_visits
    level = tx.customers.get(order.customer_id).level
    if days := settings.after_days.get(order.kind):  # type: ignore[call-overload]
        key = f"{VISIT}:{order.id}:{order.round}"
        due_at = order.closed_at + timedelta(days=days)
        tx.timers.set(Timer(key, VISIT, due_at, order.id, payload={"round": order.round}), now)
    if days := settings.every_days.get(level):  # type: ignore[call-overload]
        _set_regular(tx, order.customer_id, order.closed_at + timedelta(days=days), now)


def begin_planning(tx: Tx, rules: Rules, now: datetime) -> None:
    """Every night whoever has a level but no visit to come gets one; its one timer goes on for ever."""
    tx.timers.set(Timer(PLAN, PLAN, rules.retention.next_run(rules.local(now))), now)


def _set_regular(tx: Tx, customer_id: int, due_at: datetime, now: datetime) -> None:
    tx.timers.set(_visit_of(customer_id, due_at), now)


def _visit_of(customer_id: int, due_at: datetime) -> Timer:
    return Timer(f"{REGULAR}:{customer_id}", REGULAR, due_at, customer_id=customer_id)


def _plan(tx: Tx, timer: Timer, now: datetime, voice: Voice, rules: Rules) -> bool:
    """One batch of customers of a level, with orders or without."""
    levels, behind = list(rules.return_visits.every_days), int(timer.payload.get("behind", 0))
    found = tx.return_visits.unplanned(levels, f"{REGULAR}:", behind, PLANNED_AT_ONCE) if levels else []
    visited, planned = tx.return_visits.last_among(found), []
    for customer in tx.customers.among(found).values():
        every = timedelta(days=rules.return_visits.every_days[customer.level])  # type: ignore[index]
        due_at = _last_heard(customer, visited.get(customer.id)) + every
        if due_at < now:
            due_at = now + timedelta(days=customer.id % SPREAD_DAYS)
        planned.append(_visit_of(customer.id, due_at))
    tx.timers.set_all(planned, now)
    if len(found) == PLANNED_AT_ONCE:
        tx.timers.later(timer, now, behind=found[-1])
    else:
        tx.timers.later(timer, rules.retention.next_run(rules.local(now)), behind=0)
    return True


def _last_heard(customer: Customer, visited: datetime | None, order: Order | None = None) -> datetime:
    """When they came to us, when that order of theirs ended, or when they were last come back to."""
    moments = (customer.created_at, order.closed_at if order else None, visited)
    return max(moment for moment in moments if moment is not None)


def _after(tx: Tx, timers: Sequence[Timer], now: datetime, voice: Voice, rules: Rules) -> int:
    """Ask about the orders that are still closed, in the round that was."""
    held = hold(tx, timers, as_now=True)
    asking = [
        one for one in held
        if one.order.status == CLOSED and one.order.round == one.timer.payload["round"]
    ]  # fmt: skip
    occasions = [_occasion(one.conversation, one.order, one.timer.key, one.timer) for one in asking]
    later: dict[int, datetime] = {}
    verdicts = send_all(tx, voice, occasions, rules.notices, rules.zone, now)
    for one, verdict in zip(asking, verdicts, strict=True):
        if verdict is not None and verdict.until is not None:
            later[one.timer.id] = verdict.until
        elif verdict is not None:
            _keep(tx, one.conversation, one.order, one.timer.key, verdict, now)
    tx.timers.done(*(one.timer for one in held if one.timer.id not in later))
    tx.timers.later_each(
        (one.timer, later[one.timer.id], {"wanted_at": _wanted_at(one.timer).isoformat()})
        for one in held if one.timer.id in later
    )  # fmt: skip
    return len(held)


def _regular(tx: Tx, timers: Sequence[Timer], now: datetime, voice: Voice, rules: Rules) -> int:
    """Ask about the newest order that came to its end, or how things are; then again so many days later.

    Not while an order is open, nor sooner than so many days after its end or after another visit. Whoever
    cannot be asked is called by a person.
    """
    due, later = _whose(tx, timers, now, rules)
    rooms = tx.conversations.take_all(one.room_id for one in due if one.room_id is not None)
    due = [one for one in due if one.room_id is None or one.room_id in rooms]
    asking = [(one, rooms[one.room_id]) for one in due if one.room_id is not None]
    occasions = [_occasion(room, one.newest, one.key, one.timer) for one, room in asking]
    found = zip(asking, send_all(tx, voice, occasions, rules.notices, rules.zone, now), strict=True)
    verdicts = {one.timer.id: verdict for (one, _), verdict in found}
    for one in due:
        verdict = verdicts.get(one.timer.id)
        if verdict is not None and verdict.until is not None:
            wanted_at = _wanted_at(one.timer).isoformat()
            later.append((one.timer, verdict.until, {"key": one.key, "wanted_at": wanted_at}))
            continue
        if verdict is not None and one.room_id is not None:
            _keep(tx, rooms[one.room_id], one.newest, one.key, verdict, now)
        unheard = one.room_id is None or (verdict is not None and not verdict.said)
        if one.customer.opted_out_at is None and unheard:
            _call(tx, one.customer, one.key, one.newest, now)
        later.append((one.timer, now + one.every, {"key": None, "wanted_at": None}))
    tx.timers.later_each(later)
    return len(timers)


@dataclass(frozen=True, slots=True)
class _Due:
    """A customer whose visit is due, the newest order that ended, and the conversation to ask in."""

    timer: Timer
    customer: Customer
    every: timedelta
    newest: Order | None
    key: str
    room_id: int | None


def _whose(tx: Tx, timers: Sequence[Timer], now: datetime, rules: Rules) -> tuple[list[_Due], list[Again]]:
    """Which visits are due, and when others are; what is nobody's any more is done."""
    named = {timer.id: _customer_of(tx, timer) for timer in timers}
    known, over, due = tx.customers.among(named.values()), [], []
    later: list[Again] = []
    orders, visited = _by_customer(tx, known), tx.return_visits.last_among(known)
    rooms = _rooms(tx, known)
    for timer in timers:
        customer = known[named[timer.id]]
        days = rules.return_visits.every_days.get(customer.level)  # type: ignore[call-overload]
        if timer.key != f"{REGULAR}:{customer.id}":  # of somebody who turned out to be this customer
            _set_regular(tx, customer.id, timer.due_at, now)
            over.append(timer)
        elif days is None or customer.erased_at is not None:
            over.append(timer)
        else:
            every, found = timedelta(days=days), orders.get(customer.id, [])
            ended = [order for order in found if order.status == CLOSED and order.closed_at is not None]
            newest = max(ended, key=lambda order: order.closed_at or now, default=None)
            due_at = _last_heard(customer, visited.get(customer.id), newest) + every
            if any(order.open for order in found):
                due_at = now + every
            if due_at > now:
                later.append((timer, due_at, {}))
                continue
            key = timer.payload.get("key") or f"{REGULAR}:{customer.id}:{timer.due_at:%Y%m%d}"
            room_id = newest.conversation_id if newest else rooms.get(customer.id)
            due.append(_Due(timer, customer, every, newest, key, room_id))
    tx.timers.done(*over)
    return due, later


def _by_customer(tx: Tx, customer_ids: Iterable[int]) -> dict[int, list[Order]]:
    found: dict[int, list[Order]] = {}
    for order in tx.orders.of_customers(customer_ids, MANY):
        found.setdefault(order.customer_id, []).append(order)
    return found


def _rooms(tx: Tx, customer_ids: Iterable[int]) -> dict[int, int]:
    """The conversation last used of each; none where they never wrote anywhere."""
    rooms = tx.conversations.of_customers(customer_ids, besides=())
    return {room.customer_id: room.id for room in sorted(rooms, key=lambda room: room.updated_at)}


def _customer_of(tx: Tx, timer: Timer) -> int:
    """Timers of earlier versions name an order of the customer's."""
    if timer.customer_id is not None:
        return timer.customer_id
    assert timer.order_id is not None
    return tx.orders.get(timer.order_id).customer_id


def _call(tx: Tx, customer: Customer, key: str, order: Order | None, now: datetime) -> None:
    """A person calls; a visit that could not even be tried is kept as one that came due."""
    tx.return_visits.keep(ReturnVisit(key, customer.id, now, order.id if order else None))
    note = f"return visit of a {customer.level} customer: could not be asked by message, please call"
    tx.tasks.add(Task(VISIT, note, now, order.id if order else None, customer_id=customer.id, due_at=now))


def _occasion(conversation: Conversation, order: Order | None, key: str, timer: Timer) -> Occasion:
    response = "utter_return_visit" if order else "utter_care_visit"
    number = order.number if order else ""
    wanted = Wanted(key, VISIT, response, _wanted_at(timer), order, keeps=asked(key, number))

    def words(language: str) -> dict[str, Any]:
        told = {"visit": key, "number": number}
        return {**told, "kind": thing(order, language)} if order else told

    return Occasion(conversation, wanted, words)


def _keep(
    tx: Tx, conversation: Conversation, order: Order | None, key: str, verdict: Verdict, now: datetime
) -> None:
    customer_id = order.customer_id if order else conversation.customer_id
    asked_at = now if verdict.said else None
    tx.return_visits.keep(ReturnVisit(key, customer_id, now, order.id if order else None, asked_at))


def _wanted_at(timer: Timer) -> datetime:
    stored = timer.payload.get("wanted_at")
    return datetime.fromisoformat(stored) if stored else timer.due_at
