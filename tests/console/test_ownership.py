"""Whose a conversation is (G1, G2, G4): moves, races, queue, silence, presence; on both databases."""

from __future__ import annotations

import threading

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import update

from handlers import ownership
from handlers.ownership import Mover, NotMoved, QueueSettings
from scheduler import queue
from scheduler.rules import Rules
from storage import Store, Tx
from storage.conversations import Conversation
from storage.schema import customers
from storage.users import User
from tests.conftest import NOON, Clock

TIMING = QueueSettings()
PEOPLE = ("ann", "bob", "eve")
MOVES = sorted(ownership.moves())


def people(store: Store, online: bool = True) -> dict[str, User]:
    """Two agents and a supervisor, `eve`."""

    def work(tx: Tx) -> dict[str, User]:
        made = {}
        for name in PEOPLE:
            user = tx.users.add(name, name, "supervisor" if name == "eve" else "agent", "-", NOON)
            assert user is not None
            tx.presence.put(user.id, "online" if online else "offline", NOON)
            made[name] = user
        return made

    return store.run(work)


def customer(store: Store, name: str = "wang") -> int:
    """A conversation with the bot."""
    return store.run(lambda tx: tx.conversations.enter("web", "web", name, NOON).id)


def change(store: Store, conversation_id: int, move: str, who: Mover, at: Clock, **how: object) -> str:
    """The owner after the move, or why it was refused."""

    def work(tx: Tx) -> str:
        found = tx.conversations.get(conversation_id, lock=True)
        ownership.move(tx, found, move, who, at(), TIMING, **how)  # type: ignore[arg-type]
        tx.conversations.save(found, at())
        return found.owner

    try:
        return store.run(work)
    except NotMoved as refused:
        return refused.why


def read(store: Store, conversation_id: int) -> Conversation:
    return store.run(lambda tx: tx.conversations.get(conversation_id))


def test_a_conversation_goes_through_hands(store: Store, clock: Clock) -> None:
    """G2, T7: asked for, taken, referred, taken over, handed back, settled; each change is one event."""
    team, talk = people(store), customer(store)
    ann, bob, eve = (ownership.mover(team[name]) for name in PEOPLE)
    steps = [
        ("ask", ownership.BOT, "queue"),
        ("take", ann, "agent"),
        ("take", bob, "taken"),
        ("release", bob, "not_yours"),
        ("take_over", bob, "forbidden"),
        ("take_over", eve, "agent"),
        ("refer", eve, "queue"),
        ("take", bob, "agent"),
        ("hand_back", bob, "bot"),
        ("hand_back", bob, "elsewhere"),
        ("ask", ownership.CUSTOMER, "queue"),
        ("take", ann, "agent"),
        ("resolve", ann, "closed"),
        ("resolve", ann, "elsewhere"),
        ("reopen", ownership.CUSTOMER, "bot"),
    ]
    for move, who, outcome in steps:
        assert change(store, talk, move, who, clock) == outcome, move
    events = store.run(lambda tx: tx.handovers.events(talk))
    assert [one.revision for one in events] == list(range(1, 11))
    assert [one.move for one in events][:3] == ["ask", "take", "take_over"]
    assert store.run(lambda tx: tx.handovers.current(talk)) is None


def test_two_agents_click_at_once(store: Store, clock: Clock) -> None:
    """G2, T7: of eight clicks one wins; the others hear whose it is."""
    team, talk = people(store), customer(store)
    change(store, talk, "ask", ownership.BOT, clock)
    outcomes: list[str] = []
    start = threading.Barrier(8)

    def click(who: Mover) -> None:
        start.wait()
        outcomes.append(change(store, talk, "take", who, clock))

    clicks = [
        threading.Thread(target=click, args=(ownership.mover(team[("ann", "bob")[n % 2]]),)) for n in range(8)
    ]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    assert sorted(outcomes) == ["agent"] + ["taken"] * 7


def test_only_who_is_there_is_assigned(store: Store, clock: Clock) -> None:
    """G4: a conversation is given to somebody who is online, or refused in words."""
    team, talk = people(store), customer(store)
    ann = ownership.mover(team["ann"])
    change(store, talk, "take", ann, clock)
    store.run(lambda tx: tx.presence.put(team["bob"].id, "away", clock()))
    assert change(store, talk, "assign", ann, clock, agent_id=team["bob"].id) == "absent"
    assert change(store, talk, "assign", ann, clock, agent_id=999) == "absent"
    store.run(lambda tx: tx.presence.put(team["bob"].id, "online", clock()))
    assert change(store, talk, "assign", ann, clock, agent_id=team["bob"].id) == "agent"
    assert read(store, talk).agent_id == team["bob"].id
    assert change(store, talk, "release", ann, clock) == "not_yours"


def test_the_queue_has_an_order_and_tells_the_place(store: Store, clock: Clock) -> None:
    """G1: by priority, level, waiting; the wait told follows from how quickly others got somebody."""
    team = people(store, online=False)
    talks = {name: customer(store, name) for name in ("first", "second", "key", "danger")}
    for name, talk in talks.items():
        clock.forward(minutes=1)
        if name == "key":
            found = read(store, talk)
            level = update(customers).where(customers.c.id == found.customer_id).values(level="key")
            store.run(lambda tx, level=level: tx.execute(level))  # type: ignore[misc]
        change(store, talk, "ask", ownership.BOT, clock, priority=2 if name == "danger" else 0)
    order = store.run(lambda tx: [one.conversation_id for one in tx.handovers.waiting()])
    assert order == [talks[name] for name in ("danger", "key", "first", "second")]

    def place() -> ownership.Place | None:
        return store.run(
            lambda tx: ownership.place(tx, tx.conversations.get(talks["second"]), clock(), TIMING)
        )

    assert place() is None  # nobody is there: no place is told
    store.run(lambda tx: tx.presence.put(team["ann"].id, "online", clock()))
    assert place() == ownership.Place(3, None)
    for number in range(6):
        change(store, customer(store, f"other {number}"), "take", ownership.mover(team["ann"]), clock)
    assert place() == ownership.Place(3, 40)  # six in an hour: ten minutes each


def wrote(store: Store, talk: int, clock: Clock) -> None:
    """The customer writes."""

    def work(tx: Tx) -> None:
        found = tx.conversations.get(talk, lock=True)
        found.waiting_since = found.waiting_since or clock()
        ownership.wrote(tx, found, clock(), TIMING)
        tx.conversations.save(found, clock())

    store.run(work)


def sweep(store: Store, clock: Clock) -> int:
    return store.run(lambda tx: queue.sweep(tx, clock(), None, Rules()))  # type: ignore[arg-type]


def seen(store: Store, team: dict[str, User], clock: Clock) -> None:
    """Everybody's page is open."""
    store.run(lambda tx: [tx.presence.seen(user.id, clock()) for user in team.values()])


def test_silence_is_noticed(store: Store, clock: Clock) -> None:
    """G4: a silent agent loses it after five minutes; whom nobody takes comes first, and is a task."""
    team, talk = people(store), customer(store)
    change(store, talk, "take", ownership.mover(team["ann"]), clock)
    wrote(store, talk, clock)
    since = clock()
    clock.forward(minutes=4, seconds=59)
    seen(store, team, clock)
    assert sweep(store, clock) == 0
    clock.forward(seconds=1)
    assert sweep(store, clock) == 1
    begun = store.run(lambda tx: tx.handovers.current(talk))
    assert begun is not None
    assert (read(store, talk).owner, begun.queued_at) == ("queue", since)
    for _ in range(2):
        clock.forward(minutes=10)
        seen(store, team, clock)
        assert sweep(store, clock) == 1
        assert sweep(store, clock) == 0
    clock.forward(hours=1)
    seen(store, team, clock)
    assert sweep(store, clock) == 0
    tasks = store.run(lambda tx: tx.tasks.open())
    assert [(one.kind, one.conversation_id) for one in tasks] == [("conversation_waits", talk)]


def test_an_answer_stops_the_clock(store: Store, clock: Clock) -> None:
    """G4, T4: who was answered does not wait."""
    team, talk = people(store), customer(store)
    change(store, talk, "take", ownership.mover(team["ann"]), clock)
    wrote(store, talk, clock)

    def answer(tx: Tx) -> None:
        found = tx.conversations.get(talk, lock=True)
        ownership.answered(tx, found, clock())
        tx.conversations.save(found, clock())

    store.run(answer)
    clock.forward(minutes=30)
    seen(store, team, clock)
    assert sweep(store, clock) == 0
    assert read(store, talk).owner == "agent"


def test_who_goes_away_leaves_nobody_waiting(store: Store, clock: Clock) -> None:
    """G4: away, or the browser gone: who waits is queued again, who was answered stays until they write."""
    team, waits, quiet = people(store), customer(store), customer(store, "quiet")
    for talk in (waits, quiet):
        change(store, talk, "take", ownership.mover(team["ann"]), clock)
    wrote(store, waits, clock)
    clock.forward(seconds=120)
    store.run(lambda tx: [tx.presence.seen(team[name].id, clock()) for name in ("bob", "eve")])
    assert sweep(store, clock) == 1
    assert store.run(lambda tx: tx.presence.of(team["ann"].id)) == "offline"
    assert [read(store, talk).owner for talk in (waits, quiet)] == ["queue", "agent"]
    wrote(store, quiet, clock)
    assert read(store, quiet).owner == "queue"


class Floor(RuleBasedStateMachine):
    """Agents, a customer and the clock at one conversation, beside a model of whose it is."""

    store: Store

    @initialize()
    def begin(self) -> None:
        number = type(self).number = getattr(type(self), "number", 0) + 1
        self.clock = Clock()
        self.talk = customer(self.store, f"customer {number}")
        users = self.store.run(lambda tx: {one.name: one for one in tx.users.all()}) or people(self.store)
        self.team = {name: ownership.mover(user) for name, user in users.items()}
        self.owner, self.agent, self.changes = "bot", None, 0

    @rule(
        name=st.sampled_from(PEOPLE),
        move=st.sampled_from(MOVES),
        to=st.sampled_from(PEOPLE),
    )
    def clicks(self, name: str, move: str, to: str) -> None:
        who, other = self.team[name], self.team[to]
        found = change(self.store, self.talk, move, who, self.clock, agent_id=other.user_id)
        legal = ownership.moves()[move]
        own = self.owner != "agent" or self.agent == who.user_id or who.kind == "supervisor" or not legal.own
        if self.owner not in legal.sources or who.kind not in legal.who or not own:
            assert found in ("taken", "elsewhere", "forbidden", "not_yours")
            return
        assert found == legal.target
        self.owner, self.changes = found, self.changes + 1
        self.agent = (other if move == "assign" else who).user_id if found == "agent" else None

    @rule(move=st.sampled_from(["ask", "want_bot", "reopen"]))
    def customer_does(self, move: str) -> None:
        legal = ownership.moves()[move]
        found = change(self.store, self.talk, move, ownership.CUSTOMER, self.clock)
        if self.owner in legal.sources:
            self.owner, self.agent, self.changes = legal.target, None, self.changes + 1
        assert read(self.store, self.talk).owner == self.owner
        assert found in (self.owner, "taken", "elsewhere")

    @rule(minutes=st.integers(1, 12))
    def time_passes(self, minutes: int) -> None:
        self.clock.forward(minutes=minutes)

    @invariant()
    def one_owner(self) -> None:
        """T7, L1: one owner, one event a change; in the queue exactly while it waits there."""
        if not hasattr(self, "talk"):
            return
        found = read(self.store, self.talk)
        events = self.store.run(lambda tx: tx.handovers.events(self.talk))
        begun = self.store.run(lambda tx: tx.handovers.current(self.talk))
        waiting = self.store.run(lambda tx: tx.handovers.waiting())
        assert (found.owner, found.agent_id, found.revision) == (self.owner, self.agent, self.changes)
        assert [one.revision for one in events] == list(range(1, self.changes + 1))
        assert (begun is not None) == found.with_person
        ours = [one for one in waiting if one.conversation_id == self.talk]
        assert len(ours) == (found.owner == "queue")


def test_any_sequence_of_clicks(store: Store) -> None:
    """G2, T7: whatever agents, supervisor and customer do, the table decides and the books agree."""
    people(store)
    machine = type("FloorHere", (Floor,), {"store": store})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12, stateful_step_count=20, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
