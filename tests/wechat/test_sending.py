"""Customer-service messages: forms, limits, quota, error codes, unknown outcomes (A1, I2)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.protocol import OutcomeUnknown, Refused, TryLater, Unreachable, WindowClosed
from bot.messages import Address, Button, Reply

Make = Callable[..., Any]
CHOICES = Reply("修好了吗？", buttons=(Button("修好了", "/affirm"), Button("还没有", "/deny")))


async def open_chat(make_rig: Make, **more: Any) -> tuple[Any, Any]:
    """A rig on a port and a customer who has just written."""
    rig = await make_rig(served=True, **more)
    customer = rig.customer()
    rig.wrote(customer)
    return rig, customer


async def test_a_text_is_delivered(make_rig: Make) -> None:
    rig, customer = await open_chat(make_rig)
    assert await rig.channel.send(rig.delivery(customer, Reply('您好 "引号" \\n & <b> 😀'))) is None
    (bubble,) = customer.transcript
    assert (bubble.kind, bubble.text, bubble.via) == ("text", '您好 "引号" \\n & <b> 😀', "service")


async def test_choices_are_a_menu_message_and_come_back_as_a_choice(make_rig: Make) -> None:
    """C10, A1: msgmenu out, bizmsgmenuid in."""
    rig, customer = await open_chat(make_rig)
    await rig.channel.send(rig.delivery(customer, CHOICES, seq=7))
    assert customer.transcript[-1].items == (("7:0", "修好了"), ("7:1", "还没有"))
    await customer.taps("还没有")
    assert (rig.desk.received[0].choice, rig.desk.received[0].text) == ("7:1", "还没有")


async def test_choices_are_numbered_text_where_msgmenu_is_off(make_rig: Make) -> None:
    """A1: buttons → numbered text."""
    rig, customer = await open_chat(make_rig, msgmenu=False)
    await rig.channel.send(rig.delivery(customer, CHOICES))
    assert customer.transcript[-1].text == "修好了吗？\n\n1. 修好了\n2. 还没有\n回复数字选择"


async def test_too_many_choices_for_a_menu_message_are_numbered(make_rig: Make) -> None:
    rig, customer = await open_chat(make_rig)
    many = tuple(Button(f"第{n}项", f"/c{n}") for n in range(11))
    await rig.channel.send(rig.delivery(customer, Reply("选", buttons=many)))
    assert customer.transcript[-1].kind == "text"
    assert "11. 第10项" in customer.transcript[-1].text


@pytest.mark.parametrize("code", [45098, 40200, 40008, 45002])
async def test_a_menu_message_the_platform_refuses_is_sent_as_text(make_rig: Make, code: int) -> None:
    """A1: degrades gracefully, and costs one message of the quota."""
    rig, customer = await open_chat(make_rig)
    rig.simulator.faults.answer_code(code)
    await rig.channel.send(rig.delivery(customer, CHOICES))
    assert customer.transcript[-1].text.endswith("回复数字选择")
    assert rig.ledger.windows[Address("wechat", rig.channel.account, customer.openid)].left == 4


async def test_choices_without_words_get_a_heading(make_rig: Make) -> None:
    rig, customer = await open_chat(make_rig)
    await rig.channel.send(rig.delivery(customer, Reply(buttons=(Button("A", "/a"),))))
    assert customer.transcript[-1].text == "请选择："


async def test_a_long_text_goes_in_parts_of_whole_characters(make_rig: Make) -> None:
    """2048 bytes, split between characters, in order; the parts count against the quota."""
    rig, customer = await open_chat(make_rig)
    text = "".join(f"第{n}步：拔下电源👨‍👩‍👧，等五分钟再试。\n" for n in range(120))
    await rig.channel.send(rig.delivery(customer, Reply(text)))
    parts = [bubble.text for bubble in customer.transcript]
    assert len(parts) == 4
    assert all(len(part.encode()) <= 2048 for part in parts)
    assert "\n".join(parts) == text.strip()
    assert customer.quota.left(rig.clock()) == 1


async def test_long_words_before_choices_come_first(make_rig: Make) -> None:
    rig, customer = await open_chat(make_rig)
    await rig.channel.send(rig.delivery(customer, Reply("长" * 1000, buttons=CHOICES.buttons)))
    assert [bubble.kind for bubble in customer.transcript] == ["text", "menu"]


async def test_more_parts_than_the_quota_allows_are_refused(make_rig: Make) -> None:
    rig, customer = await open_chat(make_rig)
    with pytest.raises(Refused, match="messages"):
        await rig.channel.send(rig.delivery(customer, Reply("长" * 10_000)))
    assert customer.transcript == []


async def test_an_empty_reply_sends_nothing(make_rig: Make) -> None:
    rig, customer = await open_chat(make_rig)
    assert await rig.channel.send(rig.delivery(customer, Reply(custom={"x": 1}))) is None
    assert rig.simulator.calls["message/custom/send"] == 0


async def test_lone_surrogates_and_controls_do_not_stop_a_message(make_rig: Make) -> None:
    rig, customer = await open_chat(make_rig)
    await rig.channel.send(rig.delivery(customer, Reply("a\ud800b\x00c")))
    assert customer.transcript[-1].text == "abc"


async def test_the_quota_of_five_then_parked(make_rig: Make) -> None:
    """F6: 5 messages per customer message; the next opens again."""
    rig, customer = await open_chat(make_rig)
    for seq in range(5):
        await rig.channel.send(rig.delivery(customer, Reply(f"{seq}"), seq))
    with pytest.raises(WindowClosed):
        await rig.channel.send(rig.delivery(customer, Reply("六"), 6))
    assert rig.simulator.calls["message/custom/send"] == 5, "WeChat was asked in vain"
    rig.wrote(customer)
    await rig.channel.send(rig.delivery(customer, Reply("六"), 6))
    assert len(customer.transcript) == 6


async def test_after_48_hours_the_window_is_closed(make_rig: Make, clock: Any) -> None:
    """F6"""
    rig, customer = await open_chat(make_rig)
    clock.forward(hours=47.9)
    await rig.channel.send(rig.delivery(customer, Reply("一")))
    clock.forward(hours=0.2)
    with pytest.raises(WindowClosed):
        await rig.channel.send(rig.delivery(customer, Reply("二"), 3))
    assert len(customer.transcript) == 1


async def test_a_customer_who_never_wrote_has_no_window(make_rig: Make) -> None:
    rig = await make_rig(served=True)
    with pytest.raises(WindowClosed):
        await rig.channel.send(rig.delivery(rig.customer(), Reply("一")))


@pytest.mark.parametrize("code", [45015, 45047])
async def test_the_platform_corrects_the_ledger(make_rig: Make, code: int) -> None:
    """F6: what WeChat says about the window counts."""
    rig, customer = await open_chat(make_rig)
    rig.simulator.faults.answer_code(code)
    with pytest.raises(WindowClosed):
        await rig.channel.send(rig.delivery(customer, Reply("一")))
    assert rig.ledger.windows[Address("wechat", rig.channel.account, customer.openid)].left == 0
    with pytest.raises(WindowClosed):
        await rig.channel.send(rig.delivery(customer, Reply("二"), 3))
    assert rig.simulator.calls["message/custom/send"] == 1


async def test_parts_that_do_not_fit_the_quota_are_not_begun(make_rig: Make) -> None:
    rig, customer = await open_chat(make_rig)
    for seq in range(4):
        await rig.channel.send(rig.delivery(customer, Reply(f"{seq}"), seq))
    with pytest.raises(WindowClosed):
        await rig.channel.send(rig.delivery(customer, Reply("长" * 1000), 9))
    assert len(customer.transcript) == 4


async def test_busy_is_tried_later_and_costs_nothing(make_rig: Make) -> None:
    """-1"""
    rig, customer = await open_chat(make_rig)
    rig.simulator.faults.answer_code(-1)
    with pytest.raises(TryLater) as caught:
        await rig.channel.send(rig.delivery(customer, Reply("一")))
    assert not caught.value.account_wide
    assert rig.ledger.windows[Address("wechat", rig.channel.account, customer.openid)].left == 5


async def test_a_repeated_try_does_not_repeat_the_parts_delivered(make_rig: Make) -> None:
    """I2: part one arrived, part two met a busy platform."""
    rig, customer = await open_chat(make_rig)
    delivery = rig.delivery(customer, Reply("甲" * 682 + "乙" * 100))
    rig.simulator.faults.delay(0.0)
    rig.simulator.faults.delay(0.0)
    rig.simulator.faults.answer_code(-1)
    with pytest.raises(TryLater):
        await rig.channel.send(delivery)
    await rig.channel.send(delivery)
    assert [bubble.text[0] for bubble in customer.transcript] == ["甲", "乙"]
    assert rig.ledger.windows[delivery.address].left == 3


async def test_a_lost_answer_is_an_unknown_outcome(make_rig: Make) -> None:
    """I2, T10: delivered, but we never heard so."""
    rig, customer = await open_chat(make_rig, api_seconds=0.2)
    rig.simulator.faults.lose_answer()
    with pytest.raises(OutcomeUnknown):
        await rig.channel.send(rig.delivery(customer, Reply("一")))
    assert len(customer.transcript) == 1


async def test_a_request_nobody_answered_is_an_unknown_outcome(make_rig: Make) -> None:
    """I2, T10: not delivered, and we cannot know."""
    rig, customer = await open_chat(make_rig, api_seconds=0.2)
    rig.simulator.faults.drop_request()
    with pytest.raises(OutcomeUnknown):
        await rig.channel.send(rig.delivery(customer, Reply("一")))
    assert customer.transcript == []


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_a_gateway_that_turned_us_away_is_tried_later(make_rig: Make, status: int) -> None:
    rig, customer = await open_chat(make_rig)
    rig.simulator.faults.answer_status(status, "message/custom/send")
    with pytest.raises(TryLater):
        await rig.channel.send(rig.delivery(customer, Reply("一")))


async def test_no_connection_is_tried_later(make_rig: Make) -> None:
    rig = await make_rig()
    customer = rig.customer()
    rig.wrote(customer)
    with pytest.raises(TryLater, match="no connection"):
        await rig.channel.send(rig.delivery(customer, Reply("一")))
    assert rig.ledger.windows[Address("wechat", rig.channel.account, customer.openid)].left == 5


async def test_an_answer_that_is_not_json_is_an_unknown_outcome(make_rig: Make) -> None:
    rig, customer = await open_chat(make_rig)
    rig.simulator.faults.answer_status(502, "message/custom/send")
    with pytest.raises(OutcomeUnknown):
        await rig.channel.send(rig.delivery(customer, Reply("一")))


@pytest.mark.parametrize(
    ("code", "problem", "account_wide"),
    [
        (40003, Refused, None),
        (45002, Refused, None),
        (43004, Unreachable, None),
        (43019, Unreachable, None),
        (48002, Unreachable, None),
        (43101, Unreachable, None),
        (45009, TryLater, True),
        (45011, TryLater, True),
        (48001, TryLater, True),
        (48004, TryLater, True),
        (50002, TryLater, True),
        (40164, TryLater, True),
        (99999, Refused, None),
    ],
)
async def test_error_codes(
    make_rig: Make, code: int, problem: type[Exception], account_wide: bool | None
) -> None:
    """Platform rules: every code that asks for an act."""
    rig, customer = await open_chat(make_rig)
    rig.simulator.faults.answer_code(code)
    with pytest.raises(problem, match=str(code)) as caught:
        await rig.channel.send(rig.delivery(customer, Reply("一")))
    assert getattr(caught.value, "account_wide", None) is account_wide
    assert rig.ledger.windows[Address("wechat", rig.channel.account, customer.openid)].left == 5


@pytest.mark.parametrize("code", [48001, 48004, 50002, 40164])
async def test_the_log_says_what_the_operator_must_do(make_rig: Make, logs: list[Any], code: int) -> None:
    rig, customer = await open_chat(make_rig)
    rig.simulator.faults.answer_code(code)
    with pytest.raises(TryLater):
        await rig.channel.send(rig.delivery(customer, Reply("一")))
    (found,) = [entry for entry in logs if entry["event"] == "wechat.account"]
    assert found["code"] == code
    assert "mp.weixin.qq.com" in found["to_do"]


async def test_the_daily_quota_waits_for_midnight_in_china_or_an_hour(make_rig: Make, clock: Any) -> None:
    rig, customer = await open_chat(make_rig)
    clock.now = clock.now.replace(hour=15, minute=50)
    rig.wrote(customer)
    rig.simulator.faults.answer_code(45009)
    with pytest.raises(TryLater) as caught:
        await rig.channel.send(rig.delivery(customer, Reply("一")))
    assert 600 <= caught.value.after <= 610


async def test_an_unfollowed_account_cannot_reach_the_customer(make_rig: Make) -> None:
    rig, customer = await open_chat(make_rig)
    customer.following = False
    with pytest.raises(Unreachable):
        await rig.channel.send(rig.delivery(customer, Reply("一")))


async def test_nothing_secret_and_nothing_said_reaches_the_log(make_rig: Make, logs: list[Any]) -> None:
    """I3, E9: neither token nor secret nor words."""
    rig, customer = await open_chat(make_rig)
    await customer.says("我的电话13800138000")
    for code in (-1, 40001, 45015, 48001):
        rig.simulator.faults.answer_code(code)
        with suppress(TryLater, WindowClosed):
            await rig.channel.send(rig.delivery(customer, Reply("机密回复")))
        rig.wrote(customer)
    assert any(entry["event"] == "wechat.account" for entry in logs)
    written = repr(logs)
    for private in ("simulated-secret", "sim_", "机密回复", "13800138000", customer.openid):
        assert private not in written


async def test_typing_is_shown_and_its_failures_are_ignored(make_rig: Make) -> None:
    rig, customer = await open_chat(make_rig)
    address = Address("wechat", rig.channel.account, customer.openid)
    await rig.channel.typing(address)
    rig.simulator.faults.answer_code(45015, "message/custom/typing")
    await rig.channel.typing(address)
    assert rig.simulator.calls["message/custom/typing"] == 2


async def test_many_sends_at_once_share_the_session(make_rig: Make) -> None:
    rig = await make_rig(served=True)
    customers = [rig.customer(f"c{n}") for n in range(20)]
    for customer in customers:
        rig.wrote(customer)
    await asyncio.gather(*(rig.channel.send(rig.delivery(c, Reply(c.name))) for c in customers))
    assert [c.transcript[0].text for c in customers] == [c.name for c in customers]
    assert rig.simulator.tokens.handed_out == 1
    assert rig.simulator.calls["stable_token"] == 1


async def test_an_event_opens_three_messages_for_a_minute(make_rig: Make, clock: Any) -> None:
    """F6: the simulated platform's side of a menu click."""
    rig = await make_rig(served=True)
    customer = rig.customer()
    await customer.event("CLICK", {"EventKey": "/a"})
    customer.quota.acted(clock())
    window = rig.desk.received[0].window
    assert window == (60.0, 3)
    assert customer.quota.left(clock()) == 3
    assert [customer.quota.spend(clock()) for _ in range(4)] == [0, 0, 0, 45047]
    clock.now += timedelta(seconds=61)
    assert customer.quota.spend(clock()) == 45015
