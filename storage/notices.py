"""What the desk wanted to say of its own accord, what became of that, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, bindparam, func, literal_column, select, update

from storage.schema import conversations, messages, notices, outbox
from storage.statements import Prepared, PreparedRows, among
from storage.types import Instant

if TYPE_CHECKING:
    from storage.transaction import Tx

POSTPONED = "postponed"
LOOKED_AT = 200
"""Messages in which somebody looks for what a customer was asked."""
SAID = ("sent", "other_channel")


@dataclass(frozen=True, slots=True)
class Notice:
    """One occasion to write to a customer; `decision`: sent other_channel postponed parked task dropped."""

    key: str
    kind: str
    customer_id: int
    decided_at: datetime
    decision: str
    reasons: list[dict[str, Any]]
    order_id: int | None = None
    conversation_id: int | None = None
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """A notice that was said, and the outbox row with which it did not arrive."""

    outbox_id: int
    conversation_id: int
    state: str
    notice: Notice


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that reached a customer: `state` and the platform's id are None once its row is let go of."""

    body: dict[str, Any]
    state: str | None
    external_id: str | None
    at: datetime


_failed = outbox.alias("failed")
_PARTS = [part.name for part in fields(Notice)]
_COLUMNS = [notices.c[name] for name in _PARTS]
_SETTLED = ("decided_at", "decision", "reasons", "conversation_id", "message_id")
_DECIDE = PreparedRows(
    lambda dialect: (insert := dialect.insert(notices)).on_conflict_do_update(
        index_elements=["key"],
        set_={name: insert.excluded[name] for name in _SETTLED},
        where=notices.c.decision == POSTPONED,
    ),
    _PARTS,
)
_SETTLED_AMONG = Prepared(
    lambda dialect: select(notices.c.key).where(
        among(dialect, notices.c.key, "keys"), notices.c.decision != POSTPONED
    )
)
_LAST_SAID = Prepared(
    lambda dialect: (
        select(notices.c.order_id, func.max(notices.c.decided_at, type_=Instant))
        .where(among(dialect, notices.c.order_id, "orders"), among(dialect, notices.c.decision, "said"))
        .group_by(notices.c.order_id)
    )
)
_STUCK = [literal_column(f"'{state}'", String) for state in ("unknown", "undeliverable", "parked")]
_LOST = Prepared(
    lambda dialect: (
        select(outbox.c.id, outbox.c.conversation_id, outbox.c.state, *_COLUMNS)
        .join(conversations, conversations.c.id == outbox.c.conversation_id)
        .join(
            notices,
            (notices.c.customer_id == conversations.c.customer_id)
            & (notices.c.message_id == outbox.c.message_id),
        )
        .where(
            outbox.c.conversation_id.in_(
                select(_failed.c.conversation_id).where(among(dialect, _failed.c.id, "rows"))
            ),
            outbox.c.state.in_(_STUCK),
            outbox.c.state != _STUCK[0],
            among(dialect, notices.c.decision, "said"),
        )
        .order_by(outbox.c.id)
    )
)
_CHANGE = Prepared(
    update(notices)
    .where(notices.c.key == bindparam("wanted"))
    .values({name: bindparam(name) for name in _SETTLED})
)
_FIND = Prepared(select(*_COLUMNS).where(notices.c.key == bindparam("wanted")))
_REACHED = [literal_column(f"'{state}'", String) for state in ("sent", "unknown")]
_ARRIVED = Prepared(
    select(messages.c.body, outbox.c.state, outbox.c.external_id, messages.c.created_at)
    .select_from(messages)
    .join(conversations, conversations.c.id == messages.c.conversation_id)
    .outerjoin(outbox, outbox.c.message_id == messages.c.id)
    .where(
        conversations.c.customer_id == bindparam("customer"),
        messages.c.created_at >= bindparam("since"),
        messages.c.author != "customer",
        outbox.c.id.is_(None) | outbox.c.state.in_(_REACHED),  # old outbox rows are let go of
    )
    .order_by(messages.c.id.desc())
    .limit(LOOKED_AT)
)
_OF_ORDER = Prepared(select(*_COLUMNS).where(notices.c.order_id == bindparam("order")).order_by(notices.c.id))


class Notices:
    """The notices' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def settled(self, keys: Iterable[str]) -> set[str]:
        """Those of the keys that were decided for good: everything but a postponement is."""
        return {row[0] for row in self._tx.rows(_SETTLED_AMONG, {"keys": list(keys)})}

    def decide(self, decided: Sequence[Notice]) -> None:
        """Keep the decisions, each under a key of its own; earlier ones for good stay as they are."""
        self._tx.insert(_DECIDE, [{name: getattr(one, name) for name in _PARTS} for one in decided])

    def lost(self, row_ids: Iterable[int]) -> list[Lost]:
        """What was said in the conversations of these outbox rows and did not arrive, or waits there."""
        values = {"rows": list(row_ids), "said": list(SAID)}
        return [Lost(row[0], row[1], row[2], Notice(*row[3:])) for row in self._tx.rows(_LOST, values)]

    def change(self, notice: Notice) -> None:
        """Another decision about it, because the first one came to nothing."""
        values = {name: getattr(notice, name) for name in _SETTLED}
        self._tx.change(_CHANGE, {"wanted": notice.key, **values})

    def find(self, key: str) -> Notice | None:
        """The notice of that key, or None."""
        row = self._tx.row(_FIND, {"wanted": key})
        return Notice(*row) if row else None

    def of_order(self, order_id: int) -> list[Notice]:
        """What was or was not said about the order, oldest first."""
        return [Notice(*row) for row in self._tx.rows(_OF_ORDER, {"order": order_id})]

    def arrived(self, customer_id: int, since: datetime) -> list[Arrived]:
        """What was said to the customer since then and has reached them, newest first."""
        return [Arrived(*row) for row in self._tx.rows(_ARRIVED, {"customer": customer_id, "since": since})]

    def last_said(self, order_ids: Iterable[int]) -> dict[int, datetime]:
        """When something was last said about each order of our own accord."""
        return dict(self._tx.rows(_LAST_SAID, {"orders": list(order_ids), "said": list(SAID)}))
