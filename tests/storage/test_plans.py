"""Looks at the outbox cost the same however much was ever sent: each is answered from a partial index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from storage import open_store, outbox_sql
from storage.statements import Prepared
from tests.conftest import NOON

LOOKS = ("HEADS", "NEXT_DUE", "OPEN_OF", "UNPARK", "STOP", "BRING_FORWARD")


@pytest.fixture
def engine(sqlite_template: Path) -> Iterator[Engine]:
    store = open_store(f"sqlite:///{sqlite_template}")
    yield store.engine
    store.close()


@pytest.mark.parametrize("name", LOOKS)
def test_a_look_at_the_outbox_reads_no_whole_table(engine: Engine, name: str) -> None:
    plan = plan_of(engine, getattr(outbox_sql, name))
    assert plan
    assert not [line for line in plan if line.startswith("SCAN")]


def plan_of(engine: Engine, statement: Prepared) -> list[str]:
    """How SQLite means to run the statement."""
    prepared = statement.plan(engine.dialect)
    values = [NOON.isoformat()] * prepared.sql.count("?")
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + prepared.sql, tuple(values))
        return [row[3] for row in rows]
