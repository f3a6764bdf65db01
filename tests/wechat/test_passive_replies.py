"""Five seconds, three tries, one reply: passive replies and what happens when they are late (I2)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bot.messages import Button, Reply
from bot.simulators.wechat.posting import into_app

Make = Callable[..., Any]


async def settled(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110  a test's poll
            await asyncio.sleep(0.005)


async def test_all_replies_of_a_turn_come_in_one_passive_reply(make_rig: Make) -> None:
    """A1: several texts merged, buttons numbered, the request's language of words."""
    replies = [Reply("一"), Reply("选哪个？", buttons=(Button("冰箱", "/a"), Button("空调", "/b")))]
    rig = await make_rig(answer=lambda inbound: replies)
    (bubble,) = await rig.customer().says("你好")
    assert bubble.text == "一\n\n选哪个？\n\n1. 冰箱\n2. 空调\n回复数字选择"
    assert len(rig.desk.handed) == 2


async def test_nothing_to_say_is_success(make_rig: Make) -> None:
    rig = await make_rig(answer=lambda inbound: ())
    assert await rig.customer().says("你好") == []
    assert rig.simulator.problems == []


async def test_a_picture_is_its_address(make_rig: Make) -> None:
    """A1: a passive picture would need a media id."""
    rig = await make_rig(
        answer=lambda inbound: [Reply("看图", image="/media/x.png")], public_url="https://desk.example.com/"
    )
    (bubble,) = await rig.customer().says("怎么装")
    assert bubble.text == "看图\n\n图片：https://desk.example.com/media/x.png"


async def test_what_does_not_fit_goes_by_customer_service_message(make_rig: Make) -> None:
    """A1: 2048 bytes of UTF-8 in one passive reply, the rest to the postman, in order."""
    replies = [Reply("甲" * 400), Reply("乙" * 400), Reply("丙")]
    rig = await make_rig(answer=lambda inbound: replies)
    (bubble,) = await rig.customer().says("你好")
    assert bubble.text == "甲" * 400
    assert [one.reply.text[0] for one in rig.desk.released] == ["乙", "丙"]


async def test_a_single_reply_that_does_not_fit_is_left_to_the_postman(make_rig: Make) -> None:
    rig = await make_rig(answer=lambda inbound: [Reply("甲" * 700)])
    assert await rig.customer().says("你好") == []
    assert rig.simulator.problems == []
    assert len(rig.desk.released) == 1


async def test_two_sets_of_choices_do_not_share_a_bubble(make_rig: Make) -> None:
    """C10: a number must mean one thing."""
    two = [Reply("a", buttons=(Button("x", "/x"),)), Reply("b", buttons=(Button("y", "/y"),))]
    rig = await make_rig(answer=lambda inbound: two)
    (bubble,) = await rig.customer().says("你好")
    assert "y" not in bubble.text
    assert [one.reply.text for one in rig.desk.released] == ["b"]


async def test_a_late_turn_is_success_and_goes_to_the_postman(make_rig: Make) -> None:
    """I1, I2: not ready in time, durable before WeChat hangs up."""
    rig = await make_rig(passive_seconds=0.05, patience=2.0)
    rig.desk.gate.clear()
    says = asyncio.create_task(rig.customer().says("你好"))
    await asyncio.sleep(0.15)
    assert not says.done(), "success before the message is durable"
    rig.desk.gate.set()
    assert await says == []
    assert rig.simulator.pusher.attempts == 1
    assert [one.reply.text for one in rig.desk.released] == ["收到：你好"]
    assert rig.desk.handed == []


async def test_the_retry_joins_the_turn_still_at_work(make_rig: Make) -> None:
    """I2: WeChat hung up; its second try, with the same MsgId, carries the reply; it is not sent twice."""
    rig = await make_rig(passive_seconds=0.5, patience=0.6)
    rig.desk.gate.clear()
    says = asyncio.create_task(rig.customer().says("你好"))
    await settled(lambda: rig.desk.arrived == 2)
    rig.desk.gate.set()
    bubbles = await says
    assert [b.text for b in bubbles] == ["收到：你好"]
    assert rig.simulator.pusher.attempts == 2
    assert len(rig.desk.received) == 1
    assert rig.desk.released == [], "also given to the postman"


async def test_three_tries_of_a_turn_that_never_ends_show_wechats_words(make_rig: Make) -> None:
    """I1: nothing durable, nothing acknowledged."""
    rig = await make_rig(passive_seconds=0.05, patience=0.1)
    rig.desk.gate.clear()
    (bubble,) = await rig.customer().says("你好")
    assert bubble.kind == "failure"
    assert rig.simulator.pusher.attempts == 3
    rig.desk.gate.set()
    await settled(lambda: bool(rig.desk.received))


async def test_a_reply_wechat_did_not_wait_for_is_carried_by_its_next_try(make_rig: Make) -> None:
    """I2: the connection closed after the turn, before our answer; the replies stay held."""
    rig = await make_rig(passive_seconds=5, patience=0.2)
    rig.desk.gate.clear()
    says = asyncio.create_task(rig.customer().says("你好"))
    await settled(lambda: rig.desk.arrived == 2)
    rig.desk.gate.set()
    assert [b.text for b in await says] == ["收到：你好"]
    assert len(rig.desk.handed) == 1
    assert rig.desk.released == []


async def test_a_retry_after_the_postman_took_over_is_success(make_rig: Make) -> None:
    """I2: never both ways."""
    rig = await make_rig(passive_seconds=0.05, patience=2.0)
    rig.desk.gate.clear()
    says = asyncio.create_task(rig.customer().says("你好"))
    await asyncio.sleep(0.1)
    rig.desk.gate.set()
    await says
    assert await rig.customer().repeats_last_push() == []
    assert rig.desk.handed == []
    assert len(rig.desk.released) == 1


async def test_parallel_copies_of_one_push_get_the_same_reply(make_rig: Make) -> None:
    """I2: a duplicate at the same moment."""
    rig = await make_rig("plain")
    query, body = rig.simulator.pusher.sealed(
        "<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName>"
        "<CreateTime>1772424000</CreateTime><MsgType>text</MsgType><Content>hi</Content><MsgId>9</MsgId></xml>"
    )
    post = into_app(rig.app)
    answers = await asyncio.gather(*(post(query, body) for _ in range(5)))
    assert len({answer.body for answer in answers}) == 1
    assert "收到：hi".encode() in answers[0].body
    assert len(rig.desk.received) == 1


async def test_english_customers_get_english_hints(make_rig: Make) -> None:
    from bot.channels.wechat.outgoing import as_text

    reply = Reply("Which one?", buttons=(Button("Fridge", "/a"),))
    assert as_text(reply, "en").endswith("1. Fridge\nReply with a number to choose")
