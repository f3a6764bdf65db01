"""One run of the desk's process: the real front desk, turns, postman, delays and clockwork."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import ContextVar, copy_context
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, BinaryIO

from bot.delays import Delays
from bot.front import FrontDesk
from bot.messages import Delivery, Inbound
from bot.postman import Patience, Postman
from bot.spool import Spool
from bot.turns import Turns
from bot.voice import DeskVoice, Telling
from handlers.advice import INTENT, Advice, AdviceWanted, Chosen, Doubt
from handlers.desk import Desk
from handlers.life import Actor, Refused, move_and_tell
from nlu.understanding import Understanding
from scheduler import Clockwork, Job, jobs
from storage import StoreProblem, Tx
from storage.conversations import Conversation
from storage.order_search import Filters
from tests.simulation.agents import Agents
from tests.simulation.changes import CHANGES
from tests.simulation.dialogue import ScriptedDialogue
from tests.simulation.platform import PlatformChannel
from tests.simulation.service import RULES, TERMS
from tests.simulation.staff import choose
from tests.simulation.store import SimulatedStore, StoreFaults

if TYPE_CHECKING:
    from tests.simulation.world import World

PATIENCE = Patience(attempts=4, backoff=1.0, backoff_limit=10.0, lease=30.0, parallel=4)
TICK_SECONDS = 3.0
SLOT_SECONDS = 30
"""Visits are booked for half minutes; one at a time."""
PASSIVE_SECONDS = 4.0
GRACE_SECONDS = 10.0
WORDS = {"zh": "稍后", "en": "later"}

_owner: ContextVar[Process | None] = ContextVar("process", default=None)


def task_factory(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
    """Tasks belong to the process that makes them, and end with it."""
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **options)
    owner = _owner.get()
    if owner is not None:
        owner.tasks[task] = None
        task.add_done_callback(lambda done: owner.tasks.pop(done, None))
    return task


class Understands:
    """An understander that takes its time."""

    interpreter = SimpleNamespace(settle=lambda text, context: None)

    async def parse(self, text: str, context: Any) -> Understanding:
        await asyncio.sleep(0.003)
        return Understanding(text, "greet", 1.0)


class Advises:
    """An advisor that answers at once, late, or not at all, as the message has it; keeps what it is given."""

    def __init__(self, given: set[str]) -> None:
        self._given = given

    def advice(self) -> Advice:
        return Advice(Doubt(frozenset({INTENT})), open=True)

    async def advise(
        self, wanted: AdviceWanted, before: Advice, context: Any, customer: Any, since: float
    ) -> Advice:
        self._given.add(f"{wanted.text} {wanted.choices}")
        fate = len(wanted.text) % 3
        await asyncio.sleep((0.01, 2.5, 2.5)[fate])
        made = {(INTENT, wanted.text): Chosen("greet")} if fate < 2 else {}
        return replace(before, open=False, chosen=made)


class Process:
    """A process of the desk, from its start to its death; the store and the spool outlive it."""

    def __init__(self, world: World, number: int, generation: int, folder: Path) -> None:
        self.name = f"p{number}.{generation}"
        self.number = number
        self.alive = True
        self.accepting = True
        self.disk_full = False
        self.stalled_until = 0.0
        self.tasks: dict[asyncio.Task[Any], None] = {}
        self.faults = StoreFaults(self.kill)
        self._requests: set[asyncio.Task[tuple[Delivery, ...]]] = set()
        self._world = world
        self.store = SimulatedStore(world.database, self.faults, lambda: self.alive)
        rng = Random(f"{world.seed}/{self.name}")
        self.postman = Postman(self.store, PATIENCE, self.clock, rng, holder=self.name)
        self.channels = [
            PlatformChannel(platform, self._gave_up, world.pacing) for platform in world.platforms.values()
        ]
        dialogue = ScriptedDialogue()
        self.spool = Spool(folder / f"spool-{number}.jsonl", write=self._write_spool)
        self.delays = Delays(self.spool, WORDS, Telling(self.channels))  # type: ignore[arg-type]
        self.desk = FrontDesk(
            self.store, Turns(dialogue, self._desk), Understands(), self.postman,  # type: ignore[arg-type]
            lambda now: None, self.clock, self.delays,  # type: ignore[arg-type,return-value]
            advisor=Advises(world.given_to_model),  # type: ignore[arg-type]
        )  # fmt: skip
        self.voice = DeskVoice(dialogue, self.postman, self.channels)  # type: ignore[arg-type]
        self.agents = Agents(
            self.store, self.clock, self.voice, self.postman.wake,  # type: ignore[arg-type]
            lambda tx, room, key, now: Desk(tx, room, None, TERMS[world.holiday], now, key),  # type: ignore[arg-type]
            folder, world.writing,
        )  # fmt: skip
        self.clockwork = Clockwork(self.store, self.clock, self.voice, [])

    def clock(self) -> datetime:
        """The wall clock, which the simulation may set."""
        return self._world.wall()

    def start(self) -> None:
        """Begin delivering and replaying."""
        self.spawn(self._start())

    async def _start(self) -> None:
        self.postman.start(self.channels)  # type: ignore[arg-type]
        self.delays.start(self.desk.retake)
        while True:
            await asyncio.sleep(TICK_SECONDS)
            if self._world.ticking and asyncio.get_running_loop().time() >= self.stalled_until:
                await self.sweep()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something as part of this process."""
        context = copy_context()
        context.run(_owner.set, self)
        return context.run(asyncio.get_running_loop().create_task, work)

    def kill(self) -> None:
        """kill -9: memory is gone, tasks end where they stand, transactions under way roll back."""
        self.alive = False
        self._world.killed.add(self.name)
        asyncio.get_running_loop().call_soon(self._world.note_lost, self.name)
        for task in list(self.tasks):
            task.cancel()

    def request(self, inbound: Inbound, passive: bool) -> asyncio.Task[tuple[Delivery, ...]]:
        """A webhook call comes in."""
        task = self.spawn(self.receive_passively(inbound) if passive else self.receive(inbound))
        self._requests.add(task)
        task.add_done_callback(self._requests.discard)
        return task

    async def stop(self) -> None:
        """SIGTERM: take nothing new, finish what is under way."""
        self.accepting = False
        if self._requests:
            await asyncio.wait(list(self._requests), timeout=GRACE_SECONDS)
        await self.delays.stop()
        await self.postman.stop()
        if self._left_unrecorded():
            self._world.killed.add(self.name)  # the store was away: what it sent is in doubt as after a kill
            self._world.note_lost(self.name)
        self.store.close()
        self.alive = False

    def _left_unrecorded(self) -> bool:
        rounds = self.postman._rounds.values()
        return bool(self.postman._extra) or any(one.settled or one.stopped for one in rounds)

    async def receive(self, inbound: Inbound) -> tuple[Delivery, ...]:
        """A webhook without passive replies; returns when the platform may be told so."""
        await self.desk.receive(inbound)
        return ()

    async def receive_passively(self, inbound: Inbound) -> tuple[Delivery, ...]:
        """A webhook that answers in the same request when the turn is quick enough."""
        turn = asyncio.ensure_future(self.desk.receive(inbound))
        try:
            taken = await asyncio.wait_for(asyncio.shield(turn), PASSIVE_SECONDS)
        except TimeoutError:
            await self.desk.release(await turn)
            return ()
        async with self.desk.handing_over(taken, lambda found: min(len(found), 2)) as deliveries:
            await asyncio.sleep(0.001)
            return deliveries

    async def sweep(self) -> None:
        """What the clock does; what is due by then is worked off when it comes to an end without a fault."""
        for job in jobs(RULES[self._world.holiday]):
            finished: list[datetime] = []
            await self.clockwork.run(replace(job, sweep=_noting(job, finished)))
            if job.name == "timers" and finished:
                self._world.swept = finished[-1]
            if job.name == "queue" and finished:
                self._world.queue_swept = finished[-1]

    async def serve(self, number: int, pause: float, goal: str) -> None:
        """A supervisor looks at the orders, decides on a move, and makes it if nobody was quicker."""
        try:
            found = await self.store.read(lambda tx: tx.order_search.page(Filters(), 4))
            chosen = choose([one.order for one in found], number, goal)
            if chosen is None:
                return
            order, wanted = chosen
            await asyncio.sleep(pause)
            saw = Actor("supervisor", f"saw {order.version}")
            await self.store.transact(
                lambda tx: move_and_tell(
                    tx, order, wanted.name, saw, "because", self.clock(),
                    expected_version=order.version, values=dict.fromkeys(wanted.needs, "-"),
                )
            )  # fmt: skip
        except (Refused, StoreProblem):
            return
        self.voice.sent()

    async def change(self, what: str, number: int) -> None:
        """Somebody of the staff changes who is whom, or who is there."""
        with suppress(StoreProblem):
            await self.store.transact(lambda tx: CHANGES[what](tx, number, self.clock()))
            self.voice.sent()

    async def book(self, number: int, ahead: float) -> None:
        """Somebody of the staff agrees on a visit, in place of the one there was."""

        def take(tx: Tx) -> None:
            found = [one.order for one in tx.order_search.page(Filters(open=True), 4)]
            if not found:
                return
            order, now = found[number % len(found)], self.clock()
            start = (int(now.timestamp() + ahead) // SLOT_SECONDS + 1) * SLOT_SECONDS
            before = tx.appointments.standing(order.id)
            begins, ends = (datetime.fromtimestamp(start + more, UTC) for more in (0, SLOT_SECONDS))
            taken = tx.appointments.book(order.id, begins, ends, [f"north|{start}|1"], now)
            if taken is not None and before is not None:
                tx.appointments.end(before, "moved")

        with suppress(StoreProblem):
            await self.store.transact(take)

    def _desk(self, tx: Tx, conversation: Conversation, message_id: int, now: datetime) -> Desk:
        terms = TERMS[self._world.holiday]
        return Desk(tx, conversation, None, terms, now, f"m{message_id}")  # type: ignore[arg-type]

    def _gave_up(self, delivery: Delivery) -> bool:
        return not self.alive or self._world.holder_of(delivery.id) != self.name

    def _write_spool(self, file: BinaryIO, line: bytes) -> None:
        if not self.alive:
            raise OSError(errno.EIO, "the process is dead")
        if self.disk_full:
            file.write(line[: len(line) // 2])
            file.flush()
            raise OSError(errno.ENOSPC, "No space left on device")
        file.write(line)
        file.flush()


def _noting(job: Job, finished: list[datetime]) -> Callable[[Tx, datetime, Any], int]:
    """The job's sweep; notes when it last found nothing more to do."""

    def sweep(tx: Tx, now: datetime, voice: Any) -> int:
        worked = job.sweep(tx, now, voice)
        if not worked:
            finished.append(now)
        return worked

    return sweep
