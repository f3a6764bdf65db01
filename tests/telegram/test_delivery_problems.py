"""What each failure of the Bot API means for the reply that met it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
import structlog.testing

from bot.channels.protocol import DeliveryProblem, OutcomeUnknown, Refused, TryLater, Unreachable
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.request import AiohttpRequest
from bot.messages import Address, Delivery, Reply
from bot.simulators.telegram import Customer, Fail, TelegramSimulator

Deliver = Callable[..., Awaitable[str | None]]


@pytest.fixture(params=["wire", "aiohttp"])
async def make_channel(
    request: pytest.FixtureRequest, make_channel: Callable[..., TelegramChannel]
) -> AsyncIterator[Callable[..., TelegramChannel]]:
    """Channels on each of the two HTTP clients."""
    if request.param == "wire":
        yield make_channel
        return
    async with aiohttp.ClientSession() as session:
        yield lambda **changes: make_channel(request=AiohttpRequest(2.0, session=session), **changes)


ANSWERS: list[tuple[int, str, type[DeliveryProblem]]] = [
    (403, "Forbidden: bot was blocked by the user", Unreachable),
    (403, "Forbidden: user is deactivated", Unreachable),
    (403, "Forbidden: bot can't initiate conversation with a user", Unreachable),
    (400, "Bad Request: chat not found", Unreachable),
    (400, "Bad Request: PEER_ID_INVALID", Unreachable),
    (400, "Bad Request: message is too long", Refused),
    (400, "Bad Request: BUTTON_DATA_INVALID", Refused),
    (413, "Request Entity Too Large", Refused),
    (500, "Internal Server Error", TryLater),
    (502, "Bad Gateway", TryLater),
    (503, "Service Unavailable", TryLater),
    (504, "Gateway Timeout", OutcomeUnknown),
    (418, "I'm a teapot", OutcomeUnknown),
]


@pytest.mark.parametrize(("code", "words", "expected"), ANSWERS)
async def test_answers(
    code: int, words: str, expected: type[DeliveryProblem], deliver: Deliver, platform: TelegramSimulator
) -> None:
    platform.faults.next("sendMessage", Fail(code, words))
    with pytest.raises(expected) as raised:
        await deliver("x")
    assert type(raised.value) is expected


async def test_a_customer_who_blocked_us_is_unreachable(deliver: Deliver, customer: Customer) -> None:
    """403: stop what is scheduled, resume when they write again."""
    customer.blocks()
    with pytest.raises(Unreachable):
        await deliver("x")
    customer.says("我回来了")
    await deliver("欢迎回来", key="k2")
    assert customer.heard[-1]["text"] == "欢迎回来"


async def test_flood_control_concerns_the_chat_for_as_long_as_telegram_says(
    deliver: Deliver, platform: TelegramSimulator
) -> None:
    platform.faults.next("sendMessage", Fail(429, "Too Many Requests: retry after 17", retry_after=17))
    with pytest.raises(TryLater) as raised:
        await deliver("x")
    assert raised.value.after == 17
    assert not raised.value.account_wide


@pytest.mark.parametrize("token", ["1000001:wrong", "1000001:a/b"])
async def test_a_refused_token_stops_the_account_and_is_logged_without_it(
    make_channel: Callable[..., TelegramChannel], customer: Customer, token: str
) -> None:
    channel = make_channel(token=token)
    with structlog.testing.capture_logs() as logs, pytest.raises(TryLater) as raised:
        await channel.send(delivery(customer.id))
    assert raised.value.account_wide
    assert raised.value.after
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["telegram.token_refused"]
    assert token not in str(logs)


async def test_no_telegram_chat_is_unreachable(channel: TelegramChannel) -> None:
    for peer in ("somebody", "", "999"):
        with pytest.raises(Unreachable):
            await channel.send(delivery(peer))


def delivery(peer: Any) -> Delivery:
    return Delivery(1, "k", Address("telegram", "1000001", str(peer)), 2, Reply("hello"))


async def test_nobody_listening_is_tried_later(make_channel: Callable[..., TelegramChannel]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    channel = make_channel(api_base=f"http://127.0.0.1:{port}")
    with pytest.raises(TryLater) as raised:
        await channel.send(delivery(5))
    assert not raised.value.account_wide


@pytest.fixture
async def rude() -> AsyncIterator[Callable[[bytes | None], Awaitable[str]]]:
    """A server that reads a request and answers with these bytes, or hangs up."""
    servers: list[asyncio.Server] = []

    async def serve(answer: bytes | None) -> str:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
            if answer is not None:
                writer.write(answer)
            writer.close()

        servers.append(await asyncio.start_server(talk, "127.0.0.1", 0))
        return f"http://127.0.0.1:{servers[-1].sockets[0].getsockname()[1]}"

    yield serve
    for server in servers:
        server.close()


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"ok":true}',
        b"utter nonsense\r\n\r\n",
    ],
)
async def test_after_the_request_went_out_the_outcome_is_unknown(
    answer: bytes | None,
    rude: Callable[[bytes | None], Awaitable[str]],
    make_channel: Callable[..., TelegramChannel],
) -> None:
    channel = make_channel(api_base=await rude(answer))
    with pytest.raises(OutcomeUnknown) as raised:
        await channel.send(delivery(5))
    assert "simulated-telegram-token" not in repr(raised.value)


async def test_an_error_page_that_is_not_json(
    rude: Callable[[bytes | None], Awaitable[str]], make_channel: Callable[..., TelegramChannel]
) -> None:
    channel = make_channel(api_base=await rude(b"HTTP/1.1 403 No\r\nContent-Length: 6\r\n\r\n<html>"))
    with pytest.raises(Unreachable):
        await channel.send(delivery(5))
