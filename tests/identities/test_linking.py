"""Two chats of one person in conversation: codes, confirmation, wrong and late ones, parting (A3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import yaml
from sqlalchemy import select

from bot.app import desk_maker
from bot.dialogue import Dialogue, Heard, NotUnderstoodYet, Outcome
from bot.messages import Address, Contact, Inbound
from bot.turns import Turns
from bot.voice import DeskVoice
from handlers.desk import Desk, Terms
from handlers.identities import codes
from nlu.context import Context
from scheduler import jobs
from scheduler.rules import Rules
from storage import Store
from storage.schema import messages
from tests.conftest import NOON
from tests.dialogue.players import Mind
from tests.identities.people import chat, order

CASES = yaml.safe_load((Path(__file__).parent / "linked.yml").read_text(encoding="utf-8"))["test_cases"]
SPAN = re.compile(r"(\d+) (minutes|hours)")


@dataclass(slots=True)
class Overheard:
    """The dialogue, with the names of what it said last."""

    dialogue: Dialogue
    said: tuple[str, ...] = ()

    def take(self, heard: Heard, state: dict[str, Any], desk: Desk) -> Outcome:
        outcome = self.dialogue.take(heard, state, desk)
        self.said = outcome.said
        return outcome


@dataclass(slots=True)
class Person:
    """Somebody with a chat on each channel."""

    store: Store
    mind: Mind
    name: str
    now: datetime = NOON
    turns: int = 0
    code: str = ""
    texts: str = ""
    ear: Overheard = field(init=False)
    take: Callable[..., Any] = field(init=False)

    def __post_init__(self) -> None:
        self.ear = Overheard(self.mind.dialogue)
        maker = desk_maker(lambda: self.mind.knowledge, Terms(), None, Random(self.name))
        self.take = Turns(self.ear, maker).take  # type: ignore[arg-type]

    def says(self, channel: str, words: str, contact: Contact | None = None) -> None:
        """Write there, as the front desk would take it."""
        self.turns += 1
        self.now += timedelta(seconds=20)
        text = words.replace("{code}", self.code)
        inbound = Inbound(
            Address(channel, channel, self.name), f"{self.name}{self.turns}", self.now, text, contact=contact
        )
        understood = self.mind.interpreter.settle(text, Context(self.now)) if text else None
        try:
            taken = self.store.run(lambda tx: self.take(tx, inbound, understood, self.now))
        except NotUnderstoodYet:
            parsed = self.mind.interpreter.parse(text, Context(self.now))
            taken = self.store.run(lambda tx: self.take(tx, inbound, parsed, self.now))
        self.texts = "\n".join(one.reply.text for one in taken.deliveries)
        given = codes.read(self.texts)
        self.code = str(given) if given else self.code

    def told(self, channel: str) -> str:
        """What the clock says there now, unasked."""
        voice = DeskVoice(self.mind.dialogue)
        for job in jobs(Rules()):
            self.store.run(lambda tx, job=job: job.sweep(tx, self.now, voice))  # type: ignore[misc]
        last = (
            select(messages.c.body)
            .where(messages.c.conversation_id == self.room(channel), messages.c.author != "customer")
            .order_by(messages.c.seq.desc())
        )
        return str(self.store.run(lambda tx: tx.execute(last).first())[0]["text"])

    def room(self, channel: str) -> int:
        """The chat's id."""
        found = self.store.run(lambda tx: tx.conversations.find(channel, channel, self.name))
        assert found is not None
        return found.id

    def play(self, step: dict[str, Any]) -> None:
        """One step of a script."""
        ((what, value),) = step.items()
        if what in ("telegram", "wechat"):
            self.says(what, value)
        elif what == "contact":
            self.says(value, "", Contact(f"139{int(self.name[1:]):08d}", own=True))
        elif what == "order":
            self.store.run(lambda tx: order(tx, chat(tx, value, self.name)))
        elif what == "later":
            found = SPAN.fullmatch(value)
            assert found is not None
            self.now += timedelta(**{found[2]: int(found[1])})
        elif what == "utter":
            assert value in self.ear.said, self.ear.said
        elif what == "bot":
            assert value in self.texts
        elif what == "told":
            ((channel, words),) = value.items()
            assert words in self.told(channel)
        else:
            raise ValueError(f"what is {step}?")


def test_every_script(store: Store, mind: Mind) -> None:
    """A3: each on its own chats of one desk."""
    for number, case in enumerate(CASES):
        person = Person(store, mind, f"p{number}")
        for place, step in enumerate(case["steps"]):
            try:
                person.play(step)
            except AssertionError as problem:
                raise AssertionError(f"{case['test_case']}, step {place + 1} {step}: {problem}") from None
