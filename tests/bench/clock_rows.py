"""Rows for the clock to look at: timers that wait, and orders whose timers are due; written by SQL alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Engine

from tests.conftest import NOON

CHUNK = 100_000
NUMBERS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) ",
    "postgresql": "WITH n(i) AS (SELECT generate_series({first}, {last})) ",
}
DOCUMENT = {"sqlite": "TEXT", "postgresql": "JSONB"}
WAITING = """
    INSERT INTO timers (key, job, due_at, payload, created_at)
    SELECT 'later:' || i, 'progress', {later}, '{}', {now} FROM n
    """
ORDERS = (
    """
    INSERT INTO customers (id, name, phone, language, created_at, updated_at)
    SELECT i, '王芳', '+8613800138000', 'zh', {opened}, {opened} FROM n
    """,
    """
    INSERT INTO conversations (id, channel, account, peer, customer_id, owner, language, state, last_seq,
                               created_at, updated_at)
    SELECT i, 'telegram', 'main', CAST(i AS TEXT), i, 'bot', 'zh', '{"turns":2}', 0, {opened}, {opened} FROM n
    """,
    """
    INSERT INTO orders (id, number, request_key, kind, status, priority, customer_id, conversation_id, fields,
                        promised_at, created_at, updated_at)
    SELECT i, 'SR-2026' || i, 'bench-' || i, 'fault', 'created', 'normal', i, i,
           '{"product":"refrigerator","brand":"haier","description":"不制冷"}', {later}, {opened}, {opened}
    FROM n
    """,
    """
    INSERT INTO order_events (order_id, at, actor, move, status, note)
    SELECT i, {opened}, 'bot', 'open', 'created', '' FROM n
    """,
    """
    INSERT INTO appointments (id, order_id, starts_at, ends_at, slot, state, created_at)
    SELECT i, i, {visit}, {visit_ends}, 'capital|' || i, 'standing', {opened} FROM n
    """,
    """
    INSERT INTO promises (id, order_id, what, round, started_at, due_at, policy, state, settled_at)
    SELECT i, i, 'answer', 1, {opened}, {now}, '{"version":"1","clock":"business"}', 'broken', {now} FROM n
    """,
)
DUE = {
    "progress": (
        """
        INSERT INTO timers (key, job, order_id, due_at, payload, created_at)
        SELECT 'progress:' || i, 'progress', i, {now}, '{}', {opened} FROM n
        """,
    ),
    "visit": (
        """
        INSERT INTO timers (key, job, order_id, due_at, payload, created_at)
        SELECT 'visit:' || i, 'visit', i, {now},
               CAST('{"appointment":' || i || ',"reminder":"2026-03-02T04:00:00+00:00"}' AS {document}),
               {opened} FROM n
        """,
    ),
    "promise_tell": (
        """
        INSERT INTO timers (key, job, order_id, due_at, payload, created_at)
        SELECT 'promise_tell:' || i, 'promise_tell', i, {now},
               CAST('{"promise":' || i || ',"wanted_at":"2026-03-02T04:00:00+00:00"}' AS {document}), {opened}
        FROM n
        """,
    ),
}
"""Jobs with what makes a timer of theirs due for each open order, whose customers each hear of it."""
LATER = {
    "moved": (
        """
        INSERT INTO timers (key, job, order_id, due_at, payload, created_at)
        SELECT 'moved:' || i, 'moved', i, {now}, CAST(
            '{"move":"open","status":"created","version":1,"at":"2026-03-02T04:00:00+00:00"}' AS {document}
        ), {opened} FROM n
        """,
    ),
    "promise_due": (
        """
        INSERT INTO timers (key, job, order_id, due_at, payload, created_at)
        SELECT 'promise_due:' || i, 'promise_due', i, {now},
               CAST('{"promise":' || i || '}' AS {document}), {opened} FROM n
        """,
    ),
    "survey": (
        """
        UPDATE orders SET status = 'closed', closed_at = {opened}
        """,
        """
        INSERT INTO timers (key, job, order_id, due_at, payload, created_at)
        SELECT 'survey:' || i, 'survey', i, {now}, '{"round":1}', {opened} FROM n
        """,
    ),
    "return_visit": (
        """
        INSERT INTO timers (key, job, order_id, due_at, payload, created_at)
        SELECT 'return_visit:' || i, 'return_visit', i, {now}, '{"round":1}', {opened} FROM n
        """,
    ),
    "return_visit_regular": (
        """
        UPDATE customers SET level = 'key', created_at = {long_ago}
        """,
        """
        DELETE FROM return_visits
        """,
        """
        UPDATE orders SET closed_at = {long_ago}
        """,
        """
        INSERT INTO timers (key, job, customer_id, due_at, payload, created_at)
        SELECT 'return_visit_regular:' || i, 'return_visit_regular', i, {now}, '{}', {opened} FROM n
        """,
    ),
}
"""Further jobs, in this order: what makes their timers due changes the orders."""
SILENT = ("moved", "promise_due")
"""Jobs of which no customer hears."""
_NUMBERED = ("customers", "conversations", "orders", "appointments", "promises")


def waiting(engine: Engine, number: int) -> None:
    """So many timers that are due in a year."""
    _run(engine, [WAITING], number)


def orders(engine: Engine, number: int) -> None:
    """So many orders with what the jobs ask of them; nobody was told anything for two days."""
    _run(engine, ORDERS, number)


def due(engine: Engine, job: str, number: int) -> None:
    """A timer of the job, due now, for each of them."""
    _run(engine, {**DUE, **LATER}[job], number)


def _run(engine: Engine, statements: Sequence[str], number: int) -> None:
    moments = {
        "now": NOON, "later": NOON + timedelta(days=365), "opened": NOON - timedelta(days=2),
        "long_ago": NOON - timedelta(days=800),
        "visit": NOON + timedelta(days=1), "visit_ends": NOON + timedelta(days=1, hours=2),
    }  # fmt: skip
    values = {name: f"'{moment.isoformat(timespec='microseconds')}'" for name, moment in moments.items()}
    kind = engine.dialect.name
    values["document"] = DOCUMENT[kind]
    with engine.begin() as connection:
        for statement in statements:
            for name, value in values.items():
                statement = statement.replace(f"{{{name}}}", value)
            for first in range(1, number + 1, CHUNK):
                if " FROM n" not in statement:
                    connection.exec_driver_sql(statement)
                    break
                numbers = NUMBERS[kind].format(first=first, last=min(first + CHUNK - 1, number))
                connection.exec_driver_sql(numbers + statement)
        if kind == "postgresql":
            for name in _NUMBERED:
                last = f"SELECT coalesce(max(id), 0) + 1 FROM {name}"
                serial = f"pg_get_serial_sequence('{name}', 'id')"
                connection.exec_driver_sql(f"SELECT setval({serial}, ({last}))")
            # Only what has rows: no server looks at empty tables by itself, to plan for them as such.
            connection.exec_driver_sql(f"ANALYZE timers, order_events, {', '.join(_NUMBERED)}")
