"""The webhook: authenticated, acknowledged only when durable, friendly to bad input (I1, I3)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot.channels.telegram import TelegramChannel
from bot.channels.testing import RecordingDesk
from bot.simulators.telegram import Customer, TelegramSimulator
from storage import StoreUnavailable

SECRET = "hush-hush_1"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
PATH = "/webhooks/telegram"
UPDATE = {
    "update_id": 1,
    "message": {
        "message_id": 1,
        "date": 1_772_000_000,
        "chat": {"id": 7, "type": "private"},
        "from": {"id": 7, "is_bot": False, "first_name": "Li"},
        "text": "冰箱不制冷",
    },
}
MakeChannel = Callable[..., TelegramChannel]
Eventually = Callable[[Callable[[], Any]], Awaitable[None]]


@pytest.fixture
async def telegram(make_channel: MakeChannel, desk: RecordingDesk) -> AsyncIterator[httpx.AsyncClient]:
    """Telegram's side of the webhook, with the right secret."""
    app = FastAPI()
    router = make_channel(mode="webhook", secret=SECRET).router(desk)
    assert router is not None
    app.include_router(router)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://desk", headers={HEADER: SECRET}
    ) as client:
        yield client


async def test_an_update_is_taken(telegram: httpx.AsyncClient, desk: RecordingDesk) -> None:
    answer = await telegram.post(PATH, json=UPDATE)
    assert answer.status_code == 200
    assert [one.text for one in desk.received] == ["冰箱不制冷"]


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], "ключ".encode()])
async def test_a_wrong_or_missing_secret_stores_nothing(
    secret: Any, telegram: httpx.AsyncClient, desk: RecordingDesk, counted: Counter[str]
) -> None:
    del telegram.headers[HEADER]
    headers = {} if secret is None else {HEADER: secret}
    answer = await telegram.post(PATH, json=UPDATE, headers=headers)
    assert answer.status_code == 401
    assert desk.received == []
    assert counted == {"telegram.wrong_secret": 1}
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b'{"update_id": "1"}', b"[" * 100_000,
     b'{"update_id": 1, "message": {"chat": "x"}}', b'{"update_id": 1, "message": 5}'],
)  # fmt: skip
async def test_malformed_updates_get_400_and_are_counted(
    body: bytes, telegram: httpx.AsyncClient, desk: RecordingDesk, counted: Counter[str]
) -> None:
    answer = await telegram.post(PATH, content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert "Traceback" not in answer.text
    assert desk.received == []
    assert counted == {"telegram.malformed": 1}


async def test_unknown_kinds_are_acknowledged_and_counted(
    telegram: httpx.AsyncClient, desk: RecordingDesk, counted: Counter[str]
) -> None:
    for kind in ("channel_post", "business_message", "telepathy"):
        answer = await telegram.post(PATH, json={"update_id": 2, kind: {"message_id": 1}})
        assert answer.status_code == 200
    assert desk.received == []
    assert counted == {"telegram.channel_post": 1, "telegram.business_message": 1, "telegram.unknown": 1}


async def test_strange_texts_are_taken(telegram: httpx.AsyncClient, desk: RecordingDesk) -> None:
    for number, text in enumerate(("长" * 100_000, "a\x00b", "\u202eevil", "👍🏽" * 50)):
        message = {**UPDATE["message"], "message_id": number, "text": text}  # type: ignore[dict-item]
        answer = await telegram.post(PATH, json={"update_id": number, "message": message})
        assert answer.status_code == 200
    raw = b'{"update_id":9,"message":{"message_id":9,"date":1,"chat":{"id":7,"type":"private"},'
    raw += b'"from":{"id":7,"first_name":"L"},"text":"lone \\ud83d surrogate"}}'
    assert (await telegram.post(PATH, content=raw)).status_code == 200
    assert len(desk.received) == 5
    for inbound in desk.received:
        inbound.text.encode()
        assert "\x00" not in inbound.text


async def test_nothing_is_acknowledged_while_the_store_is_away(
    telegram: httpx.AsyncClient, desk: RecordingDesk
) -> None:
    desk.problems.append(StoreUnavailable("away"))
    answer = await telegram.post(PATH, json=UPDATE)
    assert answer.status_code == 503
    assert desk.received == []
    assert (await telegram.post(PATH, json=UPDATE)).status_code == 200
    assert len(desk.received) == 1


async def test_a_repeated_update_is_acknowledged_again(
    telegram: httpx.AsyncClient, desk: RecordingDesk
) -> None:
    for _ in range(2):
        assert (await telegram.post(PATH, json=UPDATE)).status_code == 200
    assert (len(desk.received), len(desk.repeated)) == (1, 1)


async def test_the_acknowledgement_waits_for_the_turn(
    telegram: httpx.AsyncClient, desk: RecordingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, take = asyncio.Event(), desk.receive

    async def slowly(inbound: Any) -> Any:
        await gate.wait()
        return await take(inbound)

    monkeypatch.setattr(desk, "receive", slowly)
    posted = asyncio.create_task(telegram.post(PATH, json=UPDATE))
    await asyncio.sleep(0.05)
    assert not posted.done()
    gate.set()
    assert (await posted).status_code == 200


def test_polling_has_no_route(channel: TelegramChannel, desk: RecordingDesk) -> None:
    assert channel.router(desk) is None


async def test_the_webhook_is_registered_only_with_a_public_address(
    make_channel: MakeChannel, platform: TelegramSimulator, desk: RecordingDesk, eventually: Eventually
) -> None:
    private = make_channel(mode="webhook", secret=SECRET)
    await private.start(desk)
    await eventually(lambda: platform.commands)
    assert platform.courier.url == ""
    public = make_channel(mode="webhook", secret=SECRET, public_url="https://desk.example.com/")
    await public.start(desk)
    await eventually(lambda: platform.courier.url)
    assert platform.courier.url == "https://desk.example.com/webhooks/telegram"
    assert platform.courier.secret == SECRET
    await platform.courier.stop()


@pytest.mark.parametrize("secret", [None, "", "has space", "x" * 257, "口令"])
def test_a_secret_telegram_would_refuse_stops_the_start(
    secret: str | None, make_channel: MakeChannel
) -> None:
    with pytest.raises(ValueError, match="secret"):
        make_channel(mode="webhook", secret=secret)


@pytest.mark.parametrize("token", ["", "123", "abc:def", ":x", "12:", "１２:x"])
def test_what_is_no_token_stops_the_start_and_is_not_repeated(token: str, make_channel: MakeChannel) -> None:
    with pytest.raises(ValueError, match="not a bot token") as raised:
        make_channel(token=token)
    assert "def" not in str(raised.value)


async def test_the_simulated_platform_delivers_in_order_and_repeats_failures(
    make_channel: MakeChannel, serving: Callable[..., Any], platform: TelegramSimulator, desk: RecordingDesk,
    customer: Customer, eventually: Eventually,
) -> None:  # fmt: skip
    """I2, over HTTP: failures are repeated, duplicates recognised, the order of a chat kept."""
    channel = make_channel(mode="webhook", secret=SECRET)
    desk.problems.extend([StoreUnavailable("away"), StoreUnavailable("away")])
    platform.faults.repeat_updates(2)
    async with serving(channel.router(desk)) as address:
        for number in range(5):
            customer.says(str(number))
        platform.courier.set(f"{address}{PATH}", SECRET, 40)
        await eventually(lambda: not platform.inbox.waiting)
        assert [one.text for one in desk.received] == ["0", "1", "2", "3", "4"]
        assert len(desk.repeated) == 2
        assert platform.courier.attempts == 9
        await platform.courier.stop()
