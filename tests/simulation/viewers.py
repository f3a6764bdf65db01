"""Whoever looks at the console all the time: what they see is what there is (T15)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from storage import Tx
from storage.schema import conversations, handovers, live_events, messages, notes, outbox
from tests.simulation.books import require

UNSETTLED = ("pending", "sending")


class Viewer:
    """A page that fetches a conversation again when the log says that it changed, and never else."""

    def __init__(self) -> None:
        self._newest = 0
        self._seen: dict[int, Any] = {}

    def look(self, tx: Tx) -> None:
        """Read on in the log."""
        found = select(live_events.c.id, live_events.c.conversation_id).where(live_events.c.id > self._newest)
        fresh = {int(number): one for number, one in map(tuple, tx.execute(found))}
        if fresh:
            self._newest = max(fresh)
            self._seen |= _shown(tx, {one for one in fresh.values() if one is not None})

    def check(self, tx: Tx) -> None:
        """T15: of every conversation that people have, or had."""
        self.look(tx)
        for talk, shown in _shown(tx).items():
            ever = shown["owner"] != "bot" or talk in self._seen
            if ever and (shown["owner"] != "bot" or self._seen[talk]["owner"] != "bot"):
                seen = self._seen.get(talk)
                require(seen == shown, "T15", f"conversation {talk} is {shown}, seen was {seen}")


def _shown(tx: Tx, of: Iterable[int] | None = None) -> Mapping[int, Any]:
    """What pages show of conversations, all or those."""
    room, begun = conversations.c, handovers.c
    found = select(
        room.id, room.owner, room.agent_id, room.waiting_since, begun.skill, begun.priority
    ).outerjoin(handovers, (begun.conversation_id == room.id) & begun.ended_at.is_(None))
    if of is not None:
        found = found.where(room.id.in_(of))
    shown = {row.id: {**row._mapping, "notes": 0, "said": {}} for row in tx.execute(found)}
    for note in tx.execute(select(notes.c.conversation_id).where(notes.c.conversation_id.in_(shown))):
        shown[note.conversation_id]["notes"] += 1
    said = select(messages.c.conversation_id, messages.c.seq, outbox.c.state).where(
        messages.c.author == "agent", messages.c.conversation_id.in_(shown)
    )
    for row in tx.execute(said.join(outbox, outbox.c.message_id == messages.c.id)):
        state = "on its way" if row.state in UNSETTLED else row.state
        shown[row.conversation_id]["said"][row.seq] = state
    wrote = select(messages.c.conversation_id, messages.c.id).where(
        messages.c.author == "customer", messages.c.conversation_id.in_(shown)
    )
    for row in tx.execute(wrote):
        shown[row.conversation_id]["heard"] = max(row.id, shown[row.conversation_id].get("heard", 0))
    return shown
