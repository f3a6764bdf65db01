"""Words of the list 服务禁语 that agents wrote: for whoever reviews replies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import forbidden_hits

if TYPE_CHECKING:
    from storage.conversations import Conversation
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class ForbiddenHit:
    """One term in one reply: sent anyway (`seq` is the message's number), taken back again, or only tried."""

    id: int
    conversation_id: int
    user_id: int
    term: str
    severity: str
    sent: bool
    seq: int | None
    at: datetime

    @property
    def fate(self) -> str:
        """What became of it: sent, taken_back or tried."""
        return "sent" if self.sent else "tried" if self.seq is None else "taken_back"


_COLUMNS = [forbidden_hits.c[part.name] for part in fields(ForbiddenHit)]


class ForbiddenHits:
    """The repository of hits."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def record(
        self,
        conversation: Conversation,
        user_id: int,
        key: str,
        terms: Iterable[tuple[str, str]],
        sent: bool,
        now: datetime,
    ) -> None:
        """Keep what the submission `key` holds, once however often it is tried, before it is written."""
        dialect = postgresql if self._tx.row_locks else sqlite
        seq = conversation.last_seq + 1 if sent else None
        for term, severity in dict(terms).items():
            put = dialect.insert(forbidden_hits).values(
                conversation_id=conversation.id, user_id=user_id, key=key, term=term, severity=severity,
                sent=sent, seq=seq, at=now,
            )  # fmt: skip
            again = put.on_conflict_do_update(
                index_elements=["key", "term"],
                set_={"sent": sent, "seq": seq, "at": now},
                where=forbidden_hits.c.sent.is_(False),
            )
            self._tx.execute(again)

    def take_back(self, conversation_id: int, seq: int) -> None:
        """The reply of that number was taken back before it left."""
        here = (forbidden_hits.c.conversation_id == conversation_id, forbidden_hits.c.seq == seq)
        self._tx.execute(update(forbidden_hits).where(*here).values(sent=False))

    def of_conversation(self, conversation_id: int, since: datetime) -> list[ForbiddenHit]:
        """Those of a conversation from that moment on, in order."""
        here = (forbidden_hits.c.conversation_id == conversation_id, forbidden_hits.c.at >= since)
        found = select(*_COLUMNS).where(*here).order_by(forbidden_hits.c.id)
        return [ForbiddenHit(*tuple(row)) for row in self._tx.execute(found)]

    def latest(
        self,
        limit: int = 100,
        before: int | None = None,
        user_id: int | None = None,
        fate: str | None = None,
    ) -> list[ForbiddenHit]:
        """The last ones (before the one of that id), newest first; of one user, of one fate."""
        found = select(*_COLUMNS).order_by(forbidden_hits.c.id.desc()).limit(limit)
        if before is not None:
            found = found.where(forbidden_hits.c.id < before)
        if user_id is not None:
            found = found.where(forbidden_hits.c.user_id == user_id)
        if fate is not None:
            found = found.where(forbidden_hits.c.sent.is_(fate == "sent"))
        if fate in ("tried", "taken_back"):
            found = found.where(forbidden_hits.c.seq.is_(None) == (fate == "tried"))
        return [ForbiddenHit(*tuple(row)) for row in self._tx.execute(found)]
