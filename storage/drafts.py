"""Drafts: unfinished reports, reminded of once and then given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select, update

from storage.schema import drafts
from storage.statements import Prepared

if TYPE_CHECKING:
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class Draft:
    """An unfinished form; `state` is open, then reminded."""

    conversation_id: int
    form: str
    state: str
    touched_at: datetime
    due_at: datetime


_KEPT = ("form", "state", "touched_at", "due_at")
_KEEP = Prepared(
    lambda dialect: (insert := dialect.insert(drafts)).on_conflict_do_update(
        index_elements=["conversation_id"], set_={name: insert.excluded[name] for name in _KEPT}
    ),
    ("conversation_id", *_KEPT),
)
_CLEAR = Prepared(delete(drafts).where(drafts.c.conversation_id == bindparam("conversation")))


class Drafts:
    """The drafts' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def keep(self, conversation_id: int, form: str, now: datetime, due_at: datetime) -> None:
        """Note that the form is unfinished; its reminder is due at `due_at`."""
        values = {"form": form, "state": "open", "touched_at": now, "due_at": due_at}
        self._tx.change(_KEEP, {"conversation_id": conversation_id, **values})

    def get(self, conversation_id: int) -> Draft | None:
        """The conversation's draft, or None."""
        row = self._tx.execute(
            select(drafts).where(drafts.c.conversation_id == conversation_id)
        ).one_or_none()
        return Draft(**row._mapping) if row else None

    def due(self, now: datetime, limit: int = 100) -> list[Draft]:
        """Drafts whose reminder or end is due; on PostgreSQL locked, skipping those others hold."""
        statement = select(drafts).where(drafts.c.due_at <= now).order_by(drafts.c.due_at).limit(limit)
        if self._tx.row_locks:
            statement = statement.with_for_update(skip_locked=True)
        return [Draft(**row._mapping) for row in self._tx.execute(statement)]

    def reminded(self, conversation_id: int, due_at: datetime) -> None:
        """Note the reminder; the draft ends at `due_at`."""
        self._tx.execute(
            update(drafts)
            .where(drafts.c.conversation_id == conversation_id)
            .values(state="reminded", due_at=due_at)
        )

    def postponed(self, conversation_id: int, due_at: datetime) -> None:
        """Its reminder cannot be said yet; it is due again then."""
        self._tx.execute(
            update(drafts).where(drafts.c.conversation_id == conversation_id).values(due_at=due_at)
        )

    def clear(self, conversation_id: int) -> None:
        """The form was finished, given up or has expired."""
        self._tx.change(_CLEAR, {"conversation": conversation_id})
