"""The store keeps what it confirmed, numbers without gaps, and never takes one message twice (I1, I2)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from storage import Store, StoreClosed, Tx
from storage.outbox import Settled
from storage.schema import conversations, customers, messages
from storage.tasks import Task
from storage.windows import ReplyWindow
from tests.conftest import NOON


def enter(tx: Tx, peer: str = "ann"):
    return tx.conversations.enter("rest", "rest", peer, NOON)


def take(tx: Tx, peer: str, external_id: str) -> int | None:
    conversation = enter(tx, peer)
    taken = tx.messages.take(conversation, external_id, {"text": "hi"}, NOON, NOON)
    tx.conversations.save(conversation, NOON)
    return taken


def queue(tx: Tx, peer: str = "ann", due_at=NOON) -> int:
    conversation = enter(tx, peer)
    message_id, seq = tx.messages.say(conversation, {"text": "hello"}, NOON)
    ((row_id, _),) = tx.outbox.put([(conversation, message_id, seq)], due_at, NOON)
    tx.conversations.save(conversation, NOON)
    return row_id


async def test_a_failing_turn_leaves_nothing_and_its_neighbours_everything(store: Store) -> None:
    def broken(tx: Tx) -> None:
        take(tx, "bob", "1")
        raise LookupError("no such flow")

    good, bad = await asyncio.gather(
        store.transact(lambda tx: take(tx, "ann", "1")), store.transact(broken), return_exceptions=True
    )
    assert isinstance(good, int)
    assert isinstance(bad, LookupError)
    count = select(func.count()).select_from(messages)
    assert await store.read(lambda tx: tx.execute(count).scalar_one()) == 1
    people = select(func.count()).select_from(customers)
    assert await store.read(lambda tx: tx.execute(people).scalar_one()) == 1


async def test_the_same_message_is_taken_once_however_often_it_arrives(store: Store) -> None:
    """I2: twenty deliveries of one message at once."""
    results = await asyncio.gather(*(store.transact(lambda tx: take(tx, "ann", "42")) for _ in range(20)))
    assert sum(result is not None for result in results) == 1


async def test_messages_are_numbered_without_gaps_under_concurrency(store: Store) -> None:
    await asyncio.gather(*(store.transact(lambda tx, n=n: take(tx, f"p{n % 3}", str(n))) for n in range(60)))
    rows = await store.read(lambda tx: tx.execute(select(messages.c.conversation_id, messages.c.seq)).all())
    for conversation in {row[0] for row in rows}:
        numbers = sorted(seq for owner, seq in rows if owner == conversation)
        assert numbers == list(range(1, len(numbers) + 1))
    assert len({row[0] for row in rows}) == 3


async def test_order_numbers_are_unique_under_fifty_concurrent_creations(store: Store) -> None:
    """E1: SR-YYYYMMDDNNNN."""

    def order(tx: Tx, n: int) -> str:
        conversation = enter(tx, f"p{n}")
        return tx.orders.open(
            request_key=f"k{n}", kind="fault", customer_id=conversation.customer_id,
            conversation_id=conversation.id, fields={}, local_day="20260302", now=NOON,
        ).number  # fmt: skip

    numbers = await asyncio.gather(*(store.transact(lambda tx, n=n: order(tx, n)) for n in range(50)))
    assert sorted(numbers) == [f"SR-20260302{n:04d}" for n in range(1, 51)]


async def test_the_same_request_opens_one_order(store: Store) -> None:
    def order(tx: Tx) -> str:
        conversation = enter(tx)
        return tx.orders.open(
            request_key="once", kind="fault", customer_id=conversation.customer_id,
            conversation_id=conversation.id, fields={"symptom": "x"}, local_day="20260302", now=NOON,
        ).number  # fmt: skip

    assert await store.transact(order) == await store.transact(order)
    found = await store.transact(lambda tx: tx.orders.find("SR-202603020001"))
    assert found is not None
    assert found.fields == {"symptom": "x"}
    assert found.created_at == NOON


async def test_only_the_first_waiting_message_of_a_conversation_is_handed_out(store: Store) -> None:
    """T9: order per conversation, also while a retry waits."""
    first = await store.transact(queue)
    second = await store.transact(queue)
    other = await store.transact(lambda tx: queue(tx, "bob"))
    heads = await store.transact(lambda tx: tx.outbox.heads("rest", "rest", NOON, 10))
    assert [row.id for row in heads] == [first, other]
    await store.transact(lambda tx: tx.outbox.claim([first], "me", NOON))
    heads = await store.transact(lambda tx: tx.outbox.heads("rest", "rest", NOON, 10))
    assert [row.id for row in heads] == [other]
    later = NOON + timedelta(seconds=5)
    retry = Settled(first, "pending", NOON, 1, due_at=later, reason="busy")
    await store.transact(lambda tx: tx.outbox.settle([retry]))
    heads = await store.transact(lambda tx: tx.outbox.heads("rest", "rest", NOON, 10))
    assert [row.id for row in heads] == [other]
    await store.transact(lambda tx: tx.outbox.settle([Settled(first, "sent", later, 1)]))
    heads = await store.transact(lambda tx: tx.outbox.heads("rest", "rest", later, 10))
    assert [row.id for row in heads] == [second, other]


async def test_a_message_is_claimed_by_one_only(store: Store) -> None:
    row = await store.transact(queue)
    assert await store.transact(lambda tx: tx.outbox.claim([row], "a", NOON)) == {row}
    assert await store.transact(lambda tx: tx.outbox.claim([row], "b", NOON)) == set()


async def test_parked_messages_come_back_in_order(store: Store) -> None:
    row = await store.transact(queue)
    await store.transact(lambda tx: tx.outbox.claim([row], "me", NOON))
    await store.transact(lambda tx: tx.outbox.settle([Settled(row, "parked", NOON, 1, reason="window")]))
    assert await store.read(lambda tx: tx.outbox.counts()) == {"parked": 1}
    conversation = await store.read(lambda tx: tx.conversations.find("rest", "rest", "ann"))
    assert conversation is not None
    assert await store.transact(lambda tx: tx.outbox.unpark(conversation.id, NOON)) == 1
    assert await store.read(lambda tx: tx.outbox.counts()) == {"pending": 1}


async def test_a_lease_has_one_holder_until_it_ends(store: Store) -> None:
    def hold(who: str, at):
        return store.transact(lambda tx: tx.leases.hold("postman", who, at, 30))

    assert await hold("a", NOON)
    assert not await hold("b", NOON + timedelta(seconds=29))
    assert await hold("a", NOON + timedelta(seconds=29))
    assert await hold("b", NOON + timedelta(seconds=60))
    assert not await hold("a", NOON + timedelta(seconds=61))


async def test_the_reply_quota_is_spent_exactly(store: Store) -> None:
    """Five messages per customer message within 48 hours, whoever spends them."""
    conversation = await store.transact(lambda tx: enter(tx).id)
    window = ReplyWindow(NOON, NOON + timedelta(hours=48), 5)
    await store.transact(lambda tx: tx.windows.open(conversation, window))
    spent = await asyncio.gather(
        *(store.transact(lambda tx: tx.windows.spend(conversation, 1, NOON)) for _ in range(9))
    )
    assert sum(spent) == 5
    late = NOON + timedelta(hours=49)
    await store.transact(lambda tx: tx.windows.open(conversation, window))
    assert not await store.transact(lambda tx: tx.windows.spend(conversation, 1, late))


async def test_a_short_window_never_cuts_a_long_one(store: Store) -> None:
    conversation = await store.transact(lambda tx: enter(tx).id)
    long = ReplyWindow(NOON, NOON + timedelta(hours=48), 1)
    short = ReplyWindow(NOON, NOON + timedelta(minutes=1), 3)
    await store.transact(lambda tx: tx.windows.open(conversation, long))
    await store.transact(lambda tx: tx.windows.open(conversation, short))
    window = await store.read(lambda tx: tx.windows.get(conversation))
    assert window == ReplyWindow(NOON, NOON + timedelta(hours=48), 3)


async def test_history_pages_both_ways(store: Store) -> None:
    for n in range(7):
        await store.transact(lambda tx, n=n: take(tx, "ann", str(n)))
    conversation = await store.read(lambda tx: tx.conversations.find("rest", "rest", "ann"))
    assert conversation is not None
    after = await store.read(lambda tx: tx.messages.of_conversation(conversation.id, after=5))
    before = await store.read(lambda tx: tx.messages.of_conversation(conversation.id, before=4, limit=2))
    assert [m.seq for m in after] == [6, 7]
    assert [m.seq for m in before] == [2, 3]


async def test_a_moment_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(Exception, match="time zone"):
        await store.transact(lambda tx: tx.customers.add(NOON.replace(tzinfo=None)))


async def test_a_cancelled_caller_does_not_stop_the_writer(store: Store) -> None:
    task = asyncio.create_task(store.transact(lambda tx: take(tx, "ann", "1")))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert isinstance(await store.transact(lambda tx: take(tx, "ann", "2")), int)


async def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    with pytest.raises(StoreClosed):
        await store.transact(lambda tx: None)


def test_migrations_go_down_and_up_again(database_url: str) -> None:
    from storage import migrations
    from storage.database import open_engine

    engine = open_engine(database_url)
    assert migrations.current(engine) == migrations.head()
    migrations.downgrade(engine, "base")
    assert migrations.current(engine) is None
    migrations.upgrade(engine)
    assert migrations.current(engine) == migrations.head()
    engine.dispose()


def test_the_newest_revision_is_the_one_alembic_finds() -> None:
    from alembic.script import ScriptDirectory

    from storage import migrations

    assert migrations.head() == ScriptDirectory.from_config(migrations.config()).get_current_head()


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_the_schema_is_what_the_migrations_make(database_url: str) -> None:
    """Of indexes of expressions SQLite tells only that they are there; test_plans.py sees them used."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    from storage import migrations
    from storage.database import open_engine
    from storage.schema import metadata

    engine = open_engine(database_url)
    migrations.downgrade(engine, "base")  # what was made at once is made anew by the scripts
    migrations.upgrade(engine)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    assert [d for d in differences if d[0] not in ("modify_type", "modify_nullable")] == []
    assert conversations.name in metadata.tables


async def test_tasks_with_a_time_come_before_those_without(store: Store) -> None:
    def two(tx: Tx) -> list[str]:
        tx.tasks.add(Task("call", "whenever", NOON))
        tx.tasks.add(Task("call", "soon", NOON, due_at=NOON + timedelta(hours=1)))
        return [task.note for task in tx.tasks.open()]

    assert await store.transact(two) == ["soon", "whenever"]
