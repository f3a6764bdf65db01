"""The clock's books: timers, notices, visits, orders and their events must agree (T6, T13, T18)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from handlers.identities.joining import TOLD as LINKED
from handlers.life import life
from handlers.life.table import NEW
from handlers.life.telling import NEWS
from handlers.notices import KINDS, NoticeSettings
from handlers.notices.again import NOT_DELIVERED
from storage import Tx
from storage.schema import (
    appointments,
    conversations,
    customer_joins,
    customers,
    messages,
    notices,
    order_events,
    orders,
    outbox,
    timers,
)

LEGAL = {(source, move.name, target) for source, move, target in life().edges()}
NIGHT = NoticeSettings().night_moves
PROACTIVE = (
    "utter_promise_broken",
    "utter_progress",
    "utter_visit_reminder",
    "utter_draft_reminder",
    "utter_survey",
    "utter_return_visit",
    "utter_question_reminder",
    "utter_result_reminder",
    "utter_order_",
)


class Violation(Exception):
    """A promise was broken; `invariant` names it."""

    def __init__(self, invariant: str, what: str) -> None:
        super().__init__(f"{invariant}: {what}")
        self.invariant = invariant


def require(holds: object, invariant: str, what: str) -> None:
    """Raise a violation where it does not hold."""
    if not holds:
        raise Violation(invariant, what)


def check_overdue(tx: Tx, swept: datetime | None) -> None:
    """T6: nothing that was due when everything due had been worked off is still there."""
    if swept is None:
        return
    left = select(timers.c.key, timers.c.due_at).where(timers.c.due_at <= swept, timers.c.created_at < swept)
    rows = [tuple(row) for row in tx.execute(left)]
    require(not rows, "T6", f"overdue after the sweep of {swept}: {rows[:3]}")


def check_notices(tx: Tx, quiet: str | None, zone_at: Callable[[datetime], str], steady: bool) -> None:
    """F6: one message for each notice said, each with its outbox row; none at night but urgent news,
    nothing optional after the opt-out.

    `zone_at`: the service's zone at a moment; `steady`: the wall clock was not set, so moments compare.
    """
    people = {row.id: row for row in tx.execute(select(customers))}
    homes = {row.id: row.customer_id for row in tx.execute(select(conversations))}
    queued = Counter(tx.execute(select(outbox.c.message_id)).scalars())
    hurried = set(tx.execute(select(orders.c.id).where(orders.c.priority == "urgent")).scalars())
    parted = tx.execute(select(customer_joins.c.id).where(customer_joins.c.undone_at.is_not(None))).first()
    joined: dict[int, datetime] = {}
    for one in tx.execute(select(customer_joins).order_by(customer_joins.c.id)):
        joined[one.kept_id] = joined[one.joined_id] = one.at
    said, missed = set(), set()
    for row in tx.execute(select(notices)):
        name = f"notice {row.key}"
        missed |= {one["conversation"] for one in row.reasons or () if one.get("rule") == NOT_DELIVERED}
        told = row.decision in ("sent", "other_channel", "parked") or undelivered(row)
        require(told == (row.message_id is not None), "F6", f"{name}: {row.decision}, {row.message_id}")
        if not told:
            continue
        require(row.message_id not in said, "F6", f"{name}: its message belongs to another one too")
        said.add(row.message_id)
        require(queued[row.message_id] == 1, "T12", f"{name}: {queued[row.message_id]} outbox rows")
        person = people[row.customer_id]
        home = parted or homes[row.conversation_id] == person.id  # they may have been one when it was said
        require(home, "F6", f"{name}: said to somebody else")
        if undelivered(row):
            continue  # it was decided on anew, by now without a word
        local = row.decided_at.astimezone(ZoneInfo(person.zone or zone_at(row.decided_at))).time()
        news = row.kind == NEWS and (row.order_id in hurried or row.key.split(":")[3] in NIGHT)
        urgent = news or row.kind == LINKED  # whoever did not want that must be able to undo it
        require(urgent or not _within(local, person.quiet_hours or quiet), "F6", f"{name}: said at {local}")
        opted = person.opted_out_at if KINDS[row.kind].optional else None
        alone = joined.get(person.id, row.decided_at) > row.decided_at  # who opted out was another one then
        early = opted is None or row.decided_at < opted
        require(early or alone or not steady, "F6", f"{name}: said after the opt-out")
    spoken = select(messages.c.id, messages.c.body, messages.c.conversation_id).where(
        messages.c.author == "bot"
    )
    alone = {
        row.id  # but for what did not arrive there, and was said elsewhere instead
        for row in tx.execute(spoken)
        if str(row.body.get("text", "")).startswith(PROACTIVE) and row.conversation_id not in missed
    }
    require(alone <= said, "F6", f"said unasked without a notice: messages {sorted(alone - said)[:3]}")


def undelivered(notice: Any) -> bool:
    """Whether it was said, and did not arrive."""
    return any(reason["rule"] == NOT_DELIVERED for reason in notice.reasons or ())


def _within(at: time, hours: str | None) -> bool:
    if not hours:
        return False
    begin, end = (time.fromisoformat(part) for part in hours.split("-"))
    return begin <= at < end if begin < end else at >= begin or at < end


def check_visits(tx: Tx, places: int) -> None:
    """T13: no time of a region is given to more visits than there are people, no order has two."""
    standing = [row for row in tx.execute(select(appointments)) if row.state == "standing"]
    taken = Counter(row.slot.rpartition("|")[0] for row in standing)
    require(all(count <= places for count in taken.values()), "T13", f"booked twice: {taken.most_common(1)}")
    of = Counter(row.order_id for row in standing)
    require(all(count == 1 for count in of.values()), "T13", f"two visits of one order: {of.most_common(1)}")


def check_paths(tx: Tx) -> None:
    """T13: an order's life is a path in the table; its row is where the path ends; numbers are unique."""
    state: dict[int, str] = {}
    version: Counter[int] = Counter()
    for event in tx.execute(select(order_events).order_by(order_events.c.id)):
        before, name = state.get(event.order_id), f"order {event.order_id}"
        step = (event.from_status or NEW, event.move, event.status)
        require(event.from_status == before, "T13", f"{name}: {before}, not {event.from_status}")
        note = event.move is None and event.status == before
        require(step in LEGAL or note, "T13", f"{name}: {step}")
        state[event.order_id] = event.status
        version[event.order_id] = event.version
    rows = list(tx.execute(select(orders)))
    now = {row.id: (row.status, row.version) for row in rows}
    require(now == {key: (state[key], version[key]) for key in state}, "T13", f"orders {now}, events {state}")
    for row in rows:
        ended = life().states[row.status].final
        require(ended == (row.closed_at is not None), "T13", f"order {row.id}: {row.closed_at}")
    numbers = Counter(row.number for row in rows)
    require(all(count == 1 for count in numbers.values()), "T13", f"numbers {numbers.most_common(1)}")


def check_counts(tx: Tx) -> None:
    """T18: what an order says of itself is what its events add up to."""
    rounds: Counter[int] = Counter()
    raised: Counter[int] = Counter()
    for event in tx.execute(select(order_events).order_by(order_events.c.id)):
        move = life().moves.get(event.move or "")
        if move is None:
            continue
        if move.again:
            rounds[event.order_id] += 1
            raised[event.order_id] = 0
        raised[event.order_id] += move.raises
    for order in tx.execute(select(orders)):
        name = f"order {order.id}"
        require(order.round == 1 + rounds[order.id], "T18", f"{name}: round {order.round}")
        require(order.escalation == raised[order.id], "T18", f"{name}: escalation {order.escalation}")
