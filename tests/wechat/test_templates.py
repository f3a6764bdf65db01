"""Template messages of the WeChat channel, against a platform that knows their rules (F6)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bot.channels.protocol import DeliveryProblem, OutcomeUnknown, TryLater, Unreachable, WindowClosed
from bot.messages import Address, Reply

Make = Callable[..., Any]
DATA = {"character_string1": {"value": "SR-202603020001"}, "thing2": {"value": "洗衣机 故障报修"}}
CARD = {"template_id": "TPL-1", "data": DATA}
NEWS = Reply("有人负责了", custom={"template": CARD})


async def outside(make_rig: Make, **more: Any) -> tuple[Any, Any]:
    """A rig on a port, with one template, and a customer whose window is closed."""
    rig = await make_rig(served=True, **more)
    rig.simulator.templates.known = {"TPL-1": ("character_string1", "thing2")}
    return rig, rig.customer()


async def test_outside_the_window_the_template_goes(make_rig: Make) -> None:
    """F6: it costs nothing of the window's quota, and WeChat's number of it is kept."""
    rig, customer = await outside(make_rig)
    msgid = await rig.channel.send(rig.delivery(customer, NEWS))
    (bubble,) = customer.transcript
    assert (bubble.kind, bubble.via) == ("template", "template")
    assert bubble.text == "character_string1: SR-202603020001\nthing2: 洗衣机 故障报修"
    assert msgid is not None
    assert msgid.isdigit()


async def test_in_the_window_the_words_go(make_rig: Make) -> None:
    """F6: a customer who wrote between the decision and the sending gets the whole text."""
    rig, customer = await outside(make_rig)
    rig.wrote(customer)
    await rig.channel.send(rig.delivery(customer, NEWS))
    assert [(bubble.kind, bubble.text) for bubble in customer.transcript] == [("text", "有人负责了")]
    assert rig.simulator.calls["message/template/send"] == 0


async def test_a_window_that_closed_unnoticed(make_rig: Make) -> None:
    """F6: WeChat says 45015, and the template goes at once."""
    rig, customer = await outside(make_rig)
    rig.wrote(customer)
    rig.simulator.faults.answer_code(45015)
    await rig.channel.send(rig.delivery(customer, NEWS))
    assert [bubble.kind for bubble in customer.transcript] == ["template"]


@pytest.mark.parametrize(
    ("code", "problem", "account_wide"),
    [
        (40037, WindowClosed, False), (47003, WindowClosed, False), (43101, WindowClosed, False),
        (45009, WindowClosed, False), (48001, WindowClosed, False), (43004, Unreachable, False),
        (43019, Unreachable, False), (-1, TryLater, False), (45011, TryLater, True), (50002, TryLater, True),
    ],
)  # fmt: skip
async def test_what_the_platform_refuses(
    make_rig: Make, code: int, problem: type[DeliveryProblem], account_wide: bool
) -> None:
    """F6: what only templates are refused for holds up no customer's replies."""
    rig, customer = await outside(make_rig)
    rig.simulator.faults.answer_code(code, "message/template/send")
    with pytest.raises(problem) as found:
        await rig.channel.send(rig.delivery(customer, NEWS))
    assert getattr(found.value, "account_wide", False) == account_wide
    assert customer.transcript == []


async def test_the_platforms_own_rules(make_rig: Make) -> None:
    """F6: unknown templates, other keywords, forms, too much, no follower, a day's quota."""
    rig, customer = await outside(make_rig)

    async def refused(**changes: Any) -> str:
        card = {**CARD, **changes}
        with pytest.raises(DeliveryProblem) as found:
            await rig.channel.send(rig.delivery(customer, Reply("x", custom={"template": card})))
        return str(found.value)[:5]

    assert await refused(template_id="TPL-2") == "40037"
    assert await refused(data={"thing2": DATA["thing2"]}) == "47003"
    assert await refused(data={**DATA, "thing2": {"value": "长" * 21}}) == "47003"
    assert await refused(data={**DATA, "character_string1": {"value": "工单"}}) == "47003"
    rig.simulator.templates.per_day = 0
    assert await refused() == "45009"
    customer.following = False
    assert await refused() == "43004"


async def test_a_lost_answer_is_not_repeated(make_rig: Make) -> None:
    """F6, I2: delivered, then silence; the same key sent again would be shown once."""
    rig, customer = await outside(make_rig, api_seconds=0.3)
    rig.simulator.faults.lose_answer("message/template/send")
    with pytest.raises(OutcomeUnknown):
        await rig.channel.send(rig.delivery(customer, NEWS))
    await rig.channel.send(rig.delivery(customer, NEWS))
    assert len(customer.transcript) == 1


async def test_an_event_tells_that_it_did_not_arrive(make_rig: Make) -> None:
    """F6: the customer blocks templates, which only TEMPLATESENDJOBFINISH says."""
    rig, customer = await outside(make_rig)
    customer.blocks_templates = True
    msgid = await rig.channel.send(rig.delivery(customer, NEWS))
    async with asyncio.timeout(5):
        while not rig.desk.losses:  # noqa: ASYNC110  a test's poll
            await asyncio.sleep(0.005)
    place = Address("wechat", rig.channel.account, customer.openid)
    assert rig.desk.losses == [(place, msgid, "WeChat says failed:user block")]
    assert customer.transcript == []
