"""The store of one simulated process: the real transactions, run inside the loop, with faults between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

from storage.database import StoreClosed, Work
from storage.schema import metadata
from storage.sqlite import GROUP, Job, work_off
from storage.transaction import Tx

T = TypeVar("T")
LATENCY = 0.002  # seconds from a transaction's wish to its commit


@dataclass(slots=True)
class StoreFaults:
    """Which point of which coming transaction fails, and how; `away` fails every one."""

    crash: Callable[[], None]
    armed: list[list[Any]] = field(default_factory=list)  # [point, how many to let pass, crash?]
    away: bool = False

    def arm(self, point: str, skip: int, crash: bool) -> None:
        """Fail at the point after `skip` passes; `crash` ends the process there."""
        self.armed.append([point, skip, crash])

    def __call__(self, point: str, error: Callable[[str], Exception] | None = None) -> None:
        if self.away and point == "begin":
            raise injected("away")
        for fault in self.armed:
            if fault[0] != point:
                continue
            if fault[1]:
                fault[1] -= 1
                continue
            self.armed.remove(fault)
            if fault[2]:
                self.crash()
            raise error(f"injected at {point}") if error else injected(point)


def injected(point: str) -> OperationalError:
    """The error a database gives when it goes away at this point."""
    return OperationalError(f"injected at {point}", None, RuntimeError(point))


class Database:
    """The durable state of a simulated world: one connection to a real engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.faults: StoreFaults | None = None
        event.listen(engine, "do_connect", self._with_faults)
        self.connection: Connection = engine.connect()
        if engine.dialect.name == "sqlite":
            metadata.create_all(self.connection)
            self.connection.commit()

    def clear(self) -> None:
        """Forget everything, row numbers too."""
        with self.connection.begin():
            names = [table.name for table in reversed(metadata.sorted_tables)]
            if self.engine.dialect.name == "postgresql":
                self.connection.exec_driver_sql(f"TRUNCATE {', '.join(names)} RESTART IDENTITY")
                return
            for name in names:
                self.connection.exec_driver_sql(f"DELETE FROM {name}")

    def look(self, work: Callable[[Tx], T]) -> T:
        """Read or change the state from outside every process, without faults."""
        with self.connection.begin():
            return work(Tx(self.connection))

    def work_off(self, jobs: list[Job], faults: StoreFaults) -> None:
        """Run one process's transactions as its writer thread would."""
        self.faults = faults
        try:
            work_off(self.connection, jobs, faults)
        finally:
            self.faults = None

    def close(self) -> None:
        """Give the connection back."""
        self.connection.close()
        self.engine.dispose()

    def _with_faults(self, dialect: Any, _record: Any, _args: Any, options: dict[str, Any]) -> None:
        """Statements fail where a driver's do: on its cursor."""
        driver, database = dialect.loaded_dbapi, self

        class Cursor(driver.Cursor):  # type: ignore[misc,name-defined]
            def execute(self, *args: Any) -> Any:
                if database.faults is not None:
                    database.faults("statement", driver.OperationalError)
                return super().execute(*args)

        if dialect.name == "postgresql":
            options["cursor_factory"] = Cursor
            return

        class SqliteConnection(driver.Connection):  # type: ignore[misc,name-defined]
            def cursor(self, factory: Any = Cursor) -> Any:
                return super().cursor(factory)

        options["factory"] = SqliteConnection


class SimulatedStore:
    """`storage.Store` for one process; a dead process never hears of its transactions again."""

    at_once = 1

    def __init__(self, database: Database, faults: StoreFaults, alive: Callable[[], bool]) -> None:
        self.engine = database.engine
        self._database = database
        self._faults = faults
        self._alive = alive
        self._jobs: list[Job] = []
        self._closed = False

    async def transact(self, work: Work[T]) -> T:
        if self._closed:
            raise StoreClosed
        loop = asyncio.get_running_loop()
        job = Job(work)
        if not self._jobs:
            loop.call_later(LATENCY, self._write)
        self._jobs.append(job)
        return await asyncio.wrap_future(job.done)

    async def read(self, work: Work[T]) -> T:
        return await self.transact(work)

    def run(self, work: Work[T]) -> T:
        raise NotImplementedError("a simulated process has a loop")

    def close(self) -> None:
        self._closed = True

    def _write(self) -> None:
        waiting, self._jobs = self._jobs[:GROUP], self._jobs[GROUP:]
        if self._jobs:
            asyncio.get_running_loop().call_later(LATENCY, self._write)
        jobs = [job for job in waiting if job.done.set_running_or_notify_cancel()]
        if jobs and self._alive():
            self._database.work_off(jobs, self._faults)
