"""Pictures of ours on WeChat: uploaded, then sent; an upload may be repeated, a message not (A1, E9, I2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.channels.protocol import OutcomeUnknown, Picture, Refused, TryLater, WindowClosed
from bot.messages import Address, Button, Enclosed, Reply
from bot.sheet.links import PREFIX
from storage import StoreProblem

Make = Callable[..., Any]
ADDRESS = f"{PREFIX}SR-202603020001.zh.20260401.abc.png"
PNG = b"\x89PNG\r\n\x1a\n a sheet"
SHEET = Reply("这是服务单。", buttons=(Button("好", "/affirm"),), image=ADDRESS)


async def drawn(address: str) -> Picture | None:
    return Picture("SR-202603020001.png", "image/png", PNG) if address == ADDRESS else None


async def open_chat(make_rig: Make, **more: Any) -> tuple[Any, Any]:
    """A rig on a port and a customer who has just written."""
    rig = await make_rig(served=True, pictures=drawn, **more)
    customer = rig.customer()
    rig.wrote(customer)
    return rig, customer


def seen(customer: Any) -> list[tuple[str, str]]:
    return [(b.kind, b.text) for b in customer.transcript if b.author == "account"]


async def test_the_picture_comes_before_its_words(make_rig: Make) -> None:
    """E9: two messages of the window's five."""
    rig, customer = await open_chat(make_rig)
    await rig.channel.send(rig.delivery(customer, SHEET))
    assert seen(customer) == [("image", ""), ("menu", "这是服务单。")]
    media = rig.simulator.media.get(customer.transcript[-2].media)
    assert (media.content, media.mime) == (PNG, "image/png")
    assert rig.ledger.windows[Address("wechat", rig.channel.account, customer.openid)].left == 3


async def test_an_upload_is_repeated_and_nothing_is_shown_twice(make_rig: Make) -> None:
    """I2: the upload got no answer; then the words failed once; the picture is sent once."""
    rig, customer = await open_chat(make_rig, api_seconds=0.3)
    rig.simulator.faults.drop_request("media/upload")
    with pytest.raises(TryLater):
        await rig.channel.send(rig.delivery(customer, SHEET))
    assert seen(customer) == []
    rig.simulator.faults.delay(0, "message/custom/send")
    rig.simulator.faults.answer_code(-1)
    with pytest.raises(TryLater):
        await rig.channel.send(rig.delivery(customer, SHEET))
    await rig.channel.send(rig.delivery(customer, SHEET))
    assert [kind for kind, _ in seen(customer)] == ["image", "menu"]
    assert rig.simulator.calls["media/upload"] == 2


async def test_a_send_without_an_answer_is_not_repeated(make_rig: Make) -> None:
    """I2: whether the picture was shown is not known."""
    rig, customer = await open_chat(make_rig, api_seconds=0.3)
    rig.simulator.faults.lose_answer("message/custom/send")
    with pytest.raises(OutcomeUnknown):
        await rig.channel.send(rig.delivery(customer, SHEET))
    assert [kind for kind, _ in seen(customer)] == ["image"]


async def test_a_refused_picture_is_told_by_its_address(make_rig: Make) -> None:
    """A1: degrades to words."""
    rig, customer = await open_chat(make_rig, public_url="https://desk.example.com")
    rig.simulator.faults.answer_code(45001, "media/upload")
    await rig.channel.send(rig.delivery(customer, SHEET))
    ((kind, text),) = seen(customer)
    assert kind == "menu"
    assert f"https://desk.example.com{ADDRESS}" in text


async def test_a_refused_menu_is_sent_as_text_behind_the_picture(make_rig: Make) -> None:
    rig, customer = await open_chat(make_rig)
    many = tuple(Button("好" * 60, f"/c{n}") for n in range(3))
    await rig.channel.send(rig.delivery(customer, Reply("选", buttons=many, image=ADDRESS)))
    assert [kind for kind, _ in seen(customer)] == ["image", "text"]


async def test_a_closed_window_takes_no_picture(make_rig: Make) -> None:
    rig = await make_rig(served=True, pictures=drawn)
    with pytest.raises(WindowClosed):
        await rig.channel.send(rig.delivery(rig.customer(), SHEET))
    assert seen(rig.customer()) == []


async def test_a_database_that_is_away_delays_the_picture(make_rig: Make) -> None:
    """I1: nothing is sent without it."""

    async def away(address: str) -> Picture | None:
        raise StoreProblem("away")

    rig = await make_rig(served=True, pictures=away)
    customer = rig.customer()
    rig.wrote(customer)
    with pytest.raises(TryLater):
        await rig.channel.send(rig.delivery(customer, SHEET))
    assert seen(customer) == []


async def test_the_passive_reply_leaves_the_picture_to_the_postman(make_rig: Make) -> None:
    """A1: a text answer cannot carry it."""
    rig = await make_rig(served=True, pictures=drawn, answer=lambda _: [Reply("先说一句"), SHEET])
    customer = rig.customer()
    await customer.says("服务单")
    assert seen(customer) == [("text", "先说一句")]


async def test_a_file_is_told_by_its_address(make_rig: Make) -> None:
    """G2: accounts cannot send files; with words, in one message; without an address of ours, not at all."""
    rig, customer = await open_chat(make_rig, public_url="https://desk.example.com")
    reply = Reply("请看", file=Enclosed("/sent/a.20260401.0", "报价 单.pdf"))
    await rig.channel.send(rig.delivery(customer, reply))
    assert seen(customer) == [
        ("text", "请看\n\n文件：报价 单.pdf\nhttps://desk.example.com/sent/a.20260401.0")
    ]
    assert (rig.channel.takes("photo"), rig.channel.takes("document")) == ("file", "link")
    rig.channel._public_url = None
    assert rig.channel.takes("voice") is None
    with pytest.raises(Refused):
        await rig.channel.send(rig.delivery(customer, Reply(file=reply.file), seq=3))


async def test_a_large_picture_has_more_time(make_rig: Make) -> None:
    """G2: an upload lasts as its size needs, a call does not."""

    async def large(address: str) -> Picture | None:
        return Picture("a.png", "image/png", PNG + bytes(400_000))

    rig = await make_rig(served=True, pictures=large, api_seconds=0.2)
    customer = rig.customer()
    rig.wrote(customer)
    rig.simulator.faults.delay(0.4, "media/upload")
    await rig.channel.send(rig.delivery(customer, Reply(image=ADDRESS)))
    assert seen(customer) == [("image", "")]
