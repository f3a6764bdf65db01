"""Conversations put off (G2): until an exact time or a preset; they wake by the clock, or when written to."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handlers import ownership
from scheduler import snoozing
from storage import Store, Tx
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.console.test_pages import arrives, at_work
from tests.desks import terms

ZONE = "Asia/Shanghai"


def sweep(store: Store, clock: Clock) -> int:
    return store.run(lambda tx: snoozing.sweep(tx, clock(), None))  # type: ignore[arg-type]


async def answered(ann: Browser, store: Store, clock: Clock) -> int:
    """A conversation of hers that waits for nobody."""
    talk = arrives(store, clock, name="王芳")
    await ann.post(f"/talks/{talk}/move/take")
    await ann.post(f"/talks/{talk}/say", kind="reply", text="明天给您答复", key=f"k{talk}")
    return talk


def until(store: Store, talk: int) -> datetime | None:
    begun = store.run(lambda tx: tx.handovers.current(talk))
    assert begun is not None
    return begun.snoozed_until


async def test_put_off_until_a_time(store: Store, clock: Clock, browser: Browser, add: Add) -> None:
    """G2: it leaves "mine" for a list of its own, and is back at that very moment, marked; once."""
    ann = await at_work(browser, store, clock, add())
    talk = await answered(ann, store, clock)
    assert (await ann.post(f"/talks/{talk}/snooze", until="2026-03-02T15:30")).status_code == 303
    assert until(store, talk) == datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
    row = f'href="/console/talks/{talk}?'
    assert row not in (await ann.get("/?view=mine")).text
    put_off = (await ann.get("/?view=snoozed")).text
    assert row in put_off
    assert "推迟到 2026-03-02 15:30" in put_off
    assert "推迟到 2026-03-02 15:30" in (await ann.get(f"/talks/{talk}")).text
    clock.now = datetime(2026, 3, 2, 7, 29, 59, tzinfo=UTC)
    assert sweep(store, clock) == 0
    newest = store.run(lambda tx: tx.live.newest())
    clock.forward(seconds=1)
    assert [sweep(store, clock), sweep(store, clock)] == [1, 0]
    assert talk in [one for _, one in store.run(lambda tx: tx.live.recent(clock(), newest))]
    await ann.sign_in()
    mine = (await ann.get("/?view=mine")).text
    assert row in mine
    assert "到时间了" in mine
    await ann.post(f"/talks/{talk}/say", kind="reply", text="修好了吗", key="k")
    assert "到时间了" not in (await ann.get("/?view=mine")).text


async def test_what_ends_it_before(store: Store, clock: Clock, browser: Browser, add: Add) -> None:
    """G2: the customer writes, the agent takes it up, it changes hands."""
    ann = await at_work(browser, store, clock, add())
    talk = await answered(ann, store, clock)

    def writes(tx: Tx) -> None:
        room = tx.conversations.get(talk, lock=True)
        room.waiting_since = clock()
        ownership.wrote(tx, room, clock(), ownership.QueueSettings())
        tx.conversations.save(room, clock())

    await ann.post(f"/talks/{talk}/snooze", preset="hour")
    store.run(writes)
    assert until(store, talk) is None
    assert "到时间了" in (await ann.get("/?view=mine")).text
    await ann.post(f"/talks/{talk}/say", kind="reply", text="在", key="k")
    await ann.post(f"/talks/{talk}/snooze", preset="hour")
    assert (await ann.post(f"/talks/{talk}/wake")).status_code == 303
    assert until(store, talk) is None
    await ann.post(f"/talks/{talk}/snooze", preset="hour")
    await ann.post(f"/talks/{talk}/move/release")
    assert until(store, talk) is None
    clock.forward(hours=2)
    assert sweep(store, clock) == 0
    deeds = [d.action for d in store.run(lambda tx: tx.audit.latest(20)) if d.action in ("snooze", "wake")]
    assert deeds == ["snooze", "wake", "snooze", "snooze"]


async def test_what_cannot_be_put_off(store: Store, clock: Clock, browser: Browser, add: Add) -> None:
    """G2: not what nobody has, not while the customer waits, not into the past nor for ever."""
    ann = await at_work(browser, store, clock, add())
    talk = arrives(store, clock)
    assert (await ann.post(f"/talks/{talk}/snooze", preset="hour")).status_code == 409
    await ann.post(f"/talks/{talk}/move/take")
    waits = await ann.post(f"/talks/{talk}/snooze", preset="hour")
    assert (waits.status_code, "先回复" in waits.text) == (409, True)
    await ann.post(f"/talks/{talk}/say", kind="reply", text="好的", key="k")
    for form, status in (
        ({"until": "2026-03-02T11:59"}, 409),
        ({"until": "2026-06-01T00:00"}, 409),
        ({"until": "soon"}, 422),
        ({"until": "9999-12-31T23:59"}, 409),
        ({"preset": "never"}, 422),
        ({"preset": "hour", "owner": "x"}, 422),
    ):
        assert (await ann.post(f"/talks/{talk}/snooze", **form)).status_code == status, form
    assert until(store, talk) is None
    assert (await ann.post("/talks/987654/wake")).status_code == 404


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hour", datetime(2026, 3, 2, 5, tzinfo=UTC)),
        ("hours", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("tomorrow", datetime(2026, 3, 3, tzinfo=UTC)),
        ("week", datetime(2026, 3, 9, tzinfo=UTC)),
    ],
)
def test_presets(clock: Clock, name: str, expected: datetime) -> None:
    """G2: tomorrow and next week mean when people work then."""
    found = ownership.preset(name, clock(), terms().promises.working_time, ZONE)
    assert found - expected in (timedelta(0), timedelta(minutes=30), timedelta(hours=1))
    if name in ("tomorrow", "week"):
        assert terms().promises.working_time.is_open(found)


async def test_the_clock_and_the_customer_at_once(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """G2: many due at the same moment from several sweeps beside each other: each wakes once."""
    ann = await at_work(browser, store, clock, add())
    talks = []
    for number in range(6):
        talk = arrives(store, clock, peer=f"c{number}")
        await ann.post(f"/talks/{talk}/move/take")
        await ann.post(f"/talks/{talk}/say", kind="reply", text="稍后", key=f"k{number}")
        await ann.post(f"/talks/{talk}/snooze", preset="hour")
        talks.append(talk)
    clock.forward(hours=1)

    async def one() -> Any:
        return await store.transact(lambda tx: snoozing.sweep(tx, clock(), None))  # type: ignore[arg-type]

    counts = await asyncio.gather(*(one() for _ in range(4)))
    while sweep(store, clock):
        pass
    assert sum(counts) <= len(talks)
    assert [until(store, talk) for talk in talks] == [None] * len(talks)
