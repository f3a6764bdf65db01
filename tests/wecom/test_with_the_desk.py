"""The channel with the real front desk, store and postman (I1, I2, F6, G2)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.wechat import StoredLedger
from bot.channels.wecom.sessions import Sessions
from bot.messages import Button, Reply
from handlers.desk import Desk, Terms
from storage import Store
from storage.schema import messages
from tests.wechat.fronting import Dialogue, front_desk
from tests.wecom.conftest import ACCOUNT, Rig

PERSON = "转人工"
SIX = "六条"


class Hands(Dialogue):
    """Gives the conversation to a person who asks for one, and is silent while a person has it."""

    def take(self, heard: Any, state: dict[str, Any], desk: Any) -> Any:
        if desk.owner != "bot":
            self.answer = lambda heard: ()
        elif heard.text == PERSON:
            desk.hand_over()
            self.answer = lambda heard: [Reply("正在转接")]
        elif heard.text == SIX:
            self.answer = lambda heard: [Reply(f"{n}", (Button("好", "/affirm"),)) for n in range(6)]
        else:
            self.answer = lambda heard: [Reply(f"收到：{heard.text or heard.payload}")]
        return super().take(heard, state, desk)


class Whole:
    """A rig whose desk is the real one."""

    def __init__(self, rig: Rig, store: Store, folder: Path, transfers: bool) -> None:
        self.rig, self.store = rig, store
        self.dialogue = Hands()
        self.front, self.postman = front_desk(
            store, rig.clock, folder, self.dialogue,
            lambda tx, conversation, message_id, now: Desk(tx, conversation, None, Terms(), now, "m"),  # type: ignore[arg-type]
        )  # fmt: skip
        ledger = StoredLedger(store)
        rig.channel._ledger = rig.channel._parts._ledger = ledger
        rig.channel._sessions = Sessions(rig.api, store, ledger, transfers)

    async def start(self) -> None:
        self.postman.start([self.rig.channel])
        await self.rig.channel.start(self.front)

    def states(self) -> dict[str, int]:
        return self.store.run(lambda tx: tx.outbox.counts())

    async def until(self, condition: Any) -> None:
        async with asyncio.timeout(8):
            while not condition():  # noqa: ASYNC110 - a test's poll
                await asyncio.sleep(0.02)


@pytest.fixture
async def whole(make_rig: Any, sqlite_store: Store, tmp_path: Path) -> Any:
    made = Whole(await make_rig(), sqlite_store, tmp_path, transfers=True)
    await made.start()
    yield made
    await made.postman.stop()


def shown(customer: Any) -> list[str]:
    return [bubble.text for bubble in customer.transcript if bubble.author == "account"]


def said(whole: Whole, author: str) -> list[str]:
    """What is kept of what somebody said."""
    found = select(messages.c.body).where(messages.c.author == author).order_by(messages.c.seq)
    return [row.body["text"] for row in whole.store.run(lambda tx: tx.execute(found).all())]


async def test_a_burst_and_a_log_read_again(whole: Whole) -> None:
    """I2: each message is answered once and in order, even if the cursor were lost."""
    rig, customer = whole.rig, whole.rig.customer()
    for n in range(3):
        await customer.says(f"{n}")
        await rig.simulator.call(ACCOUNT)
    await whole.until(lambda: len(shown(customer)) == 3)
    await rig.store.transact(lambda tx: tx.cursors.move("wecom", ACCOUNT, "", rig.clock()))
    await customer.says("3")
    await whole.until(lambda: len(shown(customer)) == 4)
    assert shown(customer) == [f"收到：{n}" for n in range(4)]
    assert [heard.text for heard in whole.dialogue.heard] == ["0", "1", "2", "3"]


async def test_the_sixth_message_waits_for_the_customer(whole: Whole) -> None:
    """F6: parked, and delivered before anything else at the customer's next message."""
    customer = whole.rig.customer()
    await customer.says(SIX)
    await whole.until(lambda: whole.states() == {"parked": 1})
    assert shown(customer) == ["0", "1", "2", "3", "4"]
    await customer.says("好")
    await whole.until(lambda: len(shown(customer)) == 7)
    assert shown(customer)[5:] == ["5", "收到：好"]


async def test_what_did_not_arrive_is_shown_as_such(whole: Whole) -> None:
    """F6: WeCom took it and told later that the customer refused it."""
    customer = whole.rig.customer()
    customer.refuses = True
    await customer.says("您好")
    await whole.until(lambda: whole.states() == {"undeliverable": 1})
    (row,) = whole.store.run(lambda tx: tx.outbox.stuck())
    assert "the customer refused it" in str(row.reason)


async def test_to_a_person_in_wecom_and_back(whole: Whole) -> None:
    """G1, G2: asked for, the session goes to WeCom's queue; the bot is silent until the servicer ends it."""
    customer = whole.rig.customer()
    await customer.says(PERSON)
    await whole.until(lambda: customer.state == 2)
    assert shown(customer) == ["正在转接"]
    await customer.picked_up()
    await customer.says("冰箱还是不冷")
    await customer.told_by_servicer("明天上午来看看")
    await whole.until(lambda: len(whole.dialogue.heard) == 2)
    await customer.ended()
    await whole.rig.read_to(f"{ACCOUNT}/5")
    assert said(whole, "agent") == ["明天上午来看看"]
    await whole.rig.store.transact(lambda tx: tx.cursors.move("wecom", ACCOUNT, "", whole.rig.clock()))
    await customer.says("谢谢")
    await whole.until(lambda: len(shown(customer)) == 2)
    assert shown(customer) == ["正在转接", "收到：谢谢"]
    assert said(whole, "agent") == ["明天上午来看看"]


async def test_a_servicer_who_steps_in_is_not_talked_over(whole: Whole) -> None:
    """G2: whoever takes the session in WeCom has the conversation too; what was still to say waits."""
    rig, customer = whole.rig, whole.rig.customer()
    await customer.says("一")
    await whole.until(lambda: len(shown(customer)) == 1)
    customer.state = 3
    await customer.says("二")
    await whole.until(lambda: whole.states() == {"parked": 1})
    await customer.picked_up()
    await rig.read_to(f"{ACCOUNT}/3")
    await customer.says("三")
    await whole.until(lambda: len(whole.dialogue.heard) == 3)
    assert shown(customer) == ["收到：一"]
    await customer.ended()
    await rig.read_to(f"{ACCOUNT}/5")
    await customer.says("四")
    await whole.until(lambda: len(shown(customer)) == 3)
    assert shown(customer) == ["收到：一", "收到：二", "收到：四"]
