"""An unfinished report is reminded of once and then given up (C9, F2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from scheduler import Clockwork, jobs
from scheduler.drafts import sweep
from scheduler.rules import Rules
from storage import Store, Tx
from storage.conversations import Conversation
from tests.conftest import NOON, Clock

RULES = Rules(draft_expire_hours=72)


class Voice:
    """A voice that remembers."""

    def __init__(self) -> None:
        self.said: list[tuple[int, str]] = []
        self.abandoned: list[int] = []
        self.woken = 0

    def language(self, conversation: Conversation) -> str:
        return "zh"

    def say(self, tx: Tx, conversation: Conversation, response: str, now: datetime, **values: object) -> None:
        self.say_all(tx, [(conversation, response, values)], now, {})

    def say_all(
        self,
        tx: Tx,
        said: Iterable[tuple[Conversation, str, dict[str, object]]],
        now: datetime,
        cards: object,
    ) -> list[int]:
        new = [(conversation.id, response) for conversation, response, _ in said]
        self.said += new
        return [
            tx.messages.say(conversation, {"text": response}, now)[0] for conversation, response, _ in said
        ]

    def abandon(self, conversation: Conversation) -> None:
        self.abandoned.append(conversation.id)
        conversation.state = {}

    def sent(self) -> None:
        self.woken += 1


@pytest.fixture
def voice() -> Voice:
    return Voice()


def draft(store: Store, owner: str = "bot", due_in: float = 60) -> int:
    def keep(tx: Tx) -> int:
        conversation = tx.conversations.enter("web", "web", f"ann-{owner}", NOON)
        conversation.owner = owner
        conversation.state = {"loop": "report_fault_form"}
        tx.conversations.save(conversation, NOON)
        tx.drafts.keep(conversation.id, "report_fault_form", NOON, NOON + timedelta(minutes=due_in))
        return conversation.id

    return store.run(keep)


def tick(store: Store, voice: Voice, at: datetime) -> int:
    return store.run(lambda tx: sweep(tx, at, voice, RULES))


def test_a_silent_customer_is_reminded_once_and_the_draft_then_ends(store: Store, voice: Voice) -> None:
    conversation = draft(store)
    assert tick(store, voice, NOON + timedelta(minutes=59)) == 0
    assert tick(store, voice, NOON + timedelta(minutes=60)) == 1
    assert voice.said == [(conversation, "utter_draft_reminder")]
    assert tick(store, voice, NOON + timedelta(hours=71)) == 0
    assert tick(store, voice, NOON + timedelta(hours=72)) == 1
    assert voice.abandoned == [conversation]
    assert store.run(lambda tx: tx.drafts.get(conversation)) is None
    assert store.run(lambda tx: tx.conversations.get(conversation)).state == {}
    assert tick(store, voice, NOON + timedelta(hours=99)) == 0
    assert len(voice.said) == 1


def test_after_a_long_outage_the_draft_ends_without_a_late_reminder(store: Store, voice: Voice) -> None:
    """F8: what fell due while the desk was down is caught up by rule."""
    conversation = draft(store)
    assert tick(store, voice, NOON + timedelta(days=10)) == 1
    assert voice.said == []
    assert voice.abandoned == [conversation]


def test_nobody_is_reminded_while_a_person_has_the_conversation(store: Store, voice: Voice) -> None:
    draft(store, owner="queue")
    assert tick(store, voice, NOON + timedelta(hours=2)) == 1
    assert voice.said == []


async def test_two_processes_remind_once(store: Store, voice: Voice, clock: Clock) -> None:
    """F8: nothing is sent twice when several run."""
    import asyncio

    draft(store)
    clock.forward(hours=2)
    clockworks = [Clockwork(store, clock, voice, jobs(RULES)) for _ in range(2)]
    await asyncio.gather(*(clockwork.run(job) for clockwork in clockworks for job in jobs(RULES)))
    assert len(voice.said) == 1
    assert voice.woken >= 1
