"""What the page posts becomes one turn, and only what may (A1, A2, I2, I3)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bot.channels.web import words
from bot.channels.web.limits import Rate

ID = "c0ffee00-1111-2222"


async def post(visitor: httpx.AsyncClient, **body: Any) -> httpx.Response:
    return await visitor.post("/chat/messages", json={"id": ID, **body})


async def test_text_reaches_the_desk_under_a_derived_peer(chat: Any) -> None:
    visitor = await chat.visitor()
    answer = await post(visitor, text="  冰箱不制冷  ", language="zh")
    assert answer.json() == {"replies": 1, "last": 2, "duplicate": False}
    (inbound,) = chat.desk.received
    assert (inbound.text, inbound.language, inbound.payload) == ("冰箱不制冷", "zh", None)
    token = visitor.cookies["visitor"]
    assert inbound.address.channel == "web"
    assert len(token) >= 43
    assert token not in inbound.address.peer
    assert inbound.external_id == f"{inbound.address.peer}:{ID}"


async def test_repeating_an_id_changes_nothing_twice(chat: Any) -> None:
    visitor = await chat.visitor()
    await post(visitor, text="hello")
    again = await post(visitor, text="hello")
    assert again.json() == {"replies": 1, "last": 2, "duplicate": True}
    assert len(chat.desk.received) == 1


async def test_two_visitors_may_use_the_same_id(chat: Any) -> None:
    for visitor in (await chat.visitor(), await chat.visitor()):
        await post(visitor, text="hello")
    first, second = chat.desk.received
    assert first.address.peer != second.address.peer
    assert first.external_id != second.external_id


async def test_a_choice_names_the_button(chat: Any) -> None:
    visitor = await chat.visitor()
    await post(visitor, choice="2:1")
    assert chat.desk.received[0].choice == "2:1"


@pytest.mark.parametrize("command", ["report", "track", "agent", "help", "cancel", "start"])
async def test_shortcuts_and_typed_commands_are_payloads(chat: Any, command: str) -> None:
    """C10: the same by button and by words."""
    visitor = await chat.visitor()
    await post(visitor, command=command, language="en")
    await visitor.post("/chat/messages", json={"id": "another-id", "text": f"/{command}"})
    tapped, typed = chat.desk.received
    assert tapped.payload == typed.payload == f"/{command}"
    assert tapped.text == words.read()["en"]["commands"][command]


async def test_other_text_with_a_slash_stays_text(chat: Any) -> None:
    """A visitor cannot hand the dialogue slots of their choice."""
    visitor = await chat.visitor()
    await post(visitor, text='/affirm{"order": "SR-202403150001"}')
    assert chat.desk.received[0].payload is None


async def test_the_language_can_be_switched(chat: Any) -> None:
    visitor = await chat.visitor()
    await post(visitor, speak="en", language="en")
    assert chat.desk.received[0].payload == '/change_language{"language": "en"}'


async def test_a_place(chat: Any) -> None:
    visitor = await chat.visitor()
    await post(visitor, location={"latitude": 31.23, "longitude": 121})
    place = chat.desk.received[0].location
    assert (place.latitude, place.longitude) == (31.23, 121.0)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": 5},
        {"text": None},
        {"text": "hi", "choice": "1:0"},
        {"choice": "1"},
        {"choice": "١:0"},
        {"choice": "-1:0"},
        {"command": "affirm"},
        {"command": ["report"]},
        {"location": {"latitude": 91, "longitude": 0}},
        {"location": {"latitude": "31", "longitude": 0}},
        {"location": {"latitude": True, "longitude": 0}},
        {"location": [1, 2]},
        {"speak": "fr"},
        {"text": "hi", "id": "short"},
        {"text": "hi", "id": 12345678},
        {"text": "hi", "id": "x" * 65},
    ],
)
async def test_what_cannot_be_meant_is_refused_with_a_reason(chat: Any, body: dict[str, Any]) -> None:
    visitor = await chat.visitor()
    answer = await visitor.post("/chat/messages", json={"id": ID, **body})
    assert answer.status_code == 400
    assert answer.json()["error"] == "malformed"
    assert answer.json()["detail"]
    assert not chat.desk.received


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 100_000, b"9" * 5000]
)
async def test_malformed_json_is_refused(chat: Any, raw: bytes) -> None:
    visitor = await chat.visitor()
    answer = await visitor.post("/chat/messages", content=raw, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert not chat.desk.received


async def test_an_infinite_place_is_refused(chat: Any) -> None:
    visitor = await chat.visitor()
    raw = json.dumps({"id": ID, "location": {"latitude": float("inf"), "longitude": 0}})
    answer = await visitor.post("/chat/messages", content=raw, headers={"content-type": "application/json"})
    assert answer.status_code == 400


@pytest.mark.parametrize("text", ["", "   ", "\u0000", "\n\n"])
async def test_an_empty_message_is_answered_kindly(chat: Any, text: str) -> None:
    visitor = await chat.visitor(headers={"accept-language": "en-GB,zh;q=0.5"})
    answer = await post(visitor, text=text)
    assert (answer.status_code, answer.json()["error"]) == (400, "empty")
    assert answer.json()["message"] == words.read()["en"]["problems"]["empty"]


async def test_hostile_text_is_mended(chat: Any) -> None:
    visitor = await chat.visitor()
    raw = b'{"id": "%b", "text": "a\\u0000b\\ud800c \\ud83d\\ude00\\u202e"}' % ID.encode()
    answer = await visitor.post("/chat/messages", content=raw, headers={"content-type": "application/json"})
    assert answer.status_code == 200
    text = chat.desk.received[0].text
    assert text.encode()
    assert "\x00" not in text
    assert "😀" in text


async def test_a_very_long_text_is_taken(chat: Any) -> None:
    visitor = await chat.visitor()
    assert (await post(visitor, text="冰" * 100_000)).status_code == 200
    assert chat.desk.received[0].text


async def test_a_body_beyond_the_limit_is_413(open_chat: Any) -> None:
    chat = open_chat(max_body_bytes=2048)
    visitor = await chat.visitor()
    assert (await post(visitor, text="x" * 3000)).status_code == 413

    async def chunks() -> Any:
        for _ in range(10):
            yield b"x" * 1000

    headers = {"content-type": "application/json"}
    answer = await visitor.post("/chat/messages", content=chunks(), headers=headers)
    assert answer.status_code == 413
    assert not chat.desk.received


async def test_without_the_cookie_nothing_is_taken(chat: Any) -> None:
    stranger = chat.stranger()
    for answer in (
        await post(stranger, text="hi"),
        await stranger.get("/chat/history"),
        await stranger.get("/chat/stream"),
        await stranger.get("/chat/media/" + "0" * 32 + ".png"),
        await stranger.post("/chat/messages", json={}, headers={"cookie": "visitor=made-up"}),
    ):
        assert (answer.status_code, answer.json()["error"]) == (401, "no_visitor")
    assert not chat.desk.received


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"origin": "http://desk.test"}, True),
        ({"origin": "http://evil.test"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://desk.test", "sec-fetch-site": "cross-site"}, False),
    ],
)
async def test_other_sites_cannot_send(chat: Any, headers: dict[str, str], taken: bool) -> None:
    visitor = await chat.visitor()
    answer = await visitor.post("/chat/messages", json={"id": ID, "text": "hi"}, headers=headers)
    assert answer.status_code == (200 if taken else 403)
    assert len(chat.desk.received) == taken


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_only_json_is_read(chat: Any, kind: str) -> None:
    visitor = await chat.visitor()
    raw = json.dumps({"id": ID, "text": "hi"}).encode()
    answer = await visitor.post("/chat/messages", content=raw, headers={"content-type": kind})
    assert answer.status_code == 415
    assert not chat.desk.received


async def test_a_flood_is_slowed_down_with_a_friendly_word(open_chat: Any, tight: Any) -> None:
    chat = open_chat(limits=tight)
    visitor = await chat.visitor(headers={"accept-language": "zh"})
    for _ in range(3):
        assert (await post(visitor, text="hi")).status_code == 200
    refused = await post(visitor, text="hi")
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "2"
    assert refused.json()["message"] == words.read()["zh"]["problems"]["slow_down"]
    chat.ticks.seconds += 2
    assert (await post(visitor, text="hi")).status_code == 200


async def test_one_address_is_limited_over_its_visitors(open_chat: Any, tight: Any) -> None:
    chat = open_chat(limits=tight)
    statuses = [(await post(await chat.visitor(), text="hi")).status_code for _ in range(7)]
    assert statuses == [200] * 5 + [429] * 2


async def test_a_visitor_who_types_says_so_and_not_what(open_chat: Any, tight: Any) -> None:
    """G2: of their own conversation, on the page itself, now and then."""
    chat = open_chat(limits=replace(tight, typing=Rate(2, 0.5)))
    visitor = await chat.visitor()
    for _ in range(2):
        assert (await visitor.post("/chat/typing", json={})).status_code == 204
    assert (await visitor.post("/chat/typing", json={})).status_code == 429
    other = await chat.visitor()
    await other.post("/chat/typing", json={})
    first, again, theirs = chat.desk.writing
    assert (first == again, first == theirs, first.channel) == (True, False, "web")
    for refused, status in (
        (await other.post("/chat/typing", json={"text": "hi"}), 400),
        (await (await chat.visitor()).post("/chat/typing", content="{}"), 415),
        (
            await (await chat.visitor()).post(
                "/chat/typing", json={}, headers={"sec-fetch-site": "cross-site"}
            ),
            403,
        ),
        (await chat.stranger().post("/chat/typing", json={}), 401),
    ):
        assert refused.status_code == status
    assert len(chat.desk.writing) == 3
    assert not chat.desk.received
