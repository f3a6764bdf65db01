"""Agents in a Telegram group: a topic for each conversation, the same one that the console shows (G3)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.channels.telegram import TelegramChannel
from bot.simulators.telegram import TelegramSimulator
from handlers import ownership
from storage import Store
from tests.conftest import Clock
from tests.telegram.floor import Floor


@pytest.fixture
def floor(
    store: Store,
    clock: Clock,
    platform: TelegramSimulator,
    make_channel: Callable[..., TelegramChannel],
    tmp_path: Path,
) -> Floor:
    """A group with its desk."""
    return Floor(store, clock, platform, platform.group("客服"), make_channel(), tmp_path)


async def test_a_conversation_becomes_a_topic_and_a_reply_reaches_the_customer(floor: Floor) -> None:
    """G3: history in the pinned summary, then every message; the first reply takes it, on any channel."""
    li, talk = floor.agent("li.na", shown="李娜"), floor.customer("王芳")
    floor.says(talk, "冰箱不制冷")
    await floor.settle()
    assert not floor.group.topics
    floor.asks(talk)
    floor.says(talk, "有人吗")
    floor.says(talk, "等很久了")
    await floor.settle()
    assert floor.name(talk).startswith("🟡 待接入 · 王芳")
    assert "冰箱不制冷" in floor.card(talk)
    assert "微信" in floor.card(talk)
    li.says("您好，我来处理", floor.thread(talk))
    await floor.settle()
    assert floor.outgoing(talk) == ["您好，我来处理"]
    assert floor.woken == ["wechat", "wechat"]
    assert floor.owner(talk)[0] == "agent"
    assert floor.name(talk).startswith("🟢 李娜")
    floor.says(talk, "好的")
    await floor.settle()
    assert floor.texts(talk)[-1] == "👤: 好的"
    assert [text for text in floor.texts(talk) if "您好" in text] == ["您好，我来处理"]  # no echo
    assert len(floor.group.topics) == 1


async def test_a_repeated_update_is_one_reply(floor: Floor) -> None:
    """G3: exactly once for each message of the group."""
    li, talk = floor.agent("li.na"), floor.customer()
    floor.asks(talk)
    await floor.settle()
    li.says("您好", floor.thread(talk))
    await floor.settle()
    floor.taken.clear()
    await floor.settle()
    assert floor.outgoing(talk) == ["您好"]


async def test_what_is_said_elsewhere_is_shown_and_the_end_closes_the_topic(floor: Floor) -> None:
    """G3: replies from the console stand in the topic; resolved, it is closed, and opened again."""
    talk, user = floor.customer(), floor.user("zhao", shown="赵敏")
    floor.asks(talk)
    await floor.settle()
    floor.moves(talk, "take", ownership.Mover("agent", user.id))
    floor.moves(talk, "resolve", ownership.Mover("agent", user.id))
    await floor.settle()
    topic = floor.group.topics[floor.thread(talk)]
    assert topic.closed
    assert topic.name.startswith("✅ 已解决")
    assert "赵敏 接入了会话" in "\n".join(floor.texts(talk))
    floor.says(talk, "又坏了")
    floor.asks(talk)
    await floor.settle()
    assert not topic.closed
    assert "又坏了" in floor.texts(talk)[-1]
    assert len(floor.group.topics) == 1
