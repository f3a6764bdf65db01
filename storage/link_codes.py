"""One-time codes by which somebody shows that two chats are theirs; of a code only a hash is kept."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from storage.schema import link_attempts, link_codes
from storage.statements import values_of

if TYPE_CHECKING:
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class LinkCode:
    """A code that was given out in a conversation; `handle` is the part by which it is found."""

    conversation_id: int
    handle: str
    salt: str
    hash: str
    created_at: datetime
    expires_at: datetime
    tries: int = 0
    claimed_by: int | None = None
    id: int = 0


_SELECTED = select(*(link_codes.c[part.name] for part in fields(LinkCode)))


class LinkCodes:
    """The codes' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def give(self, code: LinkCode, now: datetime) -> bool:
        """Keep it as the conversation's only one; False where another has its handle. Old ones go."""
        mine = link_codes.c.conversation_id == code.conversation_id
        self._tx.execute(delete(link_codes).where(mine | (link_codes.c.expires_at <= now)))
        taken = select(link_codes.c.id).where(link_codes.c.handle == code.handle)
        if self._tx.execute(taken).first() is not None:
            return False
        self._tx.execute(insert(link_codes), {k: v for k, v in values_of(code).items() if k != "id"})
        return True

    def find(self, handle: str) -> LinkCode | None:
        """The code of that handle, locked, or None."""
        row = self._tx.execute(_SELECTED.where(link_codes.c.handle == handle).with_for_update()).one_or_none()
        return LinkCode(*tuple(row)) if row else None

    def claimed(self, conversation_id: int) -> LinkCode | None:
        """The code last claimed in that conversation, locked, or None."""
        found = _SELECTED.where(link_codes.c.claimed_by == conversation_id)
        row = self._tx.execute(found.with_for_update()).one_or_none()
        return LinkCode(*tuple(row)) if row else None

    def claim(self, code: LinkCode, conversation_id: int) -> None:
        """It was given rightly there, instead of one given before; nobody else may use it now."""
        before = link_codes.c.claimed_by == conversation_id
        self._tx.execute(update(link_codes).where(before).values(claimed_by=None))
        here = link_codes.c.id == code.id
        self._tx.execute(update(link_codes).where(here).values(claimed_by=conversation_id))

    def missed(self, code: LinkCode) -> None:
        """It was given wrongly once more."""
        here = link_codes.c.id == code.id
        self._tx.execute(update(link_codes).where(here).values(tries=link_codes.c.tries + 1))

    def end(self, code: LinkCode) -> None:
        """It was used, or given up."""
        self._tx.execute(delete(link_codes).where(link_codes.c.id == code.id))

    def note(self, conversation_id: int, what: str, now: datetime, forget_before: datetime) -> None:
        """Remember that a code was asked for (`asked`) or given wrongly (`wrong`) there; old notes go."""
        self._tx.execute(delete(link_attempts).where(link_attempts.c.at < forget_before))
        values = {"conversation_id": conversation_id, "what": what, "at": now}
        self._tx.execute(insert(link_attempts), values)

    def attempts(self, conversation_id: int, what: str, since: datetime) -> int:
        """How often that happened there since."""
        found = select(func.count()).where(
            link_attempts.c.conversation_id == conversation_id,
            link_attempts.c.what == what,
            link_attempts.c.at > since,
        )
        return int(self._tx.execute(found).scalar_one())
