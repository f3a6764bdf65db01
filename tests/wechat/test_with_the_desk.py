"""The channel with the real front desk, store and postman, on both databases (I1, I2, F6)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from random import Random
from typing import Any

import pytest
from fastapi import FastAPI

from bot.channels.wechat import StoredLedger, TokenShelfInStore, WeChatChannel
from bot.channels.wechat.api import WeChatApi
from bot.channels.wechat.envelope import Envelope
from bot.channels.wechat.http import Http
from bot.messages import Reply
from bot.simulators.wechat import PREFIX, Bubble, WeChatSimulator, into_app, routers
from bot.turns import say_all
from storage import Store, Tx
from storage.notices import Notice
from tests.wechat.conftest import APP_ID, KEY, SECRET, TOKEN, serving
from tests.wechat.fronting import Dialogue, front_desk

MODES = ["plain", "compatible", "safe"]


class Desk:
    """A desk that serves one Official Account of the simulated platform."""

    def __init__(self, store: Store, clock: Any, folder: Any, mode: str, passive_seconds: float) -> None:
        self.store, self.clock = store, clock
        self.dialogue = Dialogue()
        self.app = FastAPI()
        self.simulator = WeChatSimulator(
            into_app(self.app), app_id=APP_ID, app_secret=SECRET, token=TOKEN, encoding_aes_key=KEY,
            mode=mode, clock=clock, random=Random(1), patience=3.0,
        )  # fmt: skip
        for router in routers(self.simulator):
            self.app.include_router(router)
        self.front, self.postman = front_desk(store, clock, folder, self.dialogue)
        self._mode, self._passive_seconds = mode, passive_seconds

    async def open(self, base: str) -> WeChatChannel:
        shelf = TokenShelfInStore(self.store, "wechat", APP_ID)
        channel = WeChatChannel(
            app_id=APP_ID,
            envelope=Envelope(APP_ID, TOKEN, KEY, self._mode, 600, self.clock, Random(2)),
            api=WeChatApi(APP_ID, SECRET, Http(base + PREFIX, 1.0), shelf, self.clock),
            ledger=StoredLedger(self.store),
            clock=self.clock,
            count=lambda reason: None,
            passive_seconds=self._passive_seconds,
        )
        self.app.include_router(channel.router(self.front))
        self.postman.start([channel])
        return channel

    def states(self) -> dict[str, int]:
        return self.store.run(lambda tx: tx.outbox.counts())

    async def settled(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110  a test's poll
                await asyncio.sleep(0.01)


@pytest.fixture
async def make_desk(store: Store, clock: Any, tmp_path: Any) -> AsyncIterator[Callable[..., Any]]:
    async with AsyncExitStack() as stack:

        async def make(mode: str = "safe", passive_seconds: float = 2.0) -> Desk:
            desk = Desk(store, clock, tmp_path, mode, passive_seconds)
            channel = await desk.open(await stack.enter_async_context(serving(desk.app)))
            stack.push_async_callback(channel.stop)
            stack.push_async_callback(desk.postman.stop)
            return desk

        yield make


def texts(bubbles: list[Bubble]) -> list[str]:
    return [bubble.text for bubble in bubbles]


@pytest.mark.parametrize("mode", MODES)
async def test_a_turn_is_answered_in_the_same_request(make_desk: Any, mode: str) -> None:
    """A1: passive, numbered, and nothing left for the postman."""
    desk = await make_desk(mode)
    bubbles = await desk.simulator.customer("王").says("你好")
    assert texts(bubbles) == ["收到：你好\n\n1. 好\n2. 不好\n回复数字选择"]
    await desk.settled(lambda: desk.states() == {})
    assert desk.simulator.calls["message/custom/send"] == 0


async def test_a_number_and_a_tap_mean_the_button(make_desk: Any) -> None:
    """C10: after a passive list by number, after a menu message by tapping; a stale tap is known as such."""
    desk = await make_desk(passive_seconds=0.0001)
    customer = desk.simulator.customer("王")
    await customer.says("你好")
    (menu,) = await customer.heard()
    assert menu.items == (("2:0", "好"), ("2:1", "不好"))
    await customer.taps("不好")
    await customer.heard()
    assert (desk.dialogue.heard[-1].payload, desk.dialogue.heard[-1].stale_choice) == ("/deny", False)
    await customer.says("1")
    await customer.heard()
    assert desk.dialogue.heard[-1].payload == "/affirm"
    await customer.taps(1, message=menu.number)
    assert desk.dialogue.heard[-1].stale_choice


async def test_a_repeated_push_changes_nothing_and_says_the_same(make_desk: Any) -> None:
    """I2"""
    desk = await make_desk()
    customer = desk.simulator.customer("王")
    first = await customer.says("你好")
    assert texts(await customer.repeats_last_push()) == texts(first)
    assert len(desk.dialogue.heard) == 1


async def test_a_late_turn_reaches_the_customer_once(make_desk: Any) -> None:
    """I2: `success` first, then one customer-service message; WeChat's repetition adds nothing."""
    desk = await make_desk(passive_seconds=0.0001)
    customer = desk.simulator.customer("王")
    assert await customer.says("你好") == []
    await customer.heard()
    assert await customer.repeats_last_push() == []
    await asyncio.sleep(0.1)
    assert len([b for b in customer.transcript if b.author == "account"]) == 1


async def test_what_the_quota_stops_arrives_with_the_next_message(make_desk: Any, clock: Any) -> None:
    """F6: parked beyond five, delivered at the customer's next message, in order."""
    desk = await make_desk(passive_seconds=0.0001)
    customer = desk.simulator.customer("王")
    desk.dialogue.answer = lambda heard: [Reply(f"{n}", image="https://e.example/x.png") for n in range(1, 8)]
    await customer.says("七条")
    await desk.settled(lambda: desk.states() == {"parked": 2})
    assert len(customer.transcript) == 6
    assert desk.simulator.calls["message/custom/send"] == 5
    desk.dialogue.answer = lambda heard: [Reply("八")]
    await customer.says("还在吗")
    await desk.settled(lambda: desk.states() == {})
    said = [b.text[0] for b in customer.transcript if b.author == "account"]
    assert said == ["1", "2", "3", "4", "5", "6", "7", "八"]


async def test_after_the_window_nothing_is_sent_until_they_write(make_desk: Any, clock: Any) -> None:
    """F6: 48 hours."""
    desk = await make_desk(passive_seconds=0.0001)
    customer = desk.simulator.customer("王")
    desk.simulator.faults.answer_code(-1)
    await customer.says("你好")
    await desk.settled(lambda: desk.simulator.calls["message/custom/send"] == 1)
    await desk.settled(lambda: desk.states() == {"pending": 1})
    clock.forward(hours=49)
    await desk.settled(lambda: desk.states() == {"parked": 1})
    assert desk.simulator.calls["message/custom/send"] == 1
    await customer.says("人呢")
    await desk.settled(lambda: desk.states() == {})
    assert len([b for b in customer.transcript if b.author == "account"]) == 2


async def test_a_lost_answer_is_shown_as_unknown_and_not_repeated(make_desk: Any) -> None:
    """T10: delivered, then silence."""
    desk = await make_desk(passive_seconds=0.0001)
    customer = desk.simulator.customer("王")
    desk.simulator.faults.lose_answer()
    await customer.says("你好")
    await desk.settled(lambda: desk.states() == {"unknown": 1})
    assert len([b for b in customer.transcript if b.author == "account"]) == 1


async def test_an_expired_token_does_not_show(make_desk: Any) -> None:
    desk = await make_desk(passive_seconds=0.0001)
    customer = desk.simulator.customer("王")
    for _ in range(3):
        desk.simulator.tokens.expire()
        await customer.says("你好")
        await customer.heard()
    await desk.settled(lambda: desk.states() == {})
    assert desk.simulator.calls["stable_token"] == 3


async def test_one_who_left_is_not_written_to_and_returns(make_desk: Any) -> None:
    """Platform rules: 43004, then following again."""
    desk = await make_desk(passive_seconds=0.0001)
    customer = desk.simulator.customer("王")
    customer.following = False
    await customer.says("你好")
    await desk.settled(lambda: desk.states() == {"parked": 1})
    await customer.follows()
    await desk.settled(lambda: desk.states() == {})
    assert len([b for b in customer.transcript if b.author == "account"]) == 2


async def told(desk: Desk, keep: str) -> tuple[Any, int]:
    """A customer who wrote 49 hours ago and now has news by template; the conversation's id."""
    customer = desk.simulator.customer("王")
    await customer.says("你好")
    await desk.settled(lambda: desk.states() == {})
    desk.clock.forward(hours=49)
    desk.simulator.templates.known = {"TPL-1": ("thing1",)}
    card = {"template_id": "TPL-1", "data": {"thing1": {"value": "已有人负责"}}}

    def news(tx: Tx) -> int:
        now = desk.clock()
        talk = tx.conversations.enter("wechat", APP_ID, customer.openid, now)
        reply = Reply("您的报修已有人负责。", custom={"template": card})
        ((message_id, _),) = say_all(tx, [(talk, reply)], now)
        tx.conversations.save(talk, now)
        tx.notices.decide(
            [Notice(keep, "news", talk.customer_id, now, "sent", [], None, talk.id, message_id)]
        )
        return talk.id

    return customer, desk.store.run(news)


async def test_news_by_template_outside_the_window(make_desk: Any) -> None:
    """F6: sent once by the postman, recorded with WeChat's number."""
    desk = await make_desk()
    customer, _ = await told(desk, "news:1")
    await desk.settled(lambda: desk.simulator.calls["message/template/send"] == 1)
    await desk.settled(lambda: desk.states() == {})
    assert [b.kind for b in customer.transcript][-1:] == ["template"]
    assert desk.store.run(lambda tx: tx.timers.coming(5)) == []


async def test_news_that_the_platform_refuses_are_left_to_the_clock(make_desk: Any) -> None:
    """F6: parked for the customer's next message, and a timer to say them elsewhere in the same commit."""
    desk = await make_desk()
    desk.simulator.faults.answer_code(40037, "message/template/send")
    customer, conversation = await told(desk, "news:1")
    await desk.settled(lambda: desk.states() == {"parked": 1})
    (timer,) = desk.store.run(lambda tx: tx.timers.coming(5))
    assert (timer.job, timer.conversation_id, timer.payload["notice"]) == (
        "tell_again",
        conversation,
        "news:1",
    )
    await customer.says("在吗")
    await desk.settled(lambda: desk.states() == {})
    said = [b.text for b in customer.transcript if b.author == "account"]
    assert sum("已有人负责" in text for text in said) == 1


async def test_news_that_the_customer_blocks_are_left_to_the_clock(make_desk: Any) -> None:
    """F6: WeChat takes them, and tells by an event that they did not arrive."""
    desk = await make_desk()
    desk.simulator.customer("王").blocks_templates = True
    await told(desk, "news:1")
    await desk.settled(lambda: desk.states() == {"undeliverable": 1})
    (timer,) = desk.store.run(lambda tx: tx.timers.coming(5))
    assert timer.job == "tell_again"
