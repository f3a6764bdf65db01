"""Agents who act in the same moment (G2, T7, T8, T14): real concurrent transactions, on both databases."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Select, select
from sqlalchemy.exc import SQLAlchemyError

from bot.console import acting
from bot.console.means import Means
from bot.settings import Settings
from bot.voice import DeskVoice
from handlers import ownership
from handlers.ownership import NotMoved, Taking
from storage import Store, Tx
from storage.conversations import Conversations
from storage.handovers import OwnerEvent
from storage.schema import live_events, messages, notes, outbox
from storage.users import User
from tests.conftest import NOON, Clock
from tests.console.test_ownership import PEOPLE, customer, people
from tests.desks import desk_for
from tests.spoken import dialogue

DEEDS = (*acting.MOVES, "take", "take", "reply", "reply", "note", "ask")
AT_ONCE = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.sampled_from(DEEDS), st.sampled_from(PEOPLE)),
    min_size=2,
    max_size=6,
)


@dataclass(frozen=True)
class Somebody:
    """Who does it."""

    user: User
    address: str = "127.0.0.1"


@dataclass(frozen=True)
class Done:
    """A deed and what came of it: None where it was done, else why not."""

    name: str
    what: str
    why: str | None


@dataclass
class Books:
    """What the machine knows was done."""

    moves: Counter[tuple[str, int | None]] = field(default_factory=Counter)
    replies: Counter[int] = field(default_factory=Counter)
    notes: int = 0


class Crowd(RuleBasedStateMachine):
    """Two agents, a supervisor and the bot do several things at once, again and again."""

    store: Store

    @initialize()
    def begin(self) -> None:
        number = type(self).number = getattr(type(self), "number", 0) + 1
        self.talk = customer(self.store, f"customer {number}")
        self.team = self.store.run(lambda tx: {one.name: one for one in tx.users.all()})
        self.means = Means(
            self.store, Settings(), Clock(), DeskVoice(dialogue()), lambda channel, account: None, Taking(),
            desk_for,
        )  # fmt: skip
        self.books, self.written = Books(), 0

    @rule(deeds=AT_ONCE)
    def all_at_once(self, deeds: list[tuple[str, str, str]]) -> None:
        before = self._events()
        live = self._live()
        done = asyncio.run(self._together(deeds))
        states = [before[-1] if before else None, *self._events()[len(before) :]]
        for one in done:
            user_id = None if one.what == "ask" else self.team[one.name].id
            if one.why is not None:
                assert any(self._refused(one, state) for state in states), f"{one} for no reason"
            elif one.what == "reply":
                self.books.replies[self.team[one.name].id] += 1
            elif one.what == "note":
                self.books.notes += 1
            else:
                self.books.moves[one.what, user_id] += 1
        happened = sum(one.why is None and one.what != "ask" for one in done)
        assert self._live() - live == happened, "T15: each deed is seen by whoever looks on"

    async def _together(self, deeds: list[tuple[str, str, str]]) -> list[Done]:
        return list(await asyncio.gather(*(self._do(*deed) for deed in deeds)))

    async def _do(self, name: str, what: str, to: str) -> Done:
        who = Somebody(self.team[name])
        try:
            if what in ("reply", "note"):
                self.written += 1
                key = f"{self.talk}/{self.written}"
                assert await acting.write(self.means, who, self.talk, f"{what} {key}", key, what == "note")
            elif what == "ask":
                await self.store.transact(self._ask)
            else:
                how = {"agent_id": self.team[to].id} if what == "assign" else {}
                await acting.move(self.means, who, self.talk, what, **how)
        except NotMoved as refused:
            return Done(name, what, refused.why)
        return Done(name, what, None)

    def _ask(self, tx: Tx) -> None:
        found = tx.conversations.get(self.talk, lock=True)
        ownership.move(tx, found, "ask", ownership.BOT, NOON, self.means.settings.queue)
        tx.conversations.save(found, NOON)

    def _refused(self, one: Done, state: OwnerEvent | None) -> bool:
        """Whether that would be refused while it is so."""
        owner, agent_id = (state.owner, state.agent_id) if state else ("bot", None)
        user = self.team[one.name]
        if one.what == "reply":
            return owner != "agent" or agent_id != user.id
        who = ownership.BOT if one.what == "ask" else ownership.mover(user)
        legal = ownership.moves()[one.what]
        foreign = legal.own and owner == "agent" and agent_id != user.id and who.kind == "agent"
        return owner not in legal.sources or who.kind not in legal.who or foreign

    @invariant()
    def the_books_agree(self) -> None:
        """T7: a path of the table, one event a change. T8, T14: who speaks has it; notes stay inside."""
        if not hasattr(self, "talk"):
            return
        events = self._events()
        assert [one.revision for one in events] == list(range(1, len(events) + 1))
        assert Counter((one.move, one.user_id) for one in events) == self.books.moves
        before = None
        for event in events:
            legal = ownership.moves()[event.move]
            assert (before.owner if before else "bot") in legal.sources
            mine = before is None or before.owner != "agent" or before.agent_id == event.user_id
            assert mine or not legal.own or event.by != "agent", f"{event} of somebody else's"
            before = event
        found = self.store.run(lambda tx: tx.conversations.get(self.talk))
        last = (before.owner, before.agent_id) if before else ("bot", None)
        assert (found.owner, found.agent_id, found.revision) == (*last, len(events))
        self._check_spoken(events)

    def _check_spoken(self, events: list[OwnerEvent]) -> None:
        rows = self._rows(select(messages).where(messages.c.conversation_id == self.talk))
        for row in rows:
            owner, agent_id = next(
                ((one.owner, one.agent_id) for one in reversed(events) if one.seq < row.seq), ("bot", None)
            )
            if row.author == "agent":
                assert (owner, agent_id) == ("agent", row.user_id), "T7: a reply by who does not have it"
            else:
                assert owner == "bot", "T8: the bot speaks while people have it"
        assert Counter(row.user_id for row in rows if row.author == "agent") == self.books.replies
        sends = self._rows(select(outbox.c.message_id).where(outbox.c.conversation_id == self.talk))
        assert sorted(one.message_id for one in sends) == sorted(row.id for row in rows), "T12"
        assert not any(str(row.body.get("text")).startswith("note ") for row in rows), "T14: a note was sent"
        kept = self._rows(select(notes.c.id).where(notes.c.conversation_id == self.talk))
        assert len(kept) == self.books.notes

    def _events(self) -> list[OwnerEvent]:
        return self.store.run(lambda tx: tx.handovers.events(self.talk))

    def _live(self) -> int:
        return len(self._rows(select(live_events.c.id).where(live_events.c.conversation_id == self.talk)))

    def _rows(self, statement: Select[Any]) -> list[Any]:
        return self.store.run(lambda tx: list(tx.execute(statement)))


def play(store: Store, examples: int) -> None:
    """So many floors, each for eight rounds."""
    run_state_machine_as_test(
        type("CrowdHere", (Crowd,), {"store": store}),
        settings=settings(
            max_examples=examples, stateful_step_count=8, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck), derandomize=True, database=None,
        ),
    )  # fmt: skip


def test_agents_act_at_once(store: Store) -> None:
    """G2, T7, T8, T14, T15: whatever is done at once, it is as if it had been one after the other."""
    people(store)
    play(store, 4)


PLANTED = {
    "sends what is not theirs": (acting, "theirs", lambda found, doer: None),
    "shows nobody": (acting, "noted", lambda *about, **detail: None),
    "bends the table": (ownership.moving, "_refusal", lambda found, legal, who: None),
}


@pytest.mark.parametrize("bug", PLANTED)
def test_planted_bugs_are_found(lone: Store, monkeypatch: pytest.MonkeyPatch, bug: str) -> None:
    """T7, T15: the rounds above find a right that is not looked at, and a deed that nobody sees."""
    people(lone)
    where, name, broken = PLANTED[bug]
    monkeypatch.setattr(where, name, broken)
    with pytest.raises(AssertionError):
        play(lone, 8)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_conversation_read_without_its_lock_is_found(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """T7: where transactions run beside each other, whose it is must be read under the lock."""
    people(store)
    real = Conversations.get
    monkeypatch.setattr(
        Conversations, "get", lambda self, conversation_id, lock=False: real(self, conversation_id)
    )
    with pytest.raises((AssertionError, SQLAlchemyError)):
        play(store, 8)
