"""Moving an order: legal or refused with a reason in words, recorded in the same transaction (E2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from handlers import vocabulary
from handlers.life.table import ACTORS, NEW, Life, Move, life
from handlers.life.words import word
from storage.orders import Order, OrderEvent

if TYPE_CHECKING:
    from storage import Tx

HIGHEST = 2
"""The highest level of escalation."""
REASON_LIMIT = 500
UNHELD = ("created", "reopened")
"""States in which nobody has an order."""
AWAITED = (*UNHELD, "dispatched")
"""States in which the customer waits to hear from somebody."""
CALLED_OFF = "cancelled"
VISIT_ENDS = {"cancelled": CALLED_OFF, "on_site": "kept", "resolved": "kept", "closed": "kept"}
"""What becomes of an order's appointment in these states."""
SETTABLE = ("assignee_id", "device_id", "region", "promised_at", "fields", "priority")
"""What a move may change besides the state."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who moves an order: one of the table's kinds, and who exactly (a code of the staff, a login).

    `via` is the program that says so, where one acts for somebody.
    """

    kind: str
    id: str | None = None
    via: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in ACTORS:
            raise ValueError(f"there is no kind of actor {self.kind}")


CUSTOMER, BOT, SYSTEM = Actor("customer"), Actor("bot"), Actor("system")


class Refused(Exception):
    """An order is not moved; `why` names the refusal, `words` tells people."""

    def __init__(self, why: str, order: Order, move: str = "", actor: str = "") -> None:
        super().__init__(f"{order.number}: {why} ({order.status}, {move})")
        self.why = why
        self.order = order
        self.move = move
        self.actor = actor

    def words(self, language: str) -> str:
        """Why, in zh or en."""
        return word("refusal", self.why, language).format(
            number=self.order.number,
            status=word("status", self.order.status, language),
            kind=vocabulary.word("kind", self.order.kind, language),
            move=word("move", self.move, language),
            actor=word("actor", self.actor, language),
        )


class Stale(Refused):
    """The order was changed since the caller looked at it."""

    def __init__(self, order: Order, move: str) -> None:
        super().__init__("stale", order, move)


@dataclass(frozen=True, slots=True)
class Moved:
    """A move that was made: the order before and after it."""

    before: Order
    order: Order
    move: Move
    actor: Actor
    reason: str


@dataclass(frozen=True, slots=True)
class Opening:
    """How an order comes to be: the state it begins in, and when it ended if that is final."""

    status: str
    closed_at: datetime | None = field(default=None)


def opening(name: str, kind: str, now: datetime, table: Life | None = None) -> Opening:
    """What the opening move of that name makes of a new order; raises ValueError where it is not legal."""
    table = table or life()
    move = table.moves.get(name)
    if move is None or NEW not in move.sources or kind not in move.kinds or move.target is None:
        raise ValueError(f"{name} opens no order of the kind {kind}")
    return Opening(move.target, now if table.states[move.target].final else None)


def check_move(order: Order, name: str, actor: Actor, reason: str = "", table: Life | None = None) -> Move:
    """The move, if that actor may make it now; raises Refused."""
    table = table or life()
    found = table.moves.get(name)
    if found is None:
        raise Refused("no_such_move", order, name, actor.kind)
    if order.kind not in found.kinds:
        raise Refused("not_for_kind", order, name, actor.kind)
    if order.status not in found.sources:
        raise Refused("not_from_here", order, name, actor.kind)
    if actor.kind not in found.who:
        raise Refused("not_allowed", order, name, actor.kind)
    if found.reason and not reason.strip():
        raise Refused("reason_missing", order, name, actor.kind)
    if found.raises and order.escalation >= HIGHEST:
        raise Refused("highest", order, name, actor.kind)
    return found


def may(order: Order, name: str, actor: Actor) -> bool:
    """Whether that actor may make the move now (a reason would be given)."""
    try:
        check_move(order, name, actor, reason="-")
    except Refused:
        return False
    return True


def next_moves(order: Order, actor: str | None = None) -> Sequence[Move]:
    """What may be done with the order now, by anybody or by such an actor."""
    return life().legal(order.status, order.kind, actor)


def move(
    tx: Tx,
    order: Order,
    name: str,
    actor: Actor,
    reason: str,
    now: datetime,
    *,
    expected_version: int | None = None,
    **changes: Any,
) -> Moved:
    """Move the order as it is now in the store, and record it; `changes` are set along (see SETTABLE).

    Raises Refused, or Stale where the order is no longer at `expected_version`.
    """
    if unknown := changes.keys() - set(SETTABLE):
        raise TypeError(f"a move does not set {sorted(unknown)[0]}")
    current = tx.orders.get(order.id, lock=True)
    if expected_version is not None and current.version != expected_version:
        raise Stale(current, name)
    found = check_move(current, name, actor, reason)
    reason = reason.strip()[:REASON_LIMIT]
    changes = {**changes, **_effects(current, found, now)}
    after = tx.orders.change(current, now, **changes) if changes else current
    tx.orders.record(
        current.id,
        OrderEvent(
            now,
            actor.kind,
            after.status,
            reason,
            actor.id,
            found.name,
            current.status,
            after.version,
            actor.via,
        ),
    )
    _end_visit(tx, after, found)
    return Moved(current, after, found, actor, reason)


def _end_visit(tx: Tx, order: Order, found: Move) -> None:
    """A visit that took place, or that nobody comes to any more, takes no time of anybody."""
    ended = CALLED_OFF if found.name == "call_off_visit" else VISIT_ENDS.get(found.target or "")
    standing = tx.appointments.standing(order.id) if ended else None
    if standing is not None and ended is not None:
        tx.appointments.end(standing, ended)


def _effects(order: Order, found: Move, now: datetime) -> dict[str, Any]:
    """The columns that the move itself changes."""
    status, states = found.leads(order.status), life().states
    effects: dict[str, Any] = {}
    if status != order.status:
        effects["status"] = status
        if status in UNHELD:
            effects["assignee_id"] = None
        if states[status].final != states[order.status].final:
            effects["closed_at"] = now if states[status].final else None
    if found.raises:
        effects["escalation"] = order.escalation + 1
    if found.again:
        effects.update(round=order.round + 1, escalation=0)
    return effects
