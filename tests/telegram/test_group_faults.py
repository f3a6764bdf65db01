"""What goes wrong around the agents' group: limits, rights, deleted topics, processes that die (G3)."""

from __future__ import annotations

import asyncio

import pytest

from bot.simulators.telegram import Fail, Limits, LoseAnswer
from bot.simulators.telegram.limits import FloodControl
from tests.telegram.floor import Floor

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_twenty_a_minute_hold_for_a_busy_group(floor: Floor) -> None:
    """G3: what five customers write within the group's limit, nothing refused, lost, doubled or swapped."""
    floor.platform.flood = FloodControl(Limits(chat_burst=20), floor.clock)
    talks = [floor.customer(f"客户{number}", f"open{number}") for number in range(5)]
    for talk in talks:
        floor.asks(talk)
    await floor.settle(5)
    for number in range(4):
        for talk in talks:
            floor.says(talk, f"第{number}句")
        await floor.settle(2)
    await floor.settle(75)
    wanted = [f"👤: 第{number}句" for number in range(4)]
    for talk in talks:
        assert "\n".join(floor.texts(talk)).split("\n") == wanted
    assert floor.desk.postman.trouble is None


async def test_retry_after_is_obeyed_and_nothing_is_said_twice(floor: Floor) -> None:
    """G3: 429 for the group: the desk waits as long as it is told, then says it once."""
    talk = floor.customer()
    floor.asks(talk)
    await floor.settle()
    floor.platform.faults.next("sendMessage", Fail(429, "Too Many Requests", retry_after=7))
    floor.says(talk, "喂")
    await floor.settle(6)
    assert floor.texts(talk) == []
    await floor.settle(3)
    assert floor.texts(talk) == ["👤: 喂"]


async def test_a_topic_deleted_by_hand_is_made_again(floor: Floor) -> None:
    """G3: the conversation goes on in a new topic, with all of it in the summary."""
    talk = floor.customer("王芳")
    floor.asks(talk)
    await floor.settle()
    old = floor.thread(talk)
    del floor.group.topics[old]
    floor.says(talk, "冰箱不制冷")
    await floor.settle()
    assert floor.thread(talk) != old
    assert "冰箱不制冷" in floor.card(talk) + "\n".join(floor.texts(talk))


@pytest.mark.parametrize("missing", ["kicked", "rights", "forum", "gone"])
async def test_without_the_group_the_desk_says_why_and_catches_up(floor: Floor, missing: str) -> None:
    """G3: bot removed, no administrator, no topics, group deleted: a clear word, then everything in order."""
    talk = floor.customer()
    floor.asks(talk)
    await floor.settle()
    rights, floor.group.rights = floor.group.rights, floor.group.rights if missing != "rights" else set()
    floor.group.blocked, floor.group.gone = missing == "kicked", missing == "gone"
    floor.group.forum = missing != "forum"
    floor.desk.postman.recheck()
    floor.says(talk, "一")
    floor.says(talk, "二")
    await floor.settle(3)
    said = {"kicked": "add it", "rights": "no administrator", "forum": "Topics on", "gone": "add it"}
    assert said[missing] in (floor.desk.postman.trouble or "")
    floor.group.rights, floor.group.blocked, floor.group.gone = rights, False, False
    floor.group.forum = True
    await floor.settle(61)
    assert floor.desk.postman.trouble is None
    assert floor.texts(talk) == ["👤: 一\n👤: 二"]


async def test_a_process_that_dies_while_making_a_topic_leaves_one_in_use(floor: Floor) -> None:
    """G3: the second topic is used; who writes in the first is told so, and it is closed."""
    li, talk = floor.agent("li.na"), floor.customer("王芳")
    floor.asks(talk)
    floor.platform.faults.next("createForumTopic", LoseAnswer(5))
    await floor.desk.postman.step()
    dying = asyncio.create_task(floor.desk.postman.step())
    while not floor.group.topics:  # noqa: ASYNC110 - the platform has no event for it
        await asyncio.sleep(0.01)
    dying.cancel()
    floor.opens()
    await floor.settle()
    first, second = floor.group.topics
    assert floor.thread(talk) == second
    li.says("您好", first)
    await floor.settle()
    assert floor.group.topics[first].closed
    assert "没有在使用" in floor.group.texts(first)[-1]
    assert floor.outgoing(talk) == []
    li.says("您好", second)
    await floor.settle()
    assert floor.outgoing(talk) == ["您好"]


async def test_words_that_may_have_been_said_come_again_with_a_mark(floor: Floor) -> None:
    """G3: no customer's word is missed, and a repetition does not look like a new one."""
    talk = floor.customer()
    floor.asks(talk)
    await floor.settle()
    floor.platform.faults.next("sendMessage", Fail(504, "Gateway Timeout"))
    floor.says(talk, "喂")
    await floor.settle(4)
    assert floor.texts(talk) == ["↻ 以下内容可能已经显示过\n👤: 喂"]


async def test_words_that_telegram_refuses_do_not_stop_what_follows(floor: Floor) -> None:
    """G3: one message that is refused for good is passed over."""
    talk = floor.customer()
    floor.asks(talk)
    await floor.settle()
    floor.platform.faults.next("sendMessage", Fail(400, "Bad Request: strange"))
    floor.says(talk, "一")
    await floor.settle()
    floor.says(talk, "二")
    await floor.settle()
    assert floor.texts(talk) == ["👤: 二"]
