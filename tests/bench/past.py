"""A desk with a past: any number of stored conversations, written by SQL alone.

Every conversation has two messages of the customer and two answers, all sent; one in three has an order.
The customers have the chat ids 1 … n.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

STATE = (
    '{"slots":{"language":"zh","product":"refrigerator","brand":"海尔","description":"不制冷",'
    '"phone":"+8613800138000","name":"王芳","address":"北京市朝阳区建国路88号3单元501"},"loop":null,'
    '"suspended":[],"events":[],"turns":2,"misses":0,"spoken_at":"2026-01-05T08:00:00+00:00"}'
)
THEN = "2026-01-05T08:00:00.000000+00:00"
ACCOUNT = "123456"  # the number before the colon of the bench's token

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) "
STATEMENTS = (
    """
    INSERT INTO customers (id, name, phone, address, language, created_at, updated_at)
    SELECT i, '王芳', '+86138' || printf('%08d', i), '北京市朝阳区建国路88号', 'zh', :then, :then FROM n
    """,
    """
    INSERT INTO conversations (id, channel, account, peer, customer_id, owner, language, state, last_seq,
                               created_at, updated_at)
    SELECT i, 'telegram', :account, i, i, 'bot', 'zh', :state, 4, :then, :then FROM n
    """,
    """
    INSERT INTO messages (id, conversation_id, seq, author, channel, account, external_id, body, sent_at,
                          created_at)
    SELECT i * 4 - 4 + s.seq, i, s.seq, 'customer', 'telegram', :account, 'past-' || i || '-' || s.seq,
           '{"text":"我家冰箱不制冷了，昨天开始的"}', :then, :then
    FROM n, (SELECT 1 AS seq UNION ALL SELECT 3) AS s
    """,
    """
    INSERT INTO messages (id, conversation_id, seq, author, channel, account, answers, body, sent_at,
                          created_at)
    SELECT i * 4 - 4 + s.seq, i, s.seq, 'bot', 'telegram', :account, i * 4 - 5 + s.seq,
           '{"text":"好的，帮您报修。请问怎么称呼您？电话也可以一起留下。"}', :then, :then
    FROM n, (SELECT 2 AS seq UNION ALL SELECT 4) AS s
    """,
    """
    INSERT INTO outbox (id, key, message_id, conversation_id, seq, channel, account, state, due_at, attempts,
                        attempt_at, external_id, sent_at, created_at)
    SELECT i * 2 - 2 + s.seq / 2, i || '-' || s.seq, i * 4 - 4 + s.seq, i, s.seq, 'telegram', :account,
           'sent', :then, 1, :then, '77', :then, :then
    FROM n, (SELECT 2 AS seq UNION ALL SELECT 4) AS s
    """,
    """
    INSERT INTO orders (id, number, request_key, kind, status, priority, customer_id, conversation_id, fields,
                        promised_at, created_at, updated_at)
    SELECT i, 'SR-2026' || printf('%08d', i), 'past-' || i, 'report_fault', 'closed', 'normal', i, i,
           '{"product":"refrigerator","brand":"海尔","description":"不制冷"}', :then, :then, :then
    FROM n WHERE i % 3 = 0
    """,
    """
    INSERT INTO order_events (order_id, at, actor, status, note)
    SELECT i, :then, 'bot', 'closed', '' FROM n WHERE i % 3 = 0
    """,
)
CHUNK = 50_000
STRIDE = 7919  # a prime: every number is visited before one is visited again


def visitors(conversations: int) -> Callable[[Random], Iterator[int]]:
    """Who writes to such a desk: half of them known, from all over the past, half new; nobody twice."""
    new = itertools.count(5_000_000_000)
    known = (number * STRIDE % conversations + 1 for number in itertools.count())

    def chats(rng: Random) -> Iterator[int]:
        while True:
            yield next(known) if rng.random() < 0.5 else next(new)

    return chats


def fill(path: Path, conversations: int) -> None:
    """Write so many conversations into the empty, migrated SQLite database at `path`."""
    connection = sqlite3.connect(path, isolation_level=None)
    values = {"then": THEN, "account": ACCOUNT, "state": STATE}
    for pragma in ("synchronous=OFF", "journal_mode=OFF", "foreign_keys=OFF", "cache_size=-200000"):
        connection.execute(f"PRAGMA {pragma}")
    for first in range(1, conversations + 1, CHUNK):
        last = min(first + CHUNK - 1, conversations)
        connection.execute("BEGIN")
        for statement in STATEMENTS:
            connection.execute(NUMBERS.format(first=first, last=last) + statement, values)
        connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
