"""What stood in a database before a migration is there after it, on both kinds."""

from __future__ import annotations

from sqlalchemy import text

from storage import migrations, open_store
from storage.database import open_engine

AT = "2026-03-02T04:0{}:00.000000+00:00"
OLD = (
    "INSERT INTO customers (id, name, created_at, updated_at) VALUES (1, '王芳', '{0}', '{0}')",
    "INSERT INTO conversations (id, channel, account, peer, customer_id, owner, state, last_seq, created_at,"
    " updated_at) VALUES (1, 'rest', 'rest', 'ann', 1, 'bot', '{{}}', 0, '{0}', '{0}')",
    "INSERT INTO orders (id, number, request_key, kind, status, priority, customer_id, conversation_id,"
    " fields, created_at, updated_at) VALUES"
    " (1, 'SR-202603020001', 'a', 'fault', 'created', 'normal', 1, 1,"
    """ '{{"name": "王芳", "phone": "+8613800138000", "serial_number": "-"}}', '{0}', '{0}'),"""
    " (2, 'SR-202603020002', 'b', 'fault', 'cancelled', 'normal', 1, 1, '{{}}', '{0}', '{2}'),"
    " (3, 'SR-202603020003', 'c', 'fault', 'closed', 'normal', 1, 1, '{{}}', '{0}', '{0}')",
    "INSERT INTO order_events (order_id, at, actor, status, note) VALUES"
    " (1, '{0}', 'bot', 'created', ''), (1, '{1}', 'customer', 'created', 'the door leaks'),"
    " (2, '{0}', 'bot', 'created', ''), (2, '{1}', 'customer', 'cancelled', 'not needed'),"
    " (2, '{2}', 'customer', 'cancelled', 'thanks'),"
    " (3, '{0}', 'bot', 'closed', 'solved by self-service')",
)


def test_orders_and_their_history_become_moves(database_url: str) -> None:
    """E2: versions, moves and ends are worked out for what happened before; nothing is lost going back."""
    engine = open_engine(database_url)
    migrations.downgrade(engine, "0002")
    with engine.begin() as connection:
        for statement in OLD:
            connection.exec_driver_sql(statement.format(*(AT.format(n) for n in range(3))))
    migrations.upgrade(engine)
    engine.dispose()
    store = open_store(database_url)
    try:
        open_one, cancelled, solved = store.run(lambda tx: [tx.orders.get(number) for number in (1, 2, 3)])
        events = store.run(lambda tx: [tx.orders.events(number) for number in (1, 2, 3)])
    finally:
        store.close()
    assert [order.open for order in (open_one, cancelled, solved)] == [True, False, False]
    assert [order.version for order in (open_one, cancelled, solved)] == [1, 2, 1]
    assert cancelled.closed_at == events[1][1].at
    assert [[(e.move, e.from_status, e.version) for e in history] for history in events] == [
        [("open", None, 1), (None, "created", 1)],
        [("open", None, 1), ("cancel", "created", 2), (None, "cancelled", 2)],
        [("solve_alone", None, 1)],
    ]
    assert events[0][1].note == "the door leaks"
    with open_engine(database_url).connect() as connection:
        found = connection.execute(text("SELECT contact_name, contact_phone, serial_number FROM orders"))
        assert next(iter(found)) == ("王芳", "+8613800138000", None)
    migrations.downgrade(engine, "0002")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM order_events")).scalar_one() == 6
    migrations.upgrade(engine)
    engine.dispose()
