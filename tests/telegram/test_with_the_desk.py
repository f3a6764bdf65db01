"""The channel with the real front desk, store and postman, in both modes and on both databases (I1, I2)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from bot.channels.telegram import TelegramChannel
from bot.delays import Delays
from bot.dialogue import Heard, Outcome
from bot.front import FrontDesk
from bot.messages import Button, Delivery, Reply
from bot.postman import Patience, Postman
from bot.simulators.telegram import Customer, Fail, LoseAnswer, TelegramSimulator
from bot.spool import Spool
from bot.turns import Turns
from nlu.understanding import Understanding
from storage import Store
from tests.conftest import NOON, Clock

SECRET = "hush-hush_1"
Eventually = Callable[[Callable[[], Any]], Awaitable[None]]


class Dialogue:
    """Asks whether it understood; `answer` may be replaced."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.answer: Callable[[Heard], Iterable[Reply]] = lambda heard: [
            Reply(f"收到：{heard.text or heard.payload}", (Button("对", "/affirm"), Button("不对", "/deny")))
        ]

    def take(self, heard: Heard, state: dict[str, Any], desk: Any) -> Outcome:
        self.heard.append(heard)
        return Outcome(state, tuple(self.answer(heard)))


class Understands:
    """Understands everything as the same."""

    interpreter = SimpleNamespace(settle=lambda text, context: None)

    async def parse(self, text: str, context: Any) -> Understanding:
        return Understanding(text, "report_fault", 1.0)


class World:
    """A desk behind one bot of the simulated platform."""

    def __init__(self, store: Store, clock: Clock, folder: Path) -> None:
        self.store = store
        self.dialogue = Dialogue()
        self.postman = Postman(store, Patience(attempts=3, backoff=0.05), clock, Random(1), holder="this")
        understander: Any = Understands()
        delays = Delays(Spool(folder / "spool.jsonl"), {"zh": "稍后"}, lambda delivery: None)
        nothing: Any = lambda *arguments: SimpleNamespace(opened=[])  # noqa: E731
        turns = Turns(self.dialogue, nothing)  # type: ignore[arg-type]
        self.front = FrontDesk(store, turns, understander, self.postman, nothing, clock, delays)

    @property
    def states(self) -> dict[str, int]:
        """How many outbox rows are in each state that is not the end."""
        return {
            state: count for state, count in self.store.run(lambda tx: tx.outbox.counts()).items() if count
        }

    def wanted(self) -> int:
        """How many files wait to be fetched."""
        return len(self.store.run(lambda tx: tx.attachments.wanted(NOON)))


@pytest.fixture
async def world(store: Store, clock: Clock, tmp_path: Path) -> World:
    return World(store, clock, tmp_path)


@pytest.fixture(params=["polling", "webhook"])
async def running(
    request: pytest.FixtureRequest, world: World, make_channel: Callable[..., TelegramChannel],
    serving: Any, platform: TelegramSimulator,
) -> AsyncIterator[TelegramChannel]:  # fmt: skip
    """The channel receiving in one of its modes, the postman delivering."""
    channel = make_channel(mode=request.param, secret=SECRET)
    async with AsyncExitStack() as stack:
        if request.param == "webhook":
            address = await stack.enter_async_context(serving(channel.router(world.front)))
            platform.courier.set(f"{address}/webhooks/telegram", SECRET, 40)
            stack.push_async_callback(platform.courier.stop)
        world.postman.start([channel])
        await channel.start(world.front)
        yield channel
        await world.postman.stop()


@pytest.mark.usefixtures("running")
async def test_a_conversation(
    world: World, platform: TelegramSimulator, customer: Customer, eventually: Eventually
) -> None:
    customer.says("冰箱不制冷")
    await customer.hears(1)
    customer.taps("不对")
    await customer.hears(2)
    customer.says("/report")
    await customer.hears(3)
    assert [message["text"] for message in customer.heard] == [
        "收到：冰箱不制冷\n\n✓ 不对", "收到：/deny", "收到：/report_fault",
    ]  # fmt: skip
    assert [(heard.payload, heard.stale_choice) for heard in world.dialogue.heard] == [
        (None, False), ("/deny", False), ("/report_fault", False),
    ]  # fmt: skip
    await eventually(lambda: not platform.inbox.waiting and not platform.queries)
    await eventually(lambda: world.states.keys() <= {"sent"})


@pytest.mark.usefixtures("running")
async def test_a_repeated_update_is_answered_once(
    world: World, platform: TelegramSimulator, customer: Customer, eventually: Eventually
) -> None:
    """T2, T10."""
    platform.faults.repeat_updates(2)
    customer.says("一次")
    customer.says("两次")
    await customer.hears(2)
    await eventually(lambda: not platform.inbox.waiting)
    assert [heard.text for heard in world.dialogue.heard] == ["一次", "两次"]
    assert [message["text"] for message in customer.heard] == ["收到：一次", "收到：两次"]


@pytest.mark.usefixtures("running")
async def test_a_stale_button_is_known_as_one(world: World, customer: Customer) -> None:
    customer.says("一")
    first = (await customer.hears(1))[0]
    customer.says("二")
    await customer.hears(2)
    customer.taps("对", first["message_id"])
    await customer.hears(3)
    assert world.dialogue.heard[-1].stale_choice
    assert world.dialogue.heard[-1].payload == "/affirm"


@pytest.mark.usefixtures("running")
async def test_nothing_is_said_to_who_blocked_us_until_they_write_again(
    world: World, customer: Customer, eventually: Eventually
) -> None:
    customer.says("一")
    await customer.hears(1)
    customer.blocks()
    await eventually(lambda: world.dialogue.heard[-1].event == "blocked")
    customer.says("我回来了")
    await eventually(lambda: any("我回来了" in message["text"] for message in customer.heard))


@pytest.mark.usefixtures("running")
async def test_a_send_without_answer_is_shown_and_not_repeated(
    world: World, platform: TelegramSimulator, customer: Customer, eventually: Eventually
) -> None:
    """T10: an unknown outcome is shown as such."""
    platform.faults.next("sendMessage", LoseAnswer(0.05))  # then 504
    customer.says("一")
    await eventually(lambda: world.states.get("unknown") == 1)
    customer.says("二")
    await customer.hears(2)
    await eventually(lambda: world.states.keys() <= {"sent", "unknown"})
    assert [message["text"] for message in customer.heard] == ["收到：一", "收到：二"]


@pytest.mark.usefixtures("running")
async def test_a_refused_reply_does_not_hold_up_the_next(
    world: World, platform: TelegramSimulator, customer: Customer, eventually: Eventually
) -> None:
    platform.faults.next("sendMessage", Fail(400, "Bad Request: BUTTON_DATA_INVALID"))
    customer.says("一")
    await eventually(lambda: world.states.get("undeliverable") == 1)
    customer.says("二")
    assert (await customer.hears(1))[0]["text"] == "收到：二"


@pytest.mark.usefixtures("running")
async def test_an_edit_and_an_album_belong_to_what_came_before(
    world: World, customer: Customer, eventually: Eventually
) -> None:
    customer.says("昨天开始的")
    customer.edits("前天开始的")
    customer.sends_photo(caption="铭牌", album="7")
    customer.sends_photo(album="7")
    await eventually(lambda: len(world.dialogue.heard) == 4)
    assert [heard.edited for heard in world.dialogue.heard] == [False, True, False, False]
    assert [heard.group_repeat for heard in world.dialogue.heard] == [False, False, False, True]
    assert world.dialogue.heard[2].attachment_kinds == ("photo",)
    await eventually(lambda: world.wanted() == 2)


def test_deliveries_are_what_the_channel_expects() -> None:
    """`Delivery` has what sending reads; a change there must show here."""
    assert {"id", "key", "address", "seq", "reply", "language"} <= set(Delivery.__dataclass_fields__)
