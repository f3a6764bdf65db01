"""The whole desk on SQLite with an advisor that asks a local server; doubts are written by hand."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from bot.advice.advisor import Advisor
from bot.advice.budget import Ledger
from bot.advice.configuration import AdvisorSettings
from bot.advice.endpoint import OpenAIEndpoint
from bot.app import desk_maker
from bot.delays import Delays
from bot.dialogue import Dialogue
from bot.front import FrontDesk
from bot.messages import Address, Inbound, Taken
from bot.postman import Patience, Postman
from bot.settings import Settings
from bot.spool import Spool
from bot.turns import Turns
from handlers.desk import Terms
from nlu.context import Context
from nlu.interpreter import Interpreter
from nlu.knowledge import KnowledgeBase
from nlu.understanding import Understanding
from storage import Store, open_store
from storage.schema import conversations
from tests.advice.server import Model, serving
from tests.conftest import NOON, Clock

ZONE = "Asia/Shanghai"
CONTEXT = Context(datetime(2026, 3, 2, 4, 0, tzinfo=UTC))


class Seconds:
    """A clock of seconds that moves only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
async def model() -> AsyncIterator[Model]:
    async with serving() as running:
        yield running


MakeAdvisor = Callable[..., Advisor]


@pytest.fixture
async def make_advisor(model: Model, tmp_path: Path, clock: Clock) -> AsyncIterator[MakeAdvisor]:
    """Makes advisors of the local server; `seconds=` gives the clock of timeouts and pauses."""
    made: list[Advisor] = []

    def make(seconds: Callable[[], float] | None = None, **given: Any) -> Advisor:
        values = {"enabled": True, "base_url": model.url, "model": "tiny", "api_key": "sk-test", **given}
        settings = AdvisorSettings.model_validate(values)
        ledger = Ledger(tmp_path / "advisor.json", settings.budget, settings.prices, clock, ZONE)
        clocks = {"seconds": seconds} if seconds else {}
        made.append(Advisor(settings, OpenAIEndpoint(settings), ledger, clock, **clocks))
        return made[-1]

    yield make
    for advisor in made:
        await advisor.close()


@dataclass(slots=True)
class Reader:
    """The real interpreter, but for texts whose doubts are written in `rankings`."""

    interpreter: Interpreter
    rankings: dict[str, dict[str, float]] = field(default_factory=dict)
    parts: dict[str, tuple[Understanding, ...]] = field(default_factory=dict)
    in_scope: float = 0.9

    async def parse(self, text: str, context: Context) -> Understanding:
        understood = self.interpreter.parse(text, context)
        if text not in self.rankings:
            return understood
        ranking = tuple(sorted(self.rankings[text].items(), key=lambda pair: -pair[1]))
        return replace(
            understood,
            intent=ranking[0][0],
            confidence=ranking[0][1],
            ranking=ranking,
            in_scope=self.in_scope,
            parts=self.parts.get(text, ()),
        )


@dataclass(slots=True)
class Counter:
    """The desk as a customer sees it."""

    store: Store
    desk: FrontDesk
    reader: Reader
    clock: Clock
    numbers: Any = field(default_factory=itertools.count)

    async def hear(self, text: str, customer: str = "ann", **more: Any) -> Taken:
        """One message taken."""
        self.clock.forward(seconds=5)
        number = next(self.numbers)
        return await self.desk.receive(
            Inbound(Address("fake", "main", customer), f"{customer}-{number}", self.clock(), text, **more)
        )

    async def says(self, text: str, customer: str = "ann", **more: Any) -> str:
        """One message; its answer's texts and buttons."""
        taken = await self.hear(text, customer, **more)
        parts = []
        for one in taken.deliveries:
            parts += [one.reply.text, *(button.title for button in one.reply.buttons)]
        return "\n".join(parts)

    @property
    def slots(self) -> dict[str, Any]:
        """What the only conversation remembers."""
        query = select(conversations.c.state)
        return dict(self.store.run(lambda tx: tx.execute(query).scalar_one())["slots"])


@dataclass(frozen=True, slots=True)
class Parts:
    """What is loaded once."""

    dialogue: Dialogue
    interpreter: Interpreter
    knowledge: KnowledgeBase


@pytest.fixture(scope="session")
def parts(interpreter: Interpreter, knowledge: KnowledgeBase) -> Parts:
    return Parts(Dialogue.load(Settings()), interpreter, knowledge)


@pytest.fixture
async def open_counter(
    parts: Parts, sqlite_template: Path, tmp_path: Path
) -> AsyncIterator[Callable[[Advisor | None], Counter]]:
    """Opens the desk with an advisor, or with none; only one in a test."""
    opened: list[Store] = []

    def open_one(advisor: Advisor | None) -> Counter:
        path = tmp_path / f"desk-{len(opened)}.sqlite3"
        shutil.copy(sqlite_template, path)
        store = open_store(f"sqlite:///{path}")
        opened.append(store)
        clock = Clock(NOON)
        postman = Postman(store, Patience(), clock, Random(1), holder="this")
        delays = Delays(Spool(tmp_path / "spool.jsonl"), {"zh": "稍后", "en": "later"}, lambda delivery: None)
        reader = Reader(parts.interpreter)
        desk = FrontDesk(
            store,
            Turns(parts.dialogue, desk_maker(lambda: parts.knowledge, Terms())),
            reader,  # type: ignore[arg-type]
            postman,
            Context,
            clock,
            delays,
            advisor=advisor,
        )
        return Counter(store, desk, reader, clock)

    yield open_one
    for store in opened:
        store.close()
