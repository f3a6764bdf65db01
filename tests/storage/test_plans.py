"""Looks at the outbox cost the same however much was ever sent: each is answered from a partial index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from storage import Store, Tx, inbox_search, open_store, outbox_sql
from storage.customers import Sought
from storage.inbox_search import search
from storage.order_search import Filters
from storage.schema import metadata
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


@pytest.mark.parametrize("name", ["customers", "conversations", "messages", "orders"])
def test_letting_go_of_a_row_looks_for_its_references_by_an_index(engine: Engine, name: str) -> None:
    """F7: the database looks for rows that refer to each one that goes; a table read whole each time would
    hold up every turn."""
    looked = [
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.columns
        if any(key.column.table.name == name for key in column.foreign_keys)
    ]
    assert looked
    with engine.connect() as connection:
        for table, column in looked:
            asked = f"EXPLAIN QUERY PLAN SELECT 1 FROM {table} WHERE {column} = ?"
            plan = [row[3] for row in connection.exec_driver_sql(asked, (1,))]
            assert not [line for line in plan if line.startswith("SCAN")], (table, column)


def test_agents_conversations_are_found_by_an_index(engine: Engine) -> None:
    """G2: those of the bot are many, and are not looked at."""
    plans: list[str] = []
    with engine.connect() as connection:

        def explain(_conn: Any, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
            if sql.startswith(("SELECT conversations", "SELECT desk_topics")):
                found = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {sql}", values)
                plans.extend(row[3] for row in found.fetchall())

        event.listen(connection, "before_cursor_execute", explain)
        tx = Tx(connection)
        assert (tx.handovers.loads(), tx.handovers.of_agent(1)) == ({}, [])
        assert tx.desk_topics.busy("-100") == []
    assert len(plans) > 3
    assert any("ix_desk_topics_open" in line for line in plans)
    assert not [line for line in plans if line.startswith("SCAN")]


def test_numbers_are_found_by_their_end_through_an_index(store: Store) -> None:
    """E9: whole numbers and last digits, in the lists of customers, orders and conversations."""
    store.run(_some_customers)
    plans: list[str] = []

    def explain(connection: Any, cursor: Any, sql: str, values: Any, *_: Any) -> None:
        if "substr" in sql and sql.startswith("SELECT"):
            asked = "EXPLAIN" if store.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
            other = connection.connection.cursor()
            other.execute(f"{asked} {sql}", values)
            plans.extend(" ".join(map(str, row)) for row in other.fetchall())

    def look(tx: Tx) -> tuple[list[int], int, int, frozenset[int]]:
        if tx.row_locks:
            tx.command("SET LOCAL enable_seqscan = off")  # so few rows are quicker read whole
        found = tx.customers.newest(5, 0, Sought(phone="4321", number=7))
        orders = tx.order_search.count(Filters(phone="4321"))
        talks = search(tx, inbox_search.Sought("4321", phone="4321"), 10)
        return [one.id for one in found], tx.customers.count(Sought(phone="00054321")), orders, talks.ids

    event.listen(store.engine, "before_cursor_execute", explain)
    ids, whole, orders, talks = store.run(look)
    assert (ids, whole, orders, talks) == ([7, 2], 1, 0, frozenset({2}))
    told = "\n".join(plans)
    for index in ("ix_customers_phone_end", "ix_customers_verified_phone_end", "ix_orders_contact_phone_end"):
        assert index in told, told
    assert not [line for line in plans if "SCAN customers" in line or "Seq Scan on customers" in line]


def _some_customers(tx: Tx) -> None:
    for number in range(1, 9):
        room = tx.conversations.enter("web", "web", f"guest {number}", NOON)
        phone = "+8613800054321" if number == 2 else f"+861380006000{number}"
        tx.customers.remember(room.customer_id, NOON, name=f"王{number}", phone=phone)


def plan_of(engine: Engine, statement: Prepared) -> list[str]:
    """How SQLite means to run the statement."""
    prepared = statement.plan(engine.dialect)
    values = [NOON.isoformat()] * prepared.sql.count("?")
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + prepared.sql, tuple(values))
        return [row[3] for row in rows]
