"""A customer of whom every table knows something, for tests of exports and erasures."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Boolean, String, Table, insert, select

from storage import Store, Tx
from storage.personal import OTHERS, TABLES, Personal
from storage.schema import metadata, orders
from storage.types import Instant
from tests.conftest import NOON

SECRETS = ("王小明", "13911112222", "宛平南路600号", "whispered words", "peer-secret", "SN-SECRET-9")
SECRET = " ".join(SECRETS)
FILE = "Ab-a-stored-file"
PUBLIC = {"fields": {"product": "tv", "symptoms": ["no_picture"]}, "author": "customer", "actor": "customer"}


def person(store: Store, number: int = 1, secret: str = SECRET, **order: Any) -> int:
    """Rows of a customer in every table, each with `secret` wherever words can stand; the customer's id."""

    def work(tx: Tx) -> None:
        agent = tx.users.add(f"agent{number}", "Ann", "agent", "-", NOON)
        for one in sorted(TABLES, key=lambda one: metadata.sorted_tables.index(one.table)):
            row = _row(one, number, secret)
            if agent is not None and "user_id" in row:
                row["user_id"] = agent.id
            if one.table is orders:
                row |= {"status": "closed", "closed_at": NOON, **order}
            tx.execute(insert(one.table), row)
        if tx.connection.dialect.name == "postgresql":
            for one in TABLES:
                if "id" in one.table.c:  # the next row gets an id of its own
                    sequence = f"pg_get_serial_sequence('{one.table.name}', 'id')"
                    tx.connection.exec_driver_sql(f"SELECT setval({sequence}, {number})")

    store.run(work)
    return number


def _row(one: Personal, number: int, secret: str) -> dict[str, Any]:
    return {
        column.name: _value(one, column, number, secret)
        for column in one.table.columns
        if column.name not in ("erased_at", "opted_out_at", "done_at", "answers", "closed_at", "joined_into")
        and not (column.nullable and any(key.column.table.name in OTHERS for key in column.foreign_keys))
    }


def _value(one: Personal, column: Any, number: int, secret: str) -> Any:
    kind, name = column.type, column.name
    if name == "number":
        return f"SR-20260302{number:04d}"
    if name == "state" and one.table.name in ("outbox", "attachments"):
        return {"outbox": "sent", "attachments": "stored"}[one.table.name]
    if name == "handle":
        return f"H{number}"
    if name == "file":
        return f"{FILE}{number}"
    if name == "fields":
        return {**PUBLIC["fields"], "name": secret, "description": secret}  # type: ignore[dict-item]
    if name in ("author", "actor"):
        return "customer"
    words = name in one.blank or one.dropped
    if isinstance(kind, Instant):
        return NOON
    if isinstance(kind, JSON):
        return {"words": secret} if words else ["code"]
    if isinstance(kind, String):
        return f"{secret} {number}"[: kind.length] if words else f"c{number}"
    if isinstance(kind, Boolean):
        return False
    return number


def everything(store: Store) -> str:
    """Every value of every row of every table, as words."""

    def work(tx: Tx) -> str:
        tables: list[Table] = metadata.sorted_tables
        return "\n".join(repr(tuple(row)) for table in tables for row in tx.execute(select(table)))

    return store.run(work)


def found_in(text: str, secrets: tuple[str, ...] = SECRETS) -> list[str]:
    """Which of the secrets the text has, also as JSON or Python write it."""
    return [one for one in secrets if one in text or one.encode("unicode_escape").decode() in text]


def counted(store: Store) -> dict[str, int]:
    """How many rows each table has."""
    return store.run(
        lambda tx: {table.name: len(tx.execute(select(table)).all()) for table in metadata.sorted_tables}
    )
