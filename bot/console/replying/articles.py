"""Articles beside a reply: what the bot would find for the customer's words, or a search."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bot.bubbles import QUOTED
from bot.console.means import Means
from handlers.question import worth_giving
from nlu.knowledge import Hit
from storage import Tx
from storage.conversations import Conversation

OFFERED = 3
FOUND = 6
"""Articles that a search shows."""
LOOKED_AT = 6
"""So many of the customer's last messages are looked at, the newest first."""
SEARCHED = 200
"""Characters of a search."""
MARKS = 5
"""Articles whose words one reply may hold."""
_MARK = re.compile(r"([\w-]{1,64})@([\w.]{1,32})@([a-z]{2})")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One article as the composer offers it; `mark` names article, version and language."""

    title: str
    text: str
    mark: str


async def suggested(means: Means, conversation_id: int, searched: str) -> list[Suggestion] | None:
    """What fits the customer's last words, or what was searched; None where there is no such conversation."""

    def work(tx: Tx) -> list[Suggestion] | None:
        room = tx.conversations.known(conversation_id)
        if room is None:
            return None
        search = _Search(means, tx, room)
        return [_offered(hit) for hit in (search.of(searched) if searched else search.fitting())]

    return await means.store.read(work)


def quoted(means: Means, tx: Tx, room: Conversation, marks: str) -> list[dict[str, str]]:
    """The articles whose words are in a reply, as messages keep them: those that the base knows."""
    found = dict.fromkeys(one.groups() for one in map(_MARK.fullmatch, marks.split()[:MARKS]) if one)
    if not found:
        return []
    desk = means.desk_for(tx, room, "articles", means.clock())
    return [
        {"article": article, "version": version, "spoken": language}
        for article, version, language in found
        if desk.article(article, language) is not None
    ]


def kept(means: Means, tx: Tx, room: Conversation, marks: str) -> dict[str, Any] | None:
    """What a reply keeps beside its words: where they are from."""
    found = quoted(means, tx, room, marks)
    return {QUOTED: found} if found else None


class _Search:
    """Searches for one conversation: in its language, about what it is about."""

    def __init__(self, means: Means, tx: Tx, room: Conversation) -> None:
        held = means.voice.held(room)
        known = held.values if held is not None else {}
        self._tx, self._room = tx, room
        self._desk = means.desk_for(tx, room, "articles", means.clock())
        self._language = means.voice.language(room)
        self._product, self._model = _word(known.get("product")), _word(known.get("model"))

    def of(self, words: str, limit: int = FOUND) -> list[Hit]:
        """The nearest articles."""
        return self._desk.answers(words, self._language, self._product, limit, self._model)

    def fitting(self) -> list[Hit]:
        """What the bot would give or offer for the newest words of the customer that it has something for."""
        said = self._tx.messages.of_conversation(self._room.id, before=2**31 - 1, limit=LOOKED_AT * 4)
        words = [str(one.body.get("text") or "") for one in reversed(said) if one.author == "customer"]
        for text in filter(str.strip, words[:LOOKED_AT]):
            if found := worth_giving(self.of(text, OFFERED)):
                return found
        return []


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _offered(hit: Hit) -> Suggestion:
    one = hit.article
    return Suggestion(one.title, one.answer, f"{one.id}@{one.version}@{one.language}")
