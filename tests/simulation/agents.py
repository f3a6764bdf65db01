"""The agents of a simulated world: they come and go, take conversations, answer, hand them on (G2, G4)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from bot.console import accounts, acting
from bot.console.acting import BadText
from bot.console.means import DeskFor, Means
from bot.console.replying import drafting, withdrawing
from bot.console.replying.afterwards import Then
from bot.voice import DeskVoice
from handlers.ownership import NotMoved, Taking
from storage import Store, StoreProblem, Tx
from storage.agent_drafts import AgentDraft
from storage.schema import conversations, messages
from storage.users import User
from tests.simulation.service import QUEUE
from tests.simulation.writing import Writing

PEOPLE = {"ann": "agent", "bob": "agent", "eve": "supervisor"}
ROLE = "role_changed"
"""What the audit calls a change of somebody's role."""
HELD = timedelta(seconds=4)
"""So long a reply can be taken back."""
SECRET = "for colleagues only"
"""What every note says, and no customer may ever read."""
DEEDS = (
    "come", "come", "take", "take", "take", "reply", "reply", "reply", "reply", "note", "take_back",
    "hand_back", "resolve", "reply_hand_back", "reply_resolve",
    "release", "refer", "assign", "take_over", "take_over", "away", "dismiss", "hire", "lower", "raise",
    "draft", "draft", "draft",
)  # fmt: skip
TALKS = (
    ("come", "take", "reply", "resolve"), ("come", "take", "reply", "hand_back"),
    ("come", "take", "reply", "take_back"), ("come", "take", "draft", "draft", "reply", "draft"),
    ("come", "take", "reply", "reply_resolve", "take_back", "take_back"),
    ("come", "take", "reply_hand_back", "take_back", "take", "reply"),
    ("come", "take", "note", "reply", "reply", "take_back", "take_back"), ("come", "take", "release"),
    ("come", "take", "dismiss", "hire"), ("come", "take", "away"),
)  # fmt: skip
"""What agents do with a customer who asked for a person, one after another."""


@dataclass(frozen=True, slots=True)
class Somebody:
    """An agent at a page."""

    user: User
    address: str = "-"


@dataclass(frozen=True, slots=True)
class Seen:
    """What an agent saw when they decided: the conversation, and the newest of their replies there."""

    id: int
    last_seq: int
    replied: int | None


class Agents:
    """They work through one process; what they decide upon may have changed until it is done."""

    def __init__(
        self, store: Store, clock: Callable[[], Any], voice: DeskVoice, wake: Callable[[str, str], None],
        desk_for: DeskFor, folder: Path, writing: Writing,
    ) -> None:  # fmt: skip
        self._writing = writing
        console = SimpleNamespace(forbidden_words=None)
        settings: Any = SimpleNamespace(queue=QUEUE, console=console, data_path=folder)
        self._means = Means(store, settings, clock, voice, wake, Taking(queue=QUEUE), desk_for)

    async def do(self, deed: str, number: int, pause: float) -> None:
        """One deed of the person and in the conversation that the number picks."""
        with suppress(NotMoved, BadText, StoreProblem):
            who = Somebody(await self._person(number))
            if not who.user.active and deed != "hire":
                return
            seen = await self._means.store.read(lambda tx: _look(tx, who.user, deed, number // 8))
            if deed == "draft" and seen is not None:
                await self._draft(who, seen, number, pause)
                return
            await asyncio.sleep(pause)
            if deed in _SELF:
                await _SELF[deed](self._means, who)
            elif seen is not None:
                await self._there(deed, who, seen, number)

    async def _draft(self, who: Somebody, seen: Seen, number: int, pause: float) -> None:
        """What is written now arrives later, perhaps behind what was written or sent since."""
        place, words = (who.user.id, seen.id), f"I begin, {number}"
        stamp = self._writing.begins(place, words)
        await asyncio.sleep(pause)
        await drafting.begun(self._means, who, seen.id, AgentDraft("reply", words, "", stamp))
        self._writing.done(place, stamp)

    async def _there(self, deed: str, who: Somebody, seen: Seen, number: int) -> None:
        means = self._means
        if deed.startswith("reply"):
            then = Then(deed.removeprefix("reply_"), seen.last_seq, "", "") if deed != "reply" else None
            words, key, place = f"yes, {number}", f"r{number}", (who.user.id, seen.id)
            stamp = self._writing.sends(place, words)
            if await acting.write(
                means, who, seen.id, words, key, note=False, held=HELD, then=then, stamp=stamp
            ):
                self._writing.done(place, stamp)
        elif deed == "note":
            await acting.write(means, who, seen.id, SECRET, f"n{number}", note=True)
        elif deed == "take_back":
            if seen.replied is not None:
                await withdrawing.take_back(means, who, seen.id, seen.replied)
        else:
            await acting.move(means, who, seen.id, deed, **(await self._how(deed, seen, number)))

    async def _how(self, deed: str, seen: Seen, number: int) -> Mapping[str, Any]:
        if deed == "assign":
            return {"agent_id": (await self._person(number + 1)).id}
        if deed in ("resolve", "hand_back"):
            return {"seen": seen.last_seq}
        return {"skill": "cooling"} if deed == "refer" else {}

    async def _person(self, number: int) -> User:
        name = list(PEOPLE)[number % len(PEOPLE)]

        def work(tx: Tx) -> User:
            now = self._means.clock()
            found = tx.users.named(name) or tx.users.add(name, name, PEOPLE[name], "-", now)
            assert found is not None
            if found.active:
                tx.presence.seen(found.id, now)
            return found

        return await self._means.store.transact(work)


async def _be(means: Means, who: Somebody, state: str) -> None:
    if who.user.active:
        await acting.be(means, who, state)


async def _change(means: Means, who: Somebody, action: str, **values: Any) -> None:
    def work(tx: Tx) -> None:
        user = tx.users.get(who.user.id, lock=True)
        assert user is not None
        accounts.change(tx, user, action, accounts.By(), means.clock(), **values)

    await means.store.transact(work)


_SELF: Mapping[str, Callable[[Means, Somebody], Any]] = {
    "come": lambda means, who: _be(means, who, "online"),
    "away": lambda means, who: _be(means, who, "away"),
    "dismiss": lambda means, who: _change(means, who, "user_disabled", active=False),
    "hire": lambda means, who: _change(means, who, "user_enabled", active=True),
    "lower": lambda means, who: _change(means, who, ROLE, role="agent"),
    "raise": lambda means, who: _change(means, who, ROLE, role="supervisor"),
}


def _look(tx: Tx, user: User, deed: str, pick: int) -> Seen | None:
    """One of the conversations where that deed makes sense."""
    found = tx.execute(
        select(conversations.c.id, conversations.c.owner, conversations.c.agent_id, conversations.c.last_seq)
    )
    rows = sorted(map(tuple, found))
    if deed == "take":
        rows = [row for row in rows if row[1] == "queue"] or rows
    elif deed != "take_over":
        rows = [row for row in rows if row[2] == user.id] or rows
    if not rows:
        return None
    talk, _, _, last_seq = rows[pick % len(rows)]
    mine = (messages.c.conversation_id == talk, messages.c.user_id == user.id)
    written = sorted(tx.execute(select(messages.c.seq).where(*mine)).scalars())
    return Seen(talk, last_seq, written[-1 - pick % len(written)] if written else None)
