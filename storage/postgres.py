"""PostgreSQL: a few threads, each running one transaction at a time with row locks."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from storage.database import Faults, StoreClosed, StoreUnavailable, Work
from storage.transaction import Tx

T = TypeVar("T")
TRIES = 5
REPEATABLE = {"40001", "40P01"}  # serialization_failure, deadlock_detected


class PostgresStore:
    """The store on a PostgreSQL server; several processes may share it."""

    def __init__(self, engine: Engine, pool_size: int = 4, faults: Faults | None = None) -> None:
        self.engine = engine
        self.at_once = pool_size
        self._faults = faults or (lambda _point: None)
        self._closed = False
        self._threads = ThreadPoolExecutor(pool_size, thread_name_prefix="turn")
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="reader")

    async def transact(self, work: Work[T]) -> T:
        if self._closed:
            raise StoreClosed
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._run, work)

    async def read(self, work: Work[T]) -> T:
        if self._closed:
            raise StoreClosed
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._run, work)

    def run(self, work: Work[T]) -> T:
        if self._closed:
            raise StoreClosed
        return self._run(work)

    def settle(self) -> None:
        """Nothing to do: the server's own vacuum takes old rows away."""

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._threads.shutdown()
        self._readers.shutdown()
        self.engine.dispose()

    def _run(self, work: Work[T]) -> T:
        for attempt in range(1, TRIES + 1):
            try:
                return self._once(work)
            except DBAPIError as problem:
                if getattr(problem.orig, "sqlstate", None) in REPEATABLE and attempt < TRIES:
                    time.sleep(0.005 * attempt)
                    continue
                if isinstance(problem, OperationalError) or problem.connection_invalidated:
                    raise StoreUnavailable(type(problem.orig).__name__) from None
                raise
        raise StoreUnavailable("too many conflicts")

    def _once(self, work: Work[T]) -> T:
        self._faults("begin")
        with self.engine.begin() as connection:
            result = work(Tx(connection))
            self._faults("commit")
        self._faults("committed")
        return result
