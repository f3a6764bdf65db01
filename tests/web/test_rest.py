"""The REST channel speaks as Rasa's does (A1, I2, I3)."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot.channels.protocol import MediaGone, WindowClosed
from bot.channels.rest import RestChannel
from bot.channels.testing import RecordingDesk
from bot.messages import Address, Attachment, Button, Delivery, Enclosed, Inbound, Reply
from bot.settings import Settings

NOW = datetime(2026, 3, 15, tzinfo=UTC)
PATH = "/webhooks/rest/webhook"


def replies(inbound: Inbound) -> tuple[Reply, ...]:
    return (
        Reply("one"),
        Reply("two", (Button("Yes", "/affirm"), Button("No", "/deny"))),
        Reply(image="https://desk.test/a.png", custom={"order": "SR-202603150001"}),
        Reply(file=Enclosed("/sent/a", "a.pdf")),
    )


def channel(token: str | None = None, **options: Any) -> RestChannel:
    numbers = itertools.count()
    return RestChannel(lambda: NOW, lambda: f"id{next(numbers)}", token=token, **options)


def client(rest: RestChannel, desk: RecordingDesk) -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(rest.router(desk))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk.test")


@pytest.fixture
def desk() -> RecordingDesk:
    return RecordingDesk(replies)


@pytest.fixture
async def caller(desk: RecordingDesk) -> AsyncIterator[httpx.AsyncClient]:
    async with client(channel(), desk) as open_client:
        yield open_client


async def test_all_replies_of_the_turn(caller: httpx.AsyncClient, desk: RecordingDesk) -> None:
    answer = await caller.post(PATH, json={"sender": "anna", "message": "我家冰箱坏了"})
    assert answer.json() == [
        {"recipient_id": "anna", "text": "one"},
        {
            "recipient_id": "anna",
            "text": "two",
            "buttons": [{"title": "Yes", "payload": "/affirm"}, {"title": "No", "payload": "/deny"}],
        },
        {
            "recipient_id": "anna",
            "image": "https://desk.test/a.png",
            "custom": {"order": "SR-202603150001"},
        },
        {
            "recipient_id": "anna",
            "attachment": {"type": "file", "payload": {"url": "/sent/a", "name": "a.pdf"}},
        },
    ]
    (inbound,) = desk.received
    assert inbound.address == Address("rest", "rest", "anna")
    assert (inbound.text, inbound.payload, inbound.sent_at) == ("我家冰箱坏了", None, NOW)
    assert inbound.hold >= 30
    assert len(desk.handed) == 4


async def test_a_payload_is_the_button(caller: httpx.AsyncClient, desk: RecordingDesk) -> None:
    await caller.post(PATH, json={"sender": "anna", "message": '/choose{"slot": "x"}'})
    assert desk.received[0].payload == '/choose{"slot": "x"}'
    assert desk.received[0].text == ""


async def test_a_message_id_deduplicates_within_the_sender(
    caller: httpx.AsyncClient, desk: RecordingDesk
) -> None:
    body = {"sender": "anna", "message": "hi", "metadata": {"message_id": "7"}}
    first, again = await caller.post(PATH, json=body), await caller.post(PATH, json=body)
    assert first.json() == again.json() != []
    await caller.post(PATH, json={**body, "sender": "bert"})
    assert [inbound.address.peer for inbound in desk.received] == ["anna", "bert"]


async def test_without_an_id_every_message_counts(caller: httpx.AsyncClient, desk: RecordingDesk) -> None:
    for _ in range(2):
        await caller.post(PATH, json={"sender": "anna", "message": "hi"})
    assert len(desk.received) == 2


@pytest.mark.parametrize(
    ("given", "language"), [("en", "en"), ("zh-CN", "zh"), ("EN_us", "en"), ("fr", None)]
)
async def test_the_language(
    caller: httpx.AsyncClient, desk: RecordingDesk, given: str, language: str | None
) -> None:
    await caller.post(PATH, json={"sender": "a", "message": "hi", "metadata": {"language": given}})
    assert desk.received[0].language == language


@pytest.mark.parametrize("message", ["", "   ", None])
async def test_an_empty_message_is_left_to_the_desk(
    caller: httpx.AsyncClient, desk: RecordingDesk, message: str | None
) -> None:
    body = {"sender": "anna"} if message is None else {"sender": "anna", "message": message}
    assert (await caller.post(PATH, json=body)).status_code == 200
    assert desk.received[0].text == ""


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ([], "object"),
        ({}, "sender"),
        ({"sender": 5, "message": "hi"}, "sender"),
        ({"sender": "", "message": "hi"}, "sender"),
        ({"sender": " ", "message": "hi"}, "sender"),
        ({"sender": "x" * 129, "message": "hi"}, "sender"),
        ({"sender": "a\x00b", "message": "hi"}, "sender"),
        ({"sender": "a", "message": 5}, "message"),
        ({"sender": "a", "message": {"text": "x"}}, "message"),
        ({"sender": "a", "message": "hi", "metadata": []}, "metadata"),
        ({"sender": "a", "message": "hi", "metadata": {"message_id": 5}}, "message_id"),
        ({"sender": "a", "message": "hi", "metadata": {"message_id": "x" * 121}}, "message_id"),
        ({"sender": "a", "message": "hi", "metadata": {"language": 5}}, "language"),
    ],
)
async def test_wrong_types_are_named(
    caller: httpx.AsyncClient, desk: RecordingDesk, body: Any, named: str
) -> None:
    answer = await caller.post(PATH, json=body)
    assert answer.status_code == 400
    assert named in answer.json()["error"]
    assert not desk.received


@pytest.mark.parametrize("raw", [b"", b"{", b"null", b"sender=a", b"\xff", b"[" * 200_000, b'{"sender": NaN'])
async def test_malformed_json(caller: httpx.AsyncClient, desk: RecordingDesk, raw: bytes) -> None:
    answer = await caller.post(PATH, content=raw)
    assert answer.status_code == 400
    assert "error" in answer.json()


async def test_hostile_text(caller: httpx.AsyncClient, desk: RecordingDesk) -> None:
    raw = b'{"sender": "a", "message": "x\\u0000\\ud800y \\u202e\\ud83d\\ude00"}'
    assert (await caller.post(PATH, content=raw)).status_code == 200
    text = desk.received[0].text
    assert text.encode()
    assert "\x00" not in text
    long = await caller.post(PATH, content=json.dumps({"sender": "a", "message": "冰" * 100_000}))
    assert long.status_code == 200


async def test_beyond_the_limit_is_413(desk: RecordingDesk) -> None:
    async with client(channel(max_body_bytes=1024), desk) as caller:
        answer = await caller.post(PATH, json={"sender": "a", "message": "x" * 2000})
    assert answer.status_code == 413
    assert not desk.received


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (None, 401),
        ("Bearer secret", 200),
        ("bearer secret", 200),
        ("Bearer wrong", 401),
        ("Bearer", 401),
        ("Bearer sécret", 401),
        ("Basic secret", 401),
        ("secret", 401),
    ],
)
async def test_the_token(desk: RecordingDesk, header: str | None, status: int) -> None:
    headers = {"authorization": header.encode()} if header else {}
    async with client(channel("secret"), desk) as caller:
        answer = await caller.post(PATH, json={"sender": "a", "message": "hi"}, headers=headers)
    assert answer.status_code == status
    assert len(desk.received) == (status == 200)


async def test_health(caller: httpx.AsyncClient) -> None:
    assert (await caller.get("/webhooks/rest/")).json() == {"status": "ok"}


async def test_a_failing_desk_takes_nothing(caller: httpx.AsyncClient, desk: RecordingDesk) -> None:
    desk.problems.append(RuntimeError("away"))
    with pytest.raises(RuntimeError):
        await caller.post(PATH, json={"sender": "a", "message": "hi"})
    assert (await caller.post(PATH, json={"sender": "a", "message": "hi"})).status_code == 200


async def test_nothing_can_be_sent_between_requests() -> None:
    with pytest.raises(WindowClosed):
        await channel().send(Delivery(1, "k", Address("rest", "rest", "a"), 1, Reply("later")))
    with pytest.raises(MediaGone):
        async for _chunk in channel().fetch(Attachment("photo", "x")):
            pass


def test_from_settings() -> None:
    settings = Settings.model_validate({"channels": {"rest": {"enabled": True, "token": "secret"}}})
    rest = RestChannel.from_settings(settings, lambda: NOW)
    one, other = (rest.inbound({"sender": "a", "message": "hi"}) for _ in range(2))
    assert one.external_id != other.external_id
