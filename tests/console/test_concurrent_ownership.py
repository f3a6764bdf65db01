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

from bot.console import accounts, acting
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

OTHERS = {
    "ask": ownership.BOT,
    "want_bot": ownership.CUSTOMER,
    "reopen": ownership.CUSTOMER,
    "requeue": ownership.SYSTEM,
}
"""What the bot, the customer and the clock do to whose it is."""
OFFICE = {
    "shut": ("user_disabled", {"active": False}), "opened": ("user_enabled", {"active": True}),
    "raised": ("role_changed", {"role": "supervisor"}), "lowered": ("role_changed", {"role": "agent"}),
}  # fmt: skip
"""What an administrator does to who they are."""
DEEDS = (*acting.MOVES, "take", "take", "reply", "reply", "note", *OTHERS, *OFFICE)
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
    """Agents, a supervisor, the bot, the customer, the clock and the office act at once, again and again."""

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
        before, known = self._events(), self._team()
        live = self._live()
        done = asyncio.run(self._together(deeds))
        states = [before[-1] if before else None, *self._events()[len(before) :]]
        self.were = _seen(known, [one for one in done if one.what in OFFICE])
        for one in done:
            user_id = None if one.what in OTHERS else self.team[one.name].id
            if one.what in OFFICE:
                continue
            assert one.why is not None or one.what in OTHERS or any(a for a, _ in self.were[one.name]), one
            if one.why is not None:
                assert any(self._refused(one, state) for state in states), f"{one} for no reason"
            elif one.what == "reply":
                self.books.replies[self.team[one.name].id] += 1
            elif one.what == "note":
                self.books.notes += 1
            else:
                self.books.moves[one.what, user_id] += 1
        happened = sum(one.why is None and one.what not in {**OTHERS, **OFFICE} for one in done)
        assert self._live() - live == happened, "T15: each deed is seen by whoever looks on"
        self._sweep()

    async def _together(self, deeds: list[tuple[str, str, str]]) -> list[Done]:
        return list(await asyncio.gather(*(self._do(*deed) for deed in deeds)))

    async def _do(self, name: str, what: str, to: str) -> Done:
        who = Somebody(self.team[name])
        try:
            if what in ("reply", "note"):
                self.written += 1
                key = f"{self.talk}/{self.written}"
                assert await acting.write(self.means, who, self.talk, f"{what} {key}", key, what == "note")
            elif what in OTHERS:
                await self.store.transact(lambda tx: self._other(tx, what))
            elif what in OFFICE:
                await self.store.transact(lambda tx: self._office(tx, name, what))
            else:
                how = {"agent_id": self.team[to].id} if what == "assign" else {}
                await acting.move(self.means, who, self.talk, what, **how)
        except NotMoved as refused:
            return Done(name, what, refused.why)
        return Done(name, what, None)

    def _other(self, tx: Tx, what: str) -> None:
        found = tx.conversations.get(self.talk, lock=True)
        ownership.move(tx, found, what, OTHERS[what], NOON, self.means.settings.queue)
        tx.conversations.save(found, NOON)

    def _office(self, tx: Tx, name: str, what: str) -> None:
        user, (action, values) = tx.users.get(self.team[name].id, lock=True), OFFICE[what]
        assert user is not None
        accounts.change(tx, user, action, accounts.By(), NOON, **values)

    def _sweep(self) -> None:
        """What the clock does every few seconds: nobody who works here no more keeps a conversation."""

        def work(tx: Tx) -> None:
            for user_id in tx.handovers.left_behind():
                ownership.leave(tx, user_id, NOON, self.means.settings.queue)

        events = len(self._events())
        self.store.run(work)
        self.books.moves["requeue", None] += len(self._events()) - events
        found = self.store.run(lambda tx: tx.conversations.get(self.talk))
        shut = {one.id for one in self._team().values() if not one.active}
        assert found.agent_id not in shut, "L1: somebody who works here no more has it"

    def _team(self) -> dict[str, User]:
        return self.store.run(lambda tx: {one.name: one for one in tx.users.all()})

    def _refused(self, one: Done, state: OwnerEvent | None) -> bool:
        """Whether that would be refused while it is so."""
        owner, agent_id = (state.owner, state.agent_id) if state else ("bot", None)
        user = self.team[one.name]
        if one.why == "gone":
            return any(not active for active, _ in self.were[one.name])
        if one.what == "reply":
            return owner != "agent" or agent_id != user.id
        if one.why == "absent":
            return True  # whoever was to get it was shut out in the same moment, or is since
        legal = ownership.moves()[one.what]
        kinds = {OTHERS[one.what].kind} if one.what in OTHERS else {kind for _, kind in self.were[one.name]}
        foreign = legal.own and owner == "agent" and agent_id != user.id and "agent" in kinds
        return owner not in legal.sources or not kinds <= set(legal.who) or foreign

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


def _seen(known: dict[str, User], office: list[Done]) -> dict[str, set[tuple[bool, str]]]:
    """Each one's possible states while these were done at once: whether they work here, and as what."""
    found = {}
    for name, user in known.items():
        done = {one.what for one in office if one.name == name and one.why is None}
        active = {user.active} | {what == "opened" for what in done if what in ("shut", "opened")}
        became = {what for what in done if what in ("raised", "lowered")}
        kinds = {ownership.mover(user).kind} | {"supervisor" if w == "raised" else "agent" for w in became}
        found[name] = {(one, kind) for one in active for kind in kinds}
    return found


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
    "trusts who somebody was": (acting, "as_now", lambda tx, doer: doer.user),
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
