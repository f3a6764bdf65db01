"""What users did: who, when, from where, to what. Rows are added, and go only when they are old."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, delete, func, insert, select

from storage.schema import audit

if TYPE_CHECKING:
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class Deed:
    """One action; `detail` holds codes and ids, no customer's words."""

    id: int
    at: datetime
    user_id: int | None
    action: str
    about: str | None
    address: str | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sought:
    """Which deeds; empty parts do not narrow them. `until` is not included."""

    user_id: int | None = None
    action: str | None = None
    about: str | None = None
    since: datetime | None = None
    until: datetime | None = None


_COLUMNS = [audit.c[part.name] for part in fields(Deed)]


class Audit:
    """The audit's repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def note(
        self,
        action: str,
        user_id: int | None,
        now: datetime,
        *,
        about: str | None = None,
        address: str | None = None,
        **detail: Any,
    ) -> None:
        """Note what was done."""
        values = {"at": now, "user_id": user_id, "action": action, "about": about, "address": address}
        self._tx.execute(insert(audit).values(**values, detail=detail))

    def latest(self, limit: int = 100, before: int | None = None, about: str | None = None) -> list[Deed]:
        """The last ones (before the one of that id), newest first; `about` one thing only."""
        found = select(*_COLUMNS).order_by(audit.c.id.desc()).limit(limit)
        if before is not None:
            found = found.where(audit.c.id < before)
        if about is not None:
            found = found.where(audit.c.about == about)
        return [Deed(*tuple(row)) for row in self._tx.execute(found)]

    def count(self, sought: Sought) -> int:
        """How many there are."""
        found = select(func.count()).select_from(audit).where(*_conditions(sought))
        return int(self._tx.execute(found).scalar_one())

    def page(self, sought: Sought, limit: int, offset: int) -> list[Deed]:
        """A page of them, newest first."""
        found = select(*_COLUMNS).where(*_conditions(sought)).order_by(audit.c.id.desc())
        return [Deed(*tuple(row)) for row in self._tx.execute(found.limit(limit).offset(offset))]

    def behind(self, sought: Sought, behind: int, limit: int) -> list[Deed]:
        """The next ones behind that id, oldest first."""
        found = select(*_COLUMNS).where(audit.c.id > behind, *_conditions(sought)).order_by(audit.c.id)
        return [Deed(*tuple(row)) for row in self._tx.execute(found.limit(limit))]

    def forget(self, before: datetime, limit: int) -> int:
        """Remove the oldest rows, those before that moment; how many."""
        old = select(audit.c.id).where(audit.c.at < before).order_by(audit.c.at, audit.c.id).limit(limit)
        ids = list(self._tx.execute(old).scalars())
        if ids:
            self._tx.execute(delete(audit).where(audit.c.id.in_(ids)))
        return len(ids)


def _conditions(sought: Sought) -> Iterator[ColumnElement[bool]]:
    if sought.user_id is not None:
        yield audit.c.user_id == sought.user_id
    if sought.action is not None:
        yield audit.c.action == sought.action
    if sought.about is not None:
        yield audit.c.about == sought.about
    if sought.since is not None:
        yield audit.c.at >= sought.since
    if sought.until is not None:
        yield audit.c.at < sought.until
