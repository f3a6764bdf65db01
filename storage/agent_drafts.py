"""What agents have begun to write to a customer or for colleagues, and not sent: each their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import agent_drafts

if TYPE_CHECKING:
    from storage.transaction import Tx

KINDS = ("reply", "note")


@dataclass(frozen=True, slots=True)
class AgentDraft:
    """One draft; without words it was sent or wiped.

    `stamp` orders what was written: milliseconds of the page's clock, growing with each change. `marks`: the
    articles whose words are in it.
    """

    kind: str
    text: str
    marks: str
    stamp: int


_COLUMNS = [agent_drafts.c[part.name] for part in fields(AgentDraft)]


class AgentDrafts:
    """The repository of these drafts."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def keep(self, user_id: int, conversation_id: int, draft: AgentDraft, now: datetime) -> bool:
        """Keep it in the place of an older one; False where what is kept is as new or newer."""
        dialect = postgresql if self._tx.row_locks else sqlite
        values = {"text": draft.text, "marks": draft.marks, "stamp": draft.stamp, "saved_at": now}
        put = dialect.insert(agent_drafts).values(
            user_id=user_id, conversation_id=conversation_id, kind=draft.kind, **values
        )
        put = put.on_conflict_do_update(
            index_elements=["user_id", "conversation_id", "kind"],
            set_=values,
            where=agent_drafts.c.stamp < draft.stamp,
        )
        return self._tx.execute(put.returning(agent_drafts.c.stamp)).one_or_none() is not None

    def sent(self, user_id: int, conversation_id: int, kind: str, stamp: int, now: datetime) -> None:
        """It is no draft any more; what was written before that stamp and comes later is not kept."""
        self.keep(user_id, conversation_id, AgentDraft(kind, "", "", stamp), now)

    def of(self, user_id: int, conversation_id: int) -> dict[str, AgentDraft]:
        """That user's drafts there, by kind."""
        mine = (agent_drafts.c.user_id == user_id, agent_drafts.c.conversation_id == conversation_id)
        return {row.kind: AgentDraft(*tuple(row)) for row in self._tx.execute(select(*_COLUMNS).where(*mine))}

    def begun(self, user_id: int, ids: Sequence[int]) -> dict[int, str]:
        """The words of that user's replies begun in these conversations."""
        found = select(agent_drafts.c.conversation_id, agent_drafts.c.text).where(
            agent_drafts.c.user_id == user_id,
            agent_drafts.c.conversation_id.in_(ids),
            agent_drafts.c.kind == KINDS[0],
            agent_drafts.c.text != "",
        )
        return {row.conversation_id: row.text for row in self._tx.execute(found)}

    def forget(self, before: datetime) -> None:
        """Forget what nobody went on with since that moment."""
        self._tx.execute(delete(agent_drafts).where(agent_drafts.c.saved_at < before))
