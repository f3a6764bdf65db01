"""Deliveries to other programs: at least once each; those of one order in order, so those about customers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, exists, func, select, update

from storage.schema import webhook_deliveries
from storage.statements import Prepared, values_of

if TYPE_CHECKING:
    from storage.transaction import Tx

_FORGOTTEN_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """One event for one receiver; `key` is its webhook-id, `body` the JSON that is signed."""

    key: str
    receiver: str
    order_id: int | None
    """None: it is about `customer_id`."""
    event: str
    body: str
    due_at: datetime
    state: str = "pending"
    attempts: int = 0
    reason: str | None = None
    sent_at: datetime | None = None
    customer_id: int | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one attempt at a delivery: sent, pending until `due_at`, or given_up."""

    delivery: WebhookDelivery
    state: str
    due_at: datetime
    reason: str | None = None


_D = webhook_deliveries.c
_PARTS = [part.name for part in fields(WebhookDelivery)]
_COLUMNS = [_D[name] for name in _PARTS]
_PUT = Prepared(
    lambda dialect: dialect.insert(webhook_deliveries).on_conflict_do_nothing(
        index_elements=["receiver", "key"]
    ),
    [*(name for name in _PARTS if name != "id"), "created_at"],
)
_earlier = webhook_deliveries.alias("earlier")
_HEADS = Prepared(
    select(*_COLUMNS)
    .where(
        _D.receiver == bindparam("name"),
        _D.state == "pending",
        _D.due_at <= bindparam("now"),
        ~exists().where(
            _earlier.c.receiver == _D.receiver,
            _earlier.c.order_id == _D.order_id,
            _earlier.c.state == "pending",
            _earlier.c.id < _D.id,
        ),
        ~exists().where(
            _D.order_id.is_(None),
            _earlier.c.receiver == _D.receiver,
            _earlier.c.order_id.is_(None),
            _earlier.c.state == "pending",
            _earlier.c.id < _D.id,
        ),
    )
    .order_by(_D.id)
    .limit(bindparam("most"))
)
_SETTLE = Prepared(
    update(webhook_deliveries)
    .where(_D.id == bindparam("row"), _D.state == "pending", _D.attempts == bindparam("before"))
    .values(
        state=bindparam("outcome"),
        attempts=bindparam("tried"),
        due_at=bindparam("due"),
        reason=bindparam("why"),
        sent_at=bindparam("sent"),
        body=bindparam("kept"),
    )
)


class Webhooks:
    """The deliveries' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def put(self, delivery: WebhookDelivery, now: datetime) -> bool:
        """Keep it; False where the receiver has that event already."""
        return self._tx.change(_PUT, {**values_of(delivery), "created_at": now}) == 1

    def heads(self, receiver: str, now: datetime, limit: int) -> list[WebhookDelivery]:
        """What is due for the receiver: of each order only the first that it does not have yet.

        So with those about customers: one after the other, whomever they are about.
        """
        rows = self._tx.rows(_HEADS, {"name": receiver, "now": now, "most": limit})
        return [WebhookDelivery(*row) for row in rows]

    def settle(self, attempts: Iterable[Attempt], now: datetime) -> None:
        """Record what came of attempts; one that somebody else has recorded meanwhile changes nothing."""
        for one in attempts:
            before, sent = one.delivery, one.state == "sent"
            values = {
                "row": before.id, "before": before.attempts, "tried": before.attempts + 1,
                "outcome": one.state, "due": one.due_at, "why": one.reason,
                "sent": now if sent else None, "kept": "" if sent else before.body,
            }  # fmt: skip
            self._tx.change(_SETTLE, values)

    def retry(self, ids: Sequence[int], now: datetime) -> int:
        """Try given-up deliveries again, from the first attempt; how many there were."""
        found = update(webhook_deliveries).where(_D.id.in_(ids), _D.state == "given_up")
        values = {"state": "pending", "attempts": 0, "due_at": now, "reason": None}
        return int(self._tx.execute(found.values(values)).rowcount)

    def counts(self) -> dict[tuple[str, str], int]:
        """How many deliveries there are by receiver and state."""
        found = select(_D.receiver, _D.state, func.count().label("many")).group_by(_D.receiver, _D.state)
        return {(row.receiver, row.state): row.many for row in self._tx.execute(found)}

    def unsent(
        self, limit: int, receiver: str | None = None, state: str | None = None
    ) -> list[WebhookDelivery]:
        """Deliveries that have not arrived, oldest first."""
        found = select(*_COLUMNS).where(_D.state == state if state else _D.state != "sent")
        if receiver is not None:
            found = found.where(_D.receiver == receiver)
        rows = self._tx.execute(found.order_by(_D.id).limit(limit))
        return [WebhookDelivery(**row._mapping) for row in rows]

    def forget(self, before: datetime) -> int:
        """Delete some that arrived before then; how many."""
        old = select(_D.id).where(_D.state == "sent", _D.sent_at < before).limit(_FORGOTTEN_AT_ONCE)
        return int(self._tx.execute(delete(webhook_deliveries).where(_D.id.in_(old))).rowcount)
