"""Lists that users keep under a name: their own, and those that supervisors keep for everybody."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update

from storage.schema import saved_views

if TYPE_CHECKING:
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class SavedView:
    """One list; `query` is the end of its address, `user_id` None: it is everybody's."""

    id: int
    user_id: int | None
    name: str
    query: str


_COLUMNS = [saved_views.c[part.name] for part in fields(SavedView)]


class SavedViews:
    """The views' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def of(self, user_id: int) -> list[SavedView]:
        """Everybody's, then that user's own, each by name."""
        found = select(*_COLUMNS).where(or_(_whose(None), _whose(user_id)))
        order = (saved_views.c.user_id.is_not(None), saved_views.c.name, saved_views.c.id)
        return [SavedView(*tuple(row)) for row in self._tx.execute(found.order_by(*order))]

    def count(self, user_id: int | None) -> int:
        """How many that user, or everybody, has."""
        found = select(func.count()).select_from(saved_views).where(_whose(user_id))
        return int(self._tx.execute(found).scalar_one())

    def get(self, view_id: int) -> SavedView | None:
        """The view, or None."""
        row = self._tx.execute(select(*_COLUMNS).where(saved_views.c.id == view_id)).one_or_none()
        return SavedView(*tuple(row)) if row else None

    def add(self, user_id: int | None, name: str, query: str, now: datetime) -> int:
        """Keep one and return its id."""
        values = {"user_id": user_id, "name": name, "query": query, "created_at": now}
        return int(
            self._tx.execute(insert(saved_views).values(**values).returning(saved_views.c.id)).scalar_one()
        )

    def rename(self, view_id: int, name: str) -> None:
        """Give it another name."""
        self._tx.execute(update(saved_views).where(saved_views.c.id == view_id).values(name=name))

    def remove(self, view_id: int) -> None:
        """Keep it no more."""
        self._tx.execute(delete(saved_views).where(saved_views.c.id == view_id))


def _whose(user_id: int | None) -> ColumnElement[bool]:
    return saved_views.c.user_id.is_(None) if user_id is None else saved_views.c.user_id == user_id
