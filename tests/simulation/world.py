"""A simulated world: processes that come and go, one store, platforms with customers, and what happens."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import select, update

from bot.channels.protocol import Pacing
from bot.messages import Address, Inbound
from bot.spool import Spool
from storage.schema import conversations, customers, leases, outbox
from tests.conftest import NOON
from tests.simulation import invariants
from tests.simulation.operations import PEERS, Operation
from tests.simulation.platform import ACCOUNT, Platform, SendFault
from tests.simulation.process import Process
from tests.simulation.store import Database
from tests.simulation.viewers import Viewer
from tests.simulation.writing import Writing

HOLD = 5.5
HANG_UP_SECONDS = 5.0
DRAIN_SECONDS = 900.0


class World:
    """Everything of one episode; `perform` makes one operation happen."""

    def __init__(self, seed: int, operations: Sequence[Operation], database: Database, folder: Path) -> None:
        self.seed = seed
        self.database = database
        self.turns = 0
        self.offset = 0.0
        self.clock_was_set = False
        self.holiday = False
        self.holidays = 0
        self.ticking = True
        self.swept: datetime | None = None
        self.queue_swept: datetime | None = None
        self._ended = False
        self.viewer = Viewer()
        self.writing = Writing()
        self.given_to_model = set[str]()
        self.acknowledged: dict[tuple[str, str], Inbound] = {}
        self.asked: dict[tuple[str, str], float] = {}
        self.answered: dict[tuple[str, str], float] = {}
        self.lost: set[str] = set()
        self.retried: Counter[str] = Counter()
        self.killed: set[str] = set()
        self.under_way = 0
        self.pacing = Random(seed).choice((Pacing(), Pacing(per_second=5.0, chat_interval=0.5, chat_burst=2)))
        names = sorted({one.platform for one in operations if one.platform}) or ["plain"]
        self.platforms = {name: Platform(name, name == "keyed", name == "passive") for name in names}
        self._folder = folder
        self.said: list[Inbound] = []
        self._starts: Counter[int] = Counter()
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        count = 1 + max((one.process for one in operations), default=0)
        self.processes: list[Process] = [self._begin(number) for number in range(count)]

    def wall(self) -> datetime:
        """The clock on the wall of every process."""
        return NOON + timedelta(seconds=self._loop.time() + self.offset)

    def holder_of(self, row_id: int) -> str | None:
        """Which process the outbox says is sending this row."""
        statement = select(outbox.c.holder).where(outbox.c.id == row_id, outbox.c.state == "sending")
        return self.database.look(lambda tx: tx.execute(statement).scalar_one_or_none())

    def note_lost(self, holder: str) -> None:
        """Remember which claims ended with a process that is gone."""
        statement = select(outbox.c.key).where(outbox.c.holder == holder, outbox.c.state == "sending")
        self.lost.update(self.database.look(lambda tx: tx.execute(statement).scalars().all()))

    def spools(self) -> list[Spool]:
        """What waits on disk, as a process started now would find it."""
        return [Spool(path) for path in self._kept() if ".failed" not in path.suffixes]

    def set_aside(self) -> list[Inbound]:
        """What no turn could take."""
        failed = [Spool(path) for path in self._kept() if ".failed" in path.suffixes]
        return [inbound for spool in failed for inbound in spool.everything()]

    async def perform(self, one: Operation) -> None:
        """Let time pass until then, and make it happen."""
        await asyncio.sleep(max(0.0, one.at - self._loop.time()))
        getattr(self, f"_do_{one.kind}")(one)

    async def drain(self, patience: float) -> None:
        """Faults stop; everything must come to rest within so many seconds, thrice."""
        self._calm()
        await self._rest(patience)
        invariants.check_parked(self)
        self.database.look(self.viewer.check)
        for platform in self.platforms.values():
            for peer in PEERS:
                self._customer_says(Operation("say", 0, 0, platform.name, peer, "hi", number=9000))
        await self._rest(patience)
        self.ticking = False
        for process in self.processes:
            await process.spawn(process.sweep())
        await self._rest(patience)
        for process in self.processes:
            await process.spawn(process.stop())

    def end(self) -> None:
        """Nothing of this world runs on."""
        self._ended = True
        for process in self.processes:
            process.kill()
        for task in self._tasks:
            task.cancel()

    def _calm(self) -> None:
        for process in self.processes:
            process.faults.armed.clear()
            process.faults.away = process.disk_full = False
        for platform in self.platforms.values():
            platform.faults.clear()
        for number, process in enumerate(self.processes):
            if not process.alive:
                self.processes[number] = self._begin(number)

    async def _rest(self, patience: float) -> None:
        until = self._loop.time() + patience
        while self._loop.time() < until:
            await asyncio.sleep(1.0)
            self._calm()
            if not self.under_way and not self._open() and not any(s.waiting for s in self.spools()):
                return

    def _open(self) -> bool:
        """Whether a message is on its way, or an account still belongs to a dead process."""
        statement = select(outbox.c.id).where(outbox.c.state.in_(["pending", "sending"])).limit(1)
        if self.database.look(lambda tx: tx.execute(statement).first()) is not None:
            return True
        holders = set(self.database.look(lambda tx: tx.execute(select(leases.c.holder)).scalars().all()))
        return not holders <= {process.name for process in self.processes}

    def _kept(self) -> list[Path]:
        return sorted(self._folder.glob("spool-*.jsonl"))

    def _begin(self, number: int) -> Process:
        self._starts[number] += 1
        process = Process(self, number, self._starts[number], self._folder)
        process.start()
        return process

    def _later(self, seconds: float, process: int) -> None:
        self._loop.call_later(seconds, self._restart, process, self._starts[process])

    def _restart(self, number: int, generation: int) -> None:
        if not self._ended and self._starts[number] == generation and not self.processes[number].alive:
            self.processes[number] = self._begin(number)

    def _bring(self, inbound: Inbound, process: int) -> None:
        self.under_way += 1
        task = self._loop.create_task(self._deliver(inbound, process))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, inbound: Inbound, first: int) -> None:
        """The platform's webhook calls: again and again until acknowledged, thrice where it is passive."""
        platform = self.platforms[inbound.address.channel]
        hopeless = inbound.text.startswith("poison")
        tries = 3 if platform.passive or hopeless else 10_000
        try:
            for attempt in range(tries):
                process = self.processes[(first + attempt) % len(self.processes)]
                if process.alive and process.accepting and await self._request(platform, process, inbound):
                    platform.unheard.discard(inbound.address.peer)
                    return
                await asyncio.sleep(HANG_UP_SECONDS if platform.passive else 0.3 if attempt < 3 else 2.0)
            platform.unheard.add(inbound.address.peer)
        finally:
            self.under_way -= 1

    async def _request(self, platform: Platform, process: Process, inbound: Inbound) -> bool:
        asked, place = self._loop.time(), (inbound.address.channel, inbound.external_id)
        self.asked.setdefault(place, asked)
        task = process.request(inbound, platform.passive)
        await asyncio.wait({task}, timeout=HANG_UP_SECONDS if platform.passive else 60.0)
        if not task.done() or task.cancelled() or task.exception() is not None:
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            return False
        self.answered.setdefault(place, self._loop.time())
        fresh = place not in self.acknowledged
        self.acknowledged[place] = inbound
        self.turns += fresh
        if platform.passive and fresh and self._loop.time() - asked < HANG_UP_SECONDS:
            for delivery in task.result() or ():
                if delivery.id:
                    platform.show(delivery, False)
        return True

    def _customer_says(self, one: Operation, mark: str = "", event: str | None = None) -> None:
        platform = self.platforms[one.platform]
        if event is None:
            platform.blocked.discard(one.peer)
            platform.closed.discard(one.peer)
        inbound = Inbound(
            address=Address(platform.name, ACCOUNT, one.peer),
            external_id=f"{one.peer}-{one.number}{mark}",
            sent_at=self.wall() + timedelta(seconds=one.seconds),
            text="" if event else f"{one.text} #{one.number}{mark}",
            event=event,  # type: ignore[arg-type]
            hold=HOLD if platform.passive else 0.0,
        )
        self.said.append(inbound)
        self._bring(inbound, one.process)

    def _do_say(self, one: Operation) -> None:
        self._customer_says(one)

    def _do_swap(self, one: Operation) -> None:
        for mark in ("b", "a"):
            self._customer_says(
                Operation("say", 0, one.process, one.platform, one.peer, "hi", one.number), mark
            )

    def _do_repeat(self, one: Operation) -> None:
        said = [inbound for inbound in self.said if not self.platforms[inbound.address.channel].passive]
        if said:
            inbound = said[one.number % len(said)]
            self._loop.call_later(one.seconds, self._bring, inbound, one.process)

    def _do_block(self, one: Operation) -> None:
        self.platforms[one.platform].blocked.add(one.peer)
        if one.number % 2:
            self._customer_says(one, "blocked", "blocked")

    def _do_close_window(self, one: Operation) -> None:
        self.platforms[one.platform].closed.add(one.peer)

    def _do_send_fault(self, one: Operation) -> None:
        self.platforms[one.platform].faults.append((one.number, SendFault(one.text, one.seconds)))

    def _do_store_fault(self, one: Operation) -> None:
        process = self.processes[one.process]
        process.faults.arm(one.text, one.number, one.crash)
        if one.crash:
            self._loop.call_later(20.0, self._revive, one.process)

    def _revive(self, number: int) -> None:
        self._restart(number, self._starts[number])

    def _do_crash(self, one: Operation) -> None:
        self.processes[one.process].kill()
        self._later(one.seconds, one.process)

    def _do_stop(self, one: Operation) -> None:
        process = self.processes[one.process]
        if process.alive and process.accepting:
            stopping = process.spawn(process.stop())
            stopping.add_done_callback(lambda _: self._later(one.seconds, one.process))

    def _do_outage(self, one: Operation) -> None:
        for process in self.processes:
            process.faults.away = True
            self._loop.call_later(one.seconds, setattr, process.faults, "away", False)

    def _do_disk_full(self, one: Operation) -> None:
        process = self.processes[one.process]
        process.disk_full = True
        self._loop.call_later(one.seconds, setattr, process, "disk_full", False)

    def _do_clock(self, one: Operation) -> None:
        self.offset += one.seconds
        self.clock_was_set = True
        self.swept = self.queue_swept = None

    def _do_retry(self, one: Operation) -> None:
        """A person asks for a stuck message to be sent again."""
        stuck = self.database.look(lambda tx: tx.outbox.stuck())
        if stuck:
            row = stuck[one.number % len(stuck)]
            self.retried[row.key] += 1
            self.database.look(lambda tx: tx.outbox.retry(row.id, self.wall()))

    def _do_serve(self, one: Operation) -> None:
        process = self.processes[one.process]
        if process.alive:
            process.spawn(process.serve(one.number, one.seconds, one.text))

    def _do_change(self, one: Operation) -> None:
        process = self.processes[one.process]
        if process.alive:
            process.spawn(process.change(one.text, one.number))

    def _do_desk(self, one: Operation) -> None:
        """An agent does something, sometimes with two clicks."""
        process = self.processes[one.process]
        if process.alive:
            process.spawn(process.agents.do(one.text, one.number, one.seconds))

    def _do_book(self, one: Operation) -> None:
        process = self.processes[one.process]
        if process.alive:
            process.spawn(process.book(one.number, one.seconds))

    def _do_stall(self, one: Operation) -> None:
        """The clock's ticks come late."""
        self.processes[one.process].stalled_until = self._loop.time() + one.seconds

    def _do_holiday(self, one: Operation) -> None:
        """Somebody edits the table of holidays, whatever runs."""
        self.holiday = not self.holiday
        self.holidays += 1

    def _do_opt_out(self, one: Operation) -> None:
        """A customer wants nothing unasked any more."""
        mine = select(conversations.c.customer_id).where(
            conversations.c.channel == one.platform, conversations.c.peer == one.peer
        )
        values = {"opted_out_at": self.wall()}
        change = update(customers).where(customers.c.id.in_(mine), customers.c.opted_out_at.is_(None))
        self.database.look(lambda tx: tx.execute(change.values(values)))

    def _do_sweep(self, one: Operation) -> None:
        process = self.processes[one.process]
        if process.alive:
            process.spawn(process.sweep())
