"""Pulling the log: every message once and in order, whatever is lost, repeated or cut off (A1, I1, I2)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from storage import StoreUnavailable
from tests.wecom.conftest import ACCOUNT


async def test_a_callback_brings_what_was_written(make_rig: Any) -> None:
    """A1: the callback says only that there is something; the message is pulled and the cursor kept."""
    rig = await make_rig()
    await rig.start()
    await rig.customer().says("冰箱不制冷")
    (inbound,) = await rig.received(1)
    assert (inbound.text, inbound.address) == ("冰箱不制冷", rig.address(rig.customer()))
    assert inbound.window == (48 * 3600, 5)
    await rig.read_to(f"{ACCOUNT}/1")


async def test_all_pages_in_order(make_rig: Any) -> None:
    """I2: has_more is followed to the end; each customer's messages keep their order."""
    rig = await make_rig()
    rig.simulator.logs[ACCOUNT].page = 2
    rig.simulator.silent = True
    for n in range(7):
        await rig.customer("ann" if n % 2 else "bob").says(str(n))
    await rig.start()
    received = await rig.received(7)
    for name, said in (("ann", ["1", "3", "5"]), ("bob", ["0", "2", "4", "6"])):
        assert [i.text for i in received if i.address.peer == rig.customer(name).userid] == said
    assert not rig.desk.repeated


async def test_a_lost_callback_costs_only_time(make_rig: Any) -> None:
    """I1: what no callback told is found by the next slow pull."""
    rig = await make_rig(poll=0.05)
    rig.simulator.silent = True
    await rig.start()
    await rig.customer().says("有人吗")
    assert [inbound.text for inbound in await rig.received(1)] == ["有人吗"]


async def test_a_repeated_callback_repeats_nothing(make_rig: Any) -> None:
    """I2: the log is read on from the cursor, so a second callback finds nothing new."""
    rig = await make_rig()
    await rig.start()
    await rig.customer().says("一")
    await rig.received(1)
    assert await rig.simulator.call(ACCOUNT)
    await rig.customer().says("二")
    assert [inbound.text for inbound in await rig.received(2)] == ["一", "二"]
    assert not rig.desk.repeated


async def test_a_crash_between_page_and_cursor_doubles_nothing(make_rig: Any, monkeypatch: Any) -> None:
    """I2: the cursor moves after the messages are durable; what is read again is recognised."""
    rig = await make_rig()
    rig.simulator.silent = True
    await rig.customer().says("一")

    async def dies(cursor: str, more: bool) -> bool:
        raise StoreUnavailable("killed")

    with monkeypatch.context() as crashing:
        crashing.setattr(rig.place, "advance", dies)
        with pytest.raises(StoreUnavailable):
            await rig.puller.pull(rig.channel.reception(rig.desk).take)
    assert len(rig.desk.received) == 1
    assert await rig.cursor() is None
    await rig.customer().says("二")
    await rig.start()
    assert [inbound.text for inbound in await rig.received(2)] == ["一", "二"]
    assert [inbound.text for inbound in rig.desk.repeated] == ["一"]


async def test_two_processes_share_an_account(make_rig: Any) -> None:
    """I2, I4: one reads at a time; together they take every message, and none twice."""
    first = await make_rig()
    second = await make_rig(beside=first)
    second.desk = first.desk  # the same store behind both
    await asyncio.gather(first.start(), second.start())
    for n in range(12):
        await first.customer(f"c{n % 3}").says(str(n))
        second.puller.wake("")
    received = await first.received(12)
    assert sorted(int(inbound.text) for inbound in received) == list(range(12))
    assert not first.desk.repeated
    for n in range(3):
        peer = first.customer(f"c{n}").userid
        assert [int(i.text) for i in received if i.address.peer == peer] == list(range(n, 12, 3))


async def test_the_store_away_keeps_nothing_from_the_desk(make_rig: Any, monkeypatch: Any) -> None:
    """I1: without the store the log is read on from memory, for the desk to keep on disk; the place waits."""
    rig = await make_rig()
    rig.simulator.silent = True
    await rig.customer().says("一")
    await rig.start()
    await rig.read_to(f"{ACCOUNT}/1")
    rig.simulator.silent = False

    async def away() -> str:
        raise StoreUnavailable("away")

    with monkeypatch.context() as outage:
        outage.setattr(rig.place, "enter", away)
        await rig.customer().says("二")
        await rig.received(2)
        assert await rig.cursor() == f"{ACCOUNT}/1"
    await rig.customer().says("三")
    await rig.received(3)
    assert [inbound.text for inbound in rig.desk.received] == ["一", "二", "三"]


async def test_a_message_that_breaks_the_turn_does_not_stop_the_log(make_rig: Any) -> None:
    """I1: it is tried some times, given up and counted; what follows is taken."""
    rig = await make_rig()
    rig.simulator.silent = True
    rig.desk.problems = [ValueError("broken")] * 3
    await rig.customer().says("一")
    await rig.customer().says("二")
    await rig.start()
    assert [inbound.text for inbound in await rig.received(1)] == ["二"]
    assert rig.counted["wecom.message_given_up"] == 1


async def test_absurd_entries_hold_nobody_up(make_rig: Any) -> None:
    """I3: what WeCom would never write is counted and passed over; the customer behind it is heard."""
    rig = await make_rig()
    log = rig.simulator.logs[ACCOUNT]
    log.add({"msgid": {"a": 1}, "msgtype": "text"})
    log.add({"msgid": "m", "send_time": 10**15, "origin": 3, "msgtype": ["text"], "external_userid": 7})
    event = {"msgid": "m", "send_time": 1, "origin": 4, "msgtype": "event"}
    log.add({**event, "event": "enter_session"})
    log.add({**event, "event": {"event_type": "session_status_change"}})
    await rig.customer().says("在吗")
    await rig.start()
    assert [inbound.text for inbound in await rig.received(1)] == ["在吗"]
    await rig.read_to(f"{ACCOUNT}/5")
    assert rig.counted["wecom.malformed"] == 3
    assert rig.counted["wecom.ignored.unknown_event"] == 1


async def test_tokens_of_callbacks_are_used_while_they_are_good(make_rig: Any) -> None:
    """A1: a token that WeCom refuses is dropped and the log read without; after ten minutes none is sent."""
    rig = await make_rig()
    rig.puller.wake("ENCmade-up")
    await rig.customer().says("一")
    await rig.start()
    await rig.received(1)
    rig.simulator.logs[ACCOUNT].token()
    rig.clock.forward(minutes=11)
    await rig.customer().says("二")
    assert len(await rig.received(2)) == 2
    assert rig.simulator.calls["kf/sync_msg"] <= 5


async def test_a_refused_cursor_begins_anew(make_rig: Any, logs: list[Any]) -> None:
    """I1: a cursor that WeCom does not know is given up for the last three days; nothing is doubled."""
    rig = await make_rig()
    rig.simulator.silent = True
    await rig.customer().says("一")
    await rig.store.transact(lambda tx: tx.cursors.move("wecom", ACCOUNT, "from-elsewhere", rig.clock()))
    await rig.start()
    assert [inbound.text for inbound in await rig.received(1)] == ["一"]
    assert "wecom.cursor_refused" in [entry["event"] for entry in logs]


async def test_the_access_token_is_one_for_all_and_renewed_once(make_rig: Any) -> None:
    """A1, I4: two processes share it in the store; expired, it is renewed once."""
    first = await make_rig()
    second = await make_rig(beside=first)
    await first.api.call("/cgi-bin/kf/sync_msg", {"open_kfid": ACCOUNT})
    await second.api.call("/cgi-bin/kf/sync_msg", {"open_kfid": ACCOUNT})
    assert first.simulator.calls["gettoken"] == 1
    first.simulator.tokens.expire()
    await first.api.call("/cgi-bin/kf/sync_msg", {"open_kfid": ACCOUNT})
    await second.api.call("/cgi-bin/kf/sync_msg", {"open_kfid": ACCOUNT})
    assert first.simulator.calls["gettoken"] == 2


async def test_a_busy_platform_is_asked_again(make_rig: Any) -> None:
    """A1: -1 is tried again after a pause; the message arrives once."""
    rig = await make_rig()
    rig.simulator.faults.answer_code(-1, "kf/sync_msg", times=2)
    rig.simulator.faults.answer_status(503, "kf/sync_msg")
    await rig.customer().says("在吗")
    await rig.start()
    assert len(await rig.received(1)) == 1
    assert not rig.desk.repeated
