"""The books of what agents write: their drafts, each their own, gone with what was sent (T17)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import select

from storage import Tx
from storage.schema import agent_drafts, messages
from tests.simulation.books import require

Place = tuple[int, int]
"""A user's id and a conversation's."""


@dataclass(slots=True)
class Writing:
    """What pages tried to keep or to send, by its stamp, and up to which stamp they were told it was."""

    stamp: int = 0
    drafts: dict[Place, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    replies: dict[Place, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    told: dict[Place, int] = field(default_factory=lambda: defaultdict(int))

    def begins(self, place: Place, words: str) -> int:
        """A page will keep these words; their stamp."""
        self.stamp += 1
        self.drafts[place][self.stamp] = words
        return self.stamp

    def sends(self, place: Place, words: str) -> int:
        """A page will send them; their stamp."""
        self.stamp += 1
        self.replies[place][self.stamp] = words
        return self.stamp

    def done(self, place: Place, stamp: int) -> None:
        """The page was told that it is."""
        self.told[place] = max(self.told[place], stamp)


def check_drafts(tx: Tx, book: Writing) -> None:
    """T17: a draft is what its agent wrote last and heard was kept, or later; it goes with its reply only."""
    sent = {
        (row.user_id, row.conversation_id, row.body.get("text"))  # none: taken back, its words are gone
        for row in tx.execute(select(messages).where(messages.c.author == "agent"))
    }
    found = set()
    for row in tx.execute(select(agent_drafts)):
        place = (row.user_id, row.conversation_id)
        found.add(place)
        name = f"draft of {row.user_id} in {row.conversation_id}"
        require(
            row.stamp >= book.told[place], "T17", f"{name}: {row.stamp} in the place of {book.told[place]}"
        )
        if row.text:
            own = book.drafts[place].get(row.stamp)
            require(row.text == own, "T17", f"{name}: {row.text}, not {own}")
        else:
            words = book.replies[place].get(row.stamp, "")
            left = (*place, words) in sent or (*place, None) in sent
            require(left, "T17", f"{name}: gone, though {words!r} was not sent")
    lost = {place for place, stamp in book.told.items() if stamp} - found
    require(not lost, "T17", f"drafts lost: {sorted(lost)}")
