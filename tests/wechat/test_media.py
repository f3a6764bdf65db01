"""Files that customers send: fetched while WeChat keeps them (A2: three days)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.channels.protocol import MediaGone, TryLater
from bot.messages import Attachment

Make = Callable[..., Any]


async def fetched(rig: Any, attachment: Attachment) -> bytes:
    return b"".join([chunk async for chunk in rig.channel.fetch(attachment)])


async def test_a_photo_and_a_voice_are_fetched(make_rig: Make) -> None:
    rig = await make_rig(served=True)
    await rig.customer().sends_photo(b"\xff\xd8" + b"x" * 100_000)
    await rig.customer().sends_voice(None, b"#!AMR voice")
    photo, voice = (one.attachments[0] for one in rig.desk.received)
    assert await fetched(rig, photo) == b"\xff\xd8" + b"x" * 100_000
    assert await fetched(rig, voice) == b"#!AMR voice"


async def test_a_video_is_fetched_from_where_wechat_says(make_rig: Make) -> None:
    """media/get answers JSON with the address for a video."""
    rig = await make_rig(served=True)
    await rig.customer().sends_video(b"mp4 mp4")
    assert await fetched(rig, rig.desk.received[0].attachments[0]) == b"mp4 mp4"


async def test_media_older_than_three_days_is_gone(make_rig: Make, clock: Any) -> None:
    rig = await make_rig(served=True)
    await rig.customer().sends_photo()
    clock.forward(days=3, seconds=1)
    with pytest.raises(MediaGone):
        await fetched(rig, rig.desk.received[0].attachments[0])


async def test_an_unknown_media_id_is_gone(make_rig: Make) -> None:
    rig = await make_rig(served=True)
    with pytest.raises(MediaGone):
        await fetched(rig, Attachment("photo", "never"))


async def test_media_over_the_limit_is_gone(make_rig: Make) -> None:
    rig = await make_rig(served=True, max_media_bytes=1000)
    await rig.customer().sends_photo(b"x" * 1001)
    with pytest.raises(MediaGone, match="larger"):
        await fetched(rig, rig.desk.received[0].attachments[0])


async def test_a_refused_token_is_replaced_on_the_way(make_rig: Make) -> None:
    rig = await make_rig(served=True)
    await rig.customer().sends_photo(b"one")
    photo = rig.desk.received[0].attachments[0]
    assert await fetched(rig, photo) == b"one"
    rig.simulator.tokens.expire()
    assert await fetched(rig, photo) == b"one"
    assert rig.simulator.calls["stable_token"] == 2


@pytest.mark.parametrize("code", [-1, 45009, 40001])
async def test_a_problem_that_passes_is_tried_later(make_rig: Make, code: int) -> None:
    rig = await make_rig(served=True)
    await rig.customer().sends_photo()
    rig.simulator.faults.answer_code(code, "media/get", times=5)
    with pytest.raises(TryLater):
        await fetched(rig, rig.desk.received[0].attachments[0])


async def test_no_answer_is_tried_later(make_rig: Make) -> None:
    rig = await make_rig(served=True, api_seconds=0.2)
    await rig.customer().sends_photo()
    rig.simulator.faults.drop_request("media/get")
    with pytest.raises(TryLater):
        await fetched(rig, rig.desk.received[0].attachments[0])


async def test_a_gateway_error_is_tried_later(make_rig: Make) -> None:
    rig = await make_rig(served=True)
    await rig.customer().sends_photo()
    rig.simulator.faults.answer_status(502, "media/get")
    with pytest.raises(TryLater, match="502"):
        await fetched(rig, rig.desk.received[0].attachments[0])
