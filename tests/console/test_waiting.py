"""What customers who wait for people are told, promised and kept (G1, G4, G7); on both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from handlers import ownership
from handlers.desk import Desk, Terms
from handlers.ownership import QueueSettings
from handlers.ownership.settings import PeakSettings
from scheduler import callbacks, queue, timers
from scheduler.rules import Rules
from storage import Store, Tx
from storage.conversations import Conversation
from storage.tasks import Task
from storage.timers import Timer
from tests.conftest import Clock
from tests.console.test_ownership import change, customer, people, read

AFTERNOON = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)  # a Monday, 14:00 in Shanghai
EVENING = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)  # 21:00
NIGHT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # 23:00, within the quiet hours
MORNING = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)  # 09:00, half an hour after opening
RULES = Rules()


@dataclass
class Voice:
    """Keeps what was said, by conversation."""

    said: list[tuple[int, str]] = field(default_factory=list)

    def language(self, conversation: Conversation) -> str:
        return "zh"

    def say_all(
        self, tx: Tx, said: Sequence[tuple[Conversation, str, dict[str, Any]]], now: datetime,
        cards: Mapping[int, Mapping[str, Any]],
    ) -> list[int]:  # fmt: skip
        self.said += [(conversation.id, response) for conversation, response, _ in said]
        return [tx.messages.say(one, {"text": response}, now)[0] for one, response, _ in said]

    def taken(self) -> list[tuple[int, str]]:
        """What was said since it was looked at last."""
        new, self.said = self.said, []
        return new


@pytest.fixture
def voice() -> Voice:
    return Voice()


def asks(store: Store, clock: Clock, name: str) -> int:
    """A customer asks for a person and is told the place, as in a turn."""
    talk = customer(store, name)

    def work(tx: Tx) -> None:
        found = tx.conversations.get(talk, lock=True)
        desk = Desk(tx, found, None, Terms(), clock(), name)  # type: ignore[arg-type]
        desk.hand_over()
        if (place := desk.place()) is not None:
            desk.told_place(place)
        tx.conversations.save(found, clock())

    store.run(work)
    return talk


def sweep(store: Store, clock: Clock, voice: Voice, rules: Rules = RULES) -> list[tuple[int, str]]:
    """What the clock tells now; pages of whoever is online stay open."""

    def work(tx: Tx) -> None:
        for user_id in tx.presence.online():
            tx.presence.seen(user_id, clock())
        while queue.sweep(tx, clock(), voice, rules):  # type: ignore[arg-type]
            pass

    store.run(work)
    return voice.taken()


def test_the_place_is_told_when_it_changes_and_not_too_often(
    store: Store, clock: Clock, voice: Voice
) -> None:
    """G1: a changed place is told after the interval; nothing at night, or while nobody is there."""
    clock.now = AFTERNOON
    team = people(store)
    ann = ownership.mover(team["ann"])
    first, second, third = (asks(store, clock, name) for name in ("first", "second", "third"))
    change(store, first, "take", ann, clock)
    clock.forward(minutes=4)
    assert sweep(store, clock, voice) == []
    clock.forward(minutes=1)
    assert sweep(store, clock, voice) == [(second, "utter_queue_next"), (third, "utter_queue_place")]
    clock.forward(minutes=4)
    assert sweep(store, clock, voice, Rules(queue=QueueSettings(escalate_minutes=99))) == []
    change(store, second, "take", ann, clock)
    store.run(lambda tx: [tx.presence.put(one.id, "away", clock()) for one in team.values()])
    clock.forward(minutes=20)
    assert sweep(store, clock, voice) == []  # nobody serves the queue: no place is true
    store.run(lambda tx: [tx.presence.put(one.id, "online", clock()) for one in team.values()])
    assert sweep(store, clock, voice) == [(third, "utter_queue_next")]
    late = asks(store, clock, "late")
    change(store, third, "take", ann, clock)
    clock.now = NIGHT
    store.run(lambda tx: [tx.presence.put(one.id, "online", clock()) for one in team.values()])
    assert sweep(store, clock, voice) == []
    place = store.run(lambda tx: tx.handovers.current(late))
    assert place is not None
    assert place.told_ahead == 1  # what they really heard last


def test_at_night_a_time_is_promised_and_kept_by_the_clock(store: Store, clock: Clock, voice: Voice) -> None:
    """G1: outside hours half an hour after opening; silent until then, and owned up to when broken."""
    clock.now = EVENING
    talk = asks(store, clock, "owl")
    begun = store.run(lambda tx: tx.handovers.current(talk))
    assert begun is not None
    assert begun.promised_at == MORNING
    clock.forward(hours=11, minutes=59)
    assert sweep(store, clock, voice) == []
    assert store.run(lambda tx: tx.tasks.open()) == []
    clock.forward(minutes=1)
    assert sweep(store, clock, voice) == [(talk, "utter_queue_late")]
    assert [one.kind for one in store.run(lambda tx: tx.tasks.open())] == ["conversation_waits"]
    clock.forward(minutes=30)
    assert sweep(store, clock, voice) == []  # said once


def test_who_is_answered_in_time_hears_no_excuse(store: Store, clock: Clock, voice: Voice) -> None:
    """G1: the promise is kept by whoever takes it; danger and people who are there need none."""
    clock.now = EVENING
    team = people(store, online=False)
    talk = asks(store, clock, "owl")
    clock.forward(hours=11, minutes=30)
    store.run(lambda tx: tx.presence.put(team["ann"].id, "online", clock()))
    change(store, talk, "take", ownership.mover(team["ann"]), clock)
    clock.forward(hours=1)
    assert sweep(store, clock, voice) == []
    clock.now = EVENING
    there = asks(store, clock, "late")
    begun = store.run(lambda tx: tx.handovers.current(there))
    assert begun is not None
    assert begun.promised_at is None  # Ann is there


def test_whoever_works_here_no_more_leaves_nobody_behind(store: Store, clock: Clock, voice: Voice) -> None:
    """G4: an account that is switched off: all its conversations wait again at once, and are told."""
    clock.now = AFTERNOON
    team = people(store)
    ann, bob = team["ann"], team["bob"]
    ours = [customer(store, name) for name in ("one", "two")]
    for talk in ours:
        change(store, talk, "take", ownership.mover(ann), clock)
    kept = customer(store, "three")
    change(store, kept, "take", ownership.mover(bob), clock)
    store.run(lambda tx: tx.users.change(ann.id, clock(), active=False))
    assert sweep(store, clock, voice) == [(talk, "utter_agent_left") for talk in ours]
    assert [read(store, talk).owner for talk in (*ours, kept)] == ["queue", "queue", "agent"]
    assert store.run(lambda tx: tx.presence.of(ann.id)) == "offline"
    assert sweep(store, clock, voice) == []


def test_too_many_waiting_is_a_peak(store: Store, clock: Clock) -> None:
    """G7: by how many wait, or by how long the next one would."""
    clock.now = AFTERNOON
    team = people(store)

    def crowded(waiting: int, minutes: float) -> bool:
        timing = QueueSettings(peak=PeakSettings(waiting=waiting, wait_minutes=minutes))
        return store.run(lambda tx: ownership.peak(tx, clock(), timing))

    assert not crowded(1, 1)
    for number in range(5):
        change(store, customer(store, f"served {number}"), "take", ownership.mover(team["ann"]), clock)
    assert not crowded(1, 1)  # nobody waits
    asks(store, clock, "one")
    assert (crowded(1, 999), crowded(2, 999), crowded(2, 25), crowded(2, 24.9)) == (True, False, True, True)


@pytest.mark.parametrize("done", [True, False])
def test_a_call_that_nobody_made_is_owned_up_to(store: Store, clock: Clock, voice: Voice, done: bool) -> None:
    """G7: at its time a promised call is done, or the customer hears so and a supervisor has a task."""
    clock.now = AFTERNOON
    talk = customer(store)

    def promised(tx: Tx) -> int:
        due = clock.forward(hours=2)
        task = tx.tasks.add(Task("callback", "call back", AFTERNOON, None, talk, None, due))
        tx.timers.set(Timer(f"callback:{task}", "callback", due, None, talk, payload={"task": task}), clock())
        return task

    task = store.run(promised)
    if done:
        store.run(lambda tx: tx.tasks.done(task, "ann", clock()))
    works = callbacks.works(RULES)
    assert store.run(lambda tx: timers.sweep(tx, clock(), voice, works)) == 1  # type: ignore[arg-type]
    assert voice.taken() == ([] if done else [(talk, "utter_callback_late")])
    kinds = [one.kind for one in store.run(lambda tx: tx.tasks.open())]
    assert kinds == ([] if done else ["callback", "callback_late"])
