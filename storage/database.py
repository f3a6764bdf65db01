"""The store: `await store.transact(fn)` runs `fn(tx)` in one durable transaction.

On SQLite one writer thread runs everything that waits, each in a savepoint, and commits once (group
commit). On PostgreSQL a few threads run one transaction each. A result is released only after its commit.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import orjson
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from storage.transaction import Tx

T = TypeVar("T")
Work = Callable[[Tx], T]
Faults = Callable[[str], None]


class StoreProblem(Exception):
    """The store cannot do what was asked."""


class StoreUnavailable(StoreProblem):
    """The database is away, locked or full; nothing of this transaction was kept, or nobody knows."""


class StoreClosed(StoreProblem):
    """The store has been closed."""


class Store(Protocol):
    """The desk's memory."""

    engine: Engine
    at_once: int
    """How many transactions run beside each other."""

    async def transact(self, work: Work[T]) -> T:
        """Run `work` in a transaction and return its result once that is durable.

        `work` must be quick, must not wait on anything, and may be run again after a failure.
        Raises StoreUnavailable when the database is away; whatever `work` raises rolls it back.
        """
        ...

    async def read(self, work: Work[T]) -> T:
        """Run `work` on a connection of its own, for reading only."""
        ...

    def run(self, work: Work[T]) -> T:
        """`transact` for callers without an event loop."""
        ...

    def settle(self) -> None:
        """Let what was deleted leave the files beside the database too, where there are such."""
        ...

    def close(self) -> None:
        """Finish what is under way and close every connection."""
        ...


def open_store(url: str, pool_size: int = 4) -> Store:
    """The store behind a database URL (sqlite:///path or postgresql+psycopg://…)."""
    from storage.postgres import PostgresStore
    from storage.sqlite import SqliteStore

    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    if url.startswith("sqlite"):
        return SqliteStore(open_engine(url))
    return PostgresStore(open_engine(url, pool_size), pool_size)


def open_engine(url: str, pool_size: int = 4) -> Engine:
    """The SQLAlchemy engine for a database URL; raises StoreProblem for one it cannot use."""
    common: dict[str, Any] = {
        "json_serializer": _dumps,
        "json_deserializer": orjson.loads,
        "hide_parameters": True,  # an error's text must not carry a customer's words
    }
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreProblem("database.url is not a database address") from None
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            parsed, poolclass=QueuePool, pool_size=4, max_overflow=4,
            connect_args={"check_same_thread": False, "timeout": 10}, **common,
        )  # fmt: skip
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.get_backend_name() == "postgresql":
        return create_engine(
            parsed, pool_size=pool_size + 2, max_overflow=4, pool_pre_ping=False,
            connect_args={"connect_timeout": 5}, **common,
        )  # fmt: skip
    raise StoreProblem("database.url must begin with sqlite: or postgresql:")


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    # secure_delete: what is erased is overwritten, not left in free pages.
    for pragma in (
        "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000", "secure_delete=ON",
    ):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
