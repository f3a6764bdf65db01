"""The desk is killed with kill -9 in the middle of turns and sends: nothing is lost or doubled (I1, I2).

`KILLS` sets how often (default 12 a database). The seed is printed when something is wrong.
"""

from __future__ import annotations

import os
import secrets
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from storage import Store, open_store
from storage.schema import conversations, messages, orders, outbox
from tests.durability.platform import Platform
from tests.durability.worker import ORDER_EVERY

KILLS = int(os.environ.get("KILLS", "12"))


def kept(store: Store) -> set[str]:
    """Every inbound id the database holds."""
    statement = select(messages.c.external_id).where(messages.c.external_id.is_not(None))
    return set(store.run(lambda tx: tx.execute(statement).scalars().all()))


def open_rows(store: Store) -> int:
    counts = store.run(lambda tx: tx.outbox.counts())
    return counts.get("pending", 0) + counts.get("sending", 0)


def check(store: Store, platform: Platform) -> None:
    """T1, T2, T3, T9, T10, T11, T12, T13 on what the database holds at the end."""
    everything = store.run(
        lambda tx: (
            tx.execute(select(conversations)).mappings().all(),
            tx.execute(select(messages).order_by(messages.c.conversation_id, messages.c.seq))
            .mappings()
            .all(),
            tx.execute(select(outbox)).mappings().all(),
            tx.execute(select(orders)).mappings().all(),
        )
    )
    rooms, said, sends, opened = everything
    sent = {row["message_id"]: row for row in sends}
    for room in rooms:
        mine = [row for row in said if row["conversation_id"] == room["id"]]
        assert [row["seq"] for row in mine] == list(range(1, len(mine) + 1)), "T3: a gap"
        came = [row["external_id"] for row in mine if row["external_id"]]
        assert came == platform.sent[room["peer"]], "T1, T2: lost, doubled or out of order"
        assert room["state"]["count"] == len(came), "T2: a turn was applied twice or not at all"
        assert room["state"]["heard"] == came[-200:], "the conversation's state is not what was said"
        assert platform.order[room["peer"]] == sorted(platform.order[room["peer"]]), (
            "T9: replies out of order"
        )
        mine_opened = [row for row in opened if row["conversation_id"] == room["id"]]
        assert len(mine_opened) == len(came) // ORDER_EVERY, "T13: an order was lost or doubled"
    assert len({row["number"] for row in opened}) == len(opened), "T13: a number twice"
    ours = [row["id"] for row in said if row["author"] == "bot"]
    assert sorted(sent) == sorted(ours), "T12: a reply without its outbox row, or the reverse"
    states = Counter(row["state"] for row in sends)
    assert set(states) <= {"sent", "unknown"}, states
    assert max(platform.delivered.values()) == 1, "T10: a reply was delivered twice"
    for row in sends:
        if row["state"] == "sent":
            assert platform.delivered[row["key"]] == 1, "T11: called sent, but the platform never had it"


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_by_kill_9(database_url: str, tmp_path: Path) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    rng = Random(seed)
    platform = Platform(database_url, tmp_path, rng)
    store = open_store(database_url)
    try:
        for _ in range(KILLS):
            platform.start()
            platform.run(rng.uniform(0.05, 0.6))
            platform.kill()
            assert platform.acknowledged <= kept(store), f"T1: acknowledged and lost (seed {seed})"
        platform.start()
        platform.settle(lambda: open_rows(store) == 0)
        platform.stop()
        assert len(platform.acknowledged) > KILLS
        check(store, platform)
    finally:
        store.close()


@pytest.mark.slow
def test_a_desk_that_acknowledges_before_the_commit_is_caught(database_url: str, tmp_path: Path) -> None:
    """The test above can fail: the same run with the promise broken finds the loss."""
    rng = Random(7)
    platform = Platform(database_url, tmp_path, rng, acknowledge_early=True)
    store = open_store(database_url)
    try:
        for _ in range(12):
            platform.start()
            platform.run(rng.uniform(0.3, 0.6))
            platform.kill()
            if not platform.acknowledged <= kept(store):
                return
    finally:
        store.close()
    raise AssertionError("the broken promise was not noticed")
