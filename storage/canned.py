"""Canned replies 话术: what agents insert by a shortcut, by language and skill."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import case, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import canned_replies

if TYPE_CHECKING:
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class CannedReply:
    """One reply; of a `skill`, or empty for all. One that is not `active` was removed."""

    id: int
    shortcut: str
    language: str
    skill: str
    text: str
    active: bool
    created_at: datetime
    updated_at: datetime


_COLUMNS = [canned_replies.c[part.name] for part in fields(CannedReply)]
_NAMED = ("shortcut", "language", "skill")


class CannedReplies:
    """The canned replies' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def any(self) -> bool:
        """Whether there ever was one."""
        found = select(exists(select(canned_replies.c.id)))
        return bool(self._tx.execute(found).scalar_one())

    def touched(self) -> bool:
        """Whether anything was added, reworded or removed since those of the program were kept."""
        newest, oldest = func.max(canned_replies.c.updated_at), func.min(canned_replies.c.created_at)
        return bool(self._tx.execute(select(newest > oldest)).scalar_one())

    def add(self, shortcut: str, language: str, skill: str, text: str, now: datetime) -> int | None:
        """Keep a new one, also in the place of a removed one; None where there is one of that name."""
        dialect = postgresql if self._tx.row_locks else sqlite
        values = {"shortcut": shortcut, "language": language, "skill": skill, "text": text, "active": True}
        put = dialect.insert(canned_replies).values(**values, created_at=now, updated_at=now)
        again = put.on_conflict_do_update(
            index_elements=_NAMED,
            set_={"text": text, "active": True, "updated_at": now},
            where=canned_replies.c.active.is_(False),
        )
        row = self._tx.execute(again.returning(canned_replies.c.id)).one_or_none()
        return row[0] if row else None

    def ship(self, many: Iterable[tuple[str, str, str, str]], now: datetime) -> None:
        """Keep those that come with the program: shortcut, language, skill, text."""
        rows = [dict(zip((*_NAMED, "text"), one, strict=True)) for one in many]
        if rows:
            more = {"active": True, "created_at": now, "updated_at": now}
            self._tx.execute(insert(canned_replies), [{**row, **more} for row in rows])

    def change(self, reply_id: int, text: str, now: datetime) -> bool:
        """Word it anew; False where there is none."""
        return self._set(reply_id, now, text=text)

    def remove(self, reply_id: int, now: datetime) -> bool:
        """Take it out of use; False where there is none."""
        return self._set(reply_id, now, active=False)

    def get(self, reply_id: int) -> CannedReply | None:
        """The one in use of that id, or None."""
        found = select(*_COLUMNS).where(canned_replies.c.id == reply_id, canned_replies.c.active)
        row = self._tx.execute(found).one_or_none()
        return CannedReply(*tuple(row)) if row else None

    def all(self) -> list[CannedReply]:
        """Every one in use, by shortcut."""
        found = select(*_COLUMNS).where(canned_replies.c.active)
        rows = self._tx.execute(
            found.order_by(canned_replies.c.shortcut, canned_replies.c.language, canned_replies.c.skill)
        )
        return [CannedReply(*tuple(row)) for row in rows]

    def offered(
        self, typed: str, language: str, skills: Collection[str], limit: int = 8
    ) -> list[CannedReply]:
        """Those for a customer of that language: first by the shortcut's beginning, then by words within."""
        like = _literal(typed)
        begins = canned_replies.c.shortcut.ilike(f"{like}%", escape="\\")
        within = canned_replies.c.text.ilike(f"%{like}%", escape="\\")
        found = select(*_COLUMNS).where(
            canned_replies.c.active,
            canned_replies.c.language == language,
            canned_replies.c.skill.in_(["", *skills]),
            begins | within,
        )
        order = (case((begins, 0), else_=1), case((canned_replies.c.skill == "", 1), else_=0))
        rows = self._tx.execute(found.order_by(*order, canned_replies.c.shortcut).limit(limit))
        return [CannedReply(*tuple(row)) for row in rows]

    def _set(self, reply_id: int, now: datetime, **values: object) -> bool:
        found = canned_replies.c.id == reply_id, canned_replies.c.active
        return self._tx.execute(
            update(canned_replies).where(*found).values(**values, updated_at=now)
        ).rowcount == 1  # fmt: skip


def _literal(typed: str) -> str:
    for sign in "\\%_":
        typed = typed.replace(sign, f"\\{sign}")
    return typed
