"""SQLite: one writer thread with group commit; readers on connections of their own."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from storage.database import Faults, StoreClosed, StoreUnavailable, Work
from storage.transaction import Tx

T = TypeVar("T")
GROUP = 128  # transactions committed together at most


@dataclass(slots=True)
class Job:
    """One transaction waiting for its turn."""

    work: Work[Any]
    done: Future[Any] = field(default_factory=Future)
    result: Any = None


def run_group(connection: Connection, jobs: list[Job], faults: Faults | None = None) -> list[Job]:
    """Run the jobs in one transaction, each in its savepoint; returns those to release.

    A job that raises is rolled back alone and told at once. When the commit fails every job is told
    that the store is unavailable.
    """
    kept: list[Job] = []
    try:
        if faults:
            faults("begin")
        with connection.begin():
            tx = Tx(connection)
            for job in jobs:
                if _run_one(tx, job):
                    kept.append(job)
            if faults:
                faults("commit")
    except DBAPIError as problem:
        for job in jobs:
            if not job.done.done():
                job.done.set_exception(StoreUnavailable(type(problem.orig).__name__))
        return []
    if faults:
        faults("committed")
    return kept


def work_off(connection: Connection, jobs: list[Job], faults: Faults | None = None) -> bool:
    """Run the jobs and tell each how it ended; False when the connection must be given up."""
    try:
        released = run_group(connection, jobs, faults)
    except Exception as problem:  # noqa: BLE001 - the writer must outlive any failure
        _tell(jobs, problem)
        return False
    for job in released:
        job.done.set_result(job.result)
    return True


def _run_one(tx: Tx, job: Job) -> bool:
    tx.command("SAVEPOINT turn")
    try:
        job.result = job.work(tx)
    except OperationalError:
        raise
    except BaseException as problem:  # noqa: BLE001 - its caller is told
        tx.command("ROLLBACK TO turn")
        job.done.set_exception(problem)
        return False
    tx.command("RELEASE turn")
    return True


class SqliteStore:
    """The store on one SQLite file."""

    at_once = 1

    def __init__(self, engine: Engine, faults: Faults | None = None) -> None:
        self.engine = engine
        self._faults = faults
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="reader")
        self._closed = False
        self._writer = threading.Thread(target=self._write, name="writer", daemon=True)
        self._writer.start()

    async def transact(self, work: Work[T]) -> T:
        return await asyncio.wrap_future(self._submit(work))

    async def read(self, work: Work[T]) -> T:
        if self._closed:
            raise StoreClosed
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    def run(self, work: Work[T]) -> T:
        return self._submit(work).result()

    def settle(self) -> None:
        """Write the log back and empty it: its old pages hold what was deleted."""
        connection = self.engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            connection.close()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._jobs.put(None)
        self._writer.join()
        self._readers.shutdown()
        self.engine.dispose()

    def _submit(self, work: Work[T]) -> Future[T]:
        if self._closed:
            raise StoreClosed
        job = Job(work)
        self._jobs.put(job)
        return job.done

    def _read(self, work: Callable[[Tx], T]) -> T:
        with self.engine.connect().execution_options(reading=True) as connection, connection.begin():
            return work(Tx(connection))

    def _write(self) -> None:
        connection: Connection | None = None
        while (waiting := self._waiting()) is not None:
            jobs = [job for job in waiting if job.done.set_running_or_notify_cancel()]
            try:
                connection = connection or self.engine.connect()
            except Exception as problem:  # noqa: BLE001 - the writer must outlive any failure
                _tell(jobs, problem)
                continue
            if not work_off(connection, jobs, self._faults):
                _forget(connection)
                connection = None
        _forget(connection)

    def _waiting(self) -> list[Job] | None:
        first = self._jobs.get()
        jobs = [first]
        while jobs[-1] is not None and len(jobs) < GROUP:
            try:
                jobs.append(self._jobs.get_nowait())
            except queue.Empty:
                break
        if jobs[-1] is None:
            self._jobs.put(None)
        waiting = [job for job in jobs if job is not None]
        return waiting or (None if first is None else [])


def _tell(jobs: list[Job], problem: Exception) -> None:
    reason = StoreUnavailable(type(problem).__name__)
    for job in jobs:
        if not job.done.done():
            job.done.set_exception(reason)


def _forget(connection: Connection | None) -> None:
    if connection is not None:
        connection.invalidate()
        connection.close()
