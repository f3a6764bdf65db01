"""The simulated Telegram refuses what Telegram refuses: otherwise it would hide bugs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import httpx
import pytest

from bot.simulators.telegram import Customer, Limits, NoSuchButton, TelegramSimulator
from bot.simulators.telegram.errors import Refusal
from bot.simulators.telegram.methods import Methods
from tests.conftest import Clock

TOKEN = "1000001:simulated-telegram-token"


class Bot:
    """Calls methods and tells how they ended: the result, or the refusal's code and words."""

    def __init__(self, platform: TelegramSimulator) -> None:
        self._methods = Methods(platform)

    async def __call__(self, method: str, **parameters: Any) -> Any:
        try:
            return await self._methods.call(method, parameters)
        except Refusal as refusal:
            return refusal.code, refusal.description


@pytest.fixture
def bot(platform: TelegramSimulator) -> Bot:
    return Bot(platform)


@pytest.fixture
async def http(platform: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=platform.api_base) as client:
        yield client


def inline(data: Any, text: str = "是") -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": text, "callback_data": data}]]}


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({}, "text is empty"),
        ({"text": "  "}, "text is empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "👍" * 2049}, "message is too long"),
        ({"text": "x", "reply_markup": inline("")}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "reply_markup": inline("是" * 22)}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "reply_markup": inline(None)}, "unallowed"),
        ({"text": "x", "reply_markup": inline("1", " ")}, "non-empty"),
        ({"text": "x", "reply_markup": {"inline_keyboard": [{}]}}, "Array of Arrays"),
        ({"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "1"}]] * 101}},
         "too long"),
        ({"text": "x", "reply_markup": "{"}, "object expected"),
        ({"text": "x", "chat_id": "nobody"}, "chat_id"),
        ({"text": "x", "chat_id": 1}, "chat not found"),
        ({"text": "x", "chat_id": None}, "chat_id is empty"),
    ],
)  # fmt: skip
async def test_messages_it_refuses(
    parameters: dict[str, Any], words: str, bot: Bot, customer: Customer
) -> None:
    code, description = await bot("sendMessage", **{"chat_id": customer.id, **parameters})
    assert code == 400
    assert words in description
    assert customer.heard == []


async def test_limits_are_inclusive(bot: Bot, customer: Customer) -> None:
    await bot("sendMessage", chat_id=customer.id, text="👍" * 2048, reply_markup=inline("x" * 64))
    await bot("sendPhoto", chat_id=customer.id, photo="https://example.com/a.png", caption="x" * 1024)
    assert len(customer.heard) == 2
    refused = await bot("sendPhoto", chat_id=customer.id, photo="https://e.com/a.png", caption="x" * 1025)
    assert refused == (400, "Bad Request: message caption is too long")


async def test_it_does_not_let_a_bot_write_first_or_to_who_blocked_it(
    bot: Bot, platform: TelegramSimulator
) -> None:
    stranger = platform.customer("新客户")
    assert (await bot("sendMessage", chat_id=stranger.id, text="x"))[0] == 403
    stranger.says("你好")
    assert (await bot("sendMessage", chat_id=stranger.id, text="x"))["text"] == "x"
    stranger.blocks()
    assert await bot("sendMessage", chat_id=stranger.id, text="x") == (
        403, "Forbidden: bot was blocked by the user",
    )  # fmt: skip


async def test_it_paces_each_chat_and_the_whole_bot(clock: Clock) -> None:
    """About one message a second to a chat, thirty overall; retry_after says how long."""
    platform = TelegramSimulator(clock, Random(1), limits=Limits(chat_burst=1, overall_burst=2))
    bot, people = Bot(platform), [platform.customer(str(n)) for n in range(3)]
    for person in people:
        person.says("hi")
    assert (await bot("sendMessage", chat_id=people[0].id, text="1"))["text"] == "1"
    assert await bot("sendMessage", chat_id=people[0].id, text="2") == (
        429,
        "Too Many Requests: retry after 1",
    )
    assert (await bot("sendMessage", chat_id=people[1].id, text="1"))["text"] == "1"
    assert (await bot("sendMessage", chat_id=people[2].id, text="1"))[0] == 429
    clock.forward(seconds=1)
    assert (await bot("sendMessage", chat_id=people[0].id, text="2"))["text"] == "2"


async def test_a_callback_query_is_answered_once(bot: Bot, customer: Customer) -> None:
    query = customer.presses("1:0", None)
    assert await bot("answerCallbackQuery", callback_query_id=query) is True
    again = await bot("answerCallbackQuery", callback_query_id=query)
    assert again[0] == 400
    assert "too old" in again[1]


async def test_edits_it_refuses(bot: Bot, customer: Customer) -> None:
    sent = await bot("sendMessage", chat_id=customer.id, text="x", reply_markup=inline("1:0"))
    where = {"chat_id": customer.id, "message_id": sent["message_id"]}
    same = await bot("editMessageText", **where, text="x", reply_markup=inline("1:0"))
    assert "not modified" in same[1]
    edited = await bot("editMessageReplyMarkup", **where)
    assert "reply_markup" not in edited
    assert "not modified" in (await bot("editMessageReplyMarkup", **where))[1]
    theirs = customer.says("mine")["message_id"]
    assert (
        "can't be edited"
        in (await bot("editMessageText", chat_id=customer.id, message_id=theirs, text="y"))[1]
    )
    assert "not found" in (await bot("editMessageText", chat_id=customer.id, message_id=1, text="y"))[1]
    with pytest.raises(NoSuchButton):
        customer.taps(0)


async def test_polling_and_webhook_exclude_each_other(bot: Bot, platform: TelegramSimulator) -> None:
    await bot("setWebhook", url="http://127.0.0.1:9/hook", secret_token="abc")
    assert (await bot("getUpdates"))[0] == 409
    assert (await bot("getWebhookInfo"))["url"] == "http://127.0.0.1:9/hook"
    await bot("deleteWebhook")
    assert await bot("getUpdates") == []
    assert (await bot("setWebhook", url="http://x", secret_token="a b"))[0] == 400
    assert (await bot("setWebhook", url="ftp://x"))[0] == 400


async def test_a_second_poll_ends_the_first(bot: Bot) -> None:
    first = asyncio.create_task(bot("getUpdates", timeout=5))
    await asyncio.sleep(0.02)
    second = asyncio.create_task(bot("getUpdates", timeout=0))
    assert (await first)[0] == 409
    assert await second == []


async def test_updates_stay_until_they_are_acknowledged_or_a_day_old(
    bot: Bot, customer: Customer, clock: Clock
) -> None:
    for text in ("一", "二", "三"):
        customer.says(text)
    first = (await bot("getUpdates", limit=1))[0]["update_id"]
    assert [u["message"]["text"] for u in await bot("getUpdates")] == ["一", "二", "三"]
    assert [u["message"]["text"] for u in await bot("getUpdates", offset=first + 1)] == ["二", "三"]
    assert [u["message"]["text"] for u in await bot("getUpdates", offset=-1)] == ["三"]
    clock.forward(hours=25)
    assert await bot("getUpdates") == []


async def test_only_the_kinds_asked_for_are_queued(bot: Bot, customer: Customer) -> None:
    await bot("getUpdates", allowed_updates=["message"])
    customer.blocks()
    customer.says("back")
    assert [[*update][1] for update in await bot("getUpdates")] == ["message"]


async def test_numbers_go_on_after_a_restart(clock: Clock) -> None:
    before = TelegramSimulator(clock, Random(1)).customer("A").says("x")
    clock.forward(seconds=5)
    after = TelegramSimulator(clock, Random(1)).customer("A").says("x")
    assert after["chat"]["id"] == before["chat"]["id"]
    assert after["message_id"] > before["message_id"]


async def test_tokens_methods_and_encodings(http: httpx.AsyncClient, customer: Customer) -> None:
    assert (await http.post("/bot1000001:wrong/getMe")).status_code == 401
    assert (await http.post("/botnonsense/getMe")).status_code == 404
    assert (await http.post(f"/bot{TOKEN}/flyToTheMoon")).json()["error_code"] == 404
    assert (await http.get(f"/bot{TOKEN}/getMe")).json()["result"]["id"] == 1000001
    form = {"chat_id": str(customer.id), "text": "表单", "reply_markup": '{"remove_keyboard": true}'}
    assert (await http.post(f"/bot{TOKEN}/SENDMESSAGE", data=form)).json()["result"]["text"] == "表单"
    broken = await http.post(
        f"/bot{TOKEN}/sendMessage", content=b"{", headers={"Content-Type": "application/json"}
    )
    assert broken.status_code == 400
    assert (await http.get(f"/file/bot{TOKEN}/photos/none")).status_code == 404
    assert (await http.get("/file/bot1:x/photos/none")).status_code == 401


async def test_a_page_can_play_the_customer(http: httpx.AsyncClient, bot: Bot) -> None:
    """The routes of the demo page."""
    entered = (await http.post("/customers", json={"name": "小李", "language": "en"})).json()
    path = f"/customers/{entered['customer']['id']}"
    said = (await http.post(f"{path}/messages", json={"text": "hello"})).json()
    assert (said["from"], said["text"]) == ("customer", "hello")
    picture = b"\x89PNG\r\n\x1a\n..."
    photo = (await http.post(f"{path}/photos?caption=nameplate", files={"photo": ("a.png", picture)})).json()
    shown = await http.get(f"{path}/{photo['photo']}")
    assert (shown.content, shown.headers["content-type"]) == (picture, "image/png")
    assert (await http.post(f"{path}/photos", content=picture)).status_code == 201
    assert (await http.post(f"{path}/contact")).json()["contact"]["phone_number"] == "+8613800138000"
    assert (await http.post(f"{path}/location", json={"latitude": 1, "longitude": 2})).status_code == 201
    chat = entered["customer"]["id"]
    sent = await bot("sendMessage", chat_id=chat, text="Did it help?", reply_markup=inline("4:0", "Yes"))
    tap = {"message_id": sent["message_id"], "index": 0}
    assert (await http.post(f"{path}/taps", json=tap)).status_code == 202
    edit = {"message_id": said["message_id"], "text": "hello there"}
    assert (await http.post(f"{path}/edits", json=edit)).json()["edited"] is True
    kinds = [[*update][1] for update in await bot("getUpdates")]
    assert kinds == ["message"] * 5 + ["callback_query", "edited_message"]
    seen = (await http.get(f"{path}/transcript")).json()
    assert [message["from"] for message in seen["messages"]] == ["customer"] * 5 + ["bot"]
    assert seen["messages"][-1]["buttons"] == [[{"title": "Yes", "index": 0}]]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/customers", {"name": ""}, 422),
        ("/customers/999/messages", {"text": "x"}, 404),
        ("/customers/{id}/messages", {"text": ""}, 422),
        ("/customers/{id}/messages", {}, 422),
        ("/customers/{id}/taps", {}, 422),
        ("/customers/{id}/taps", {"index": 3}, 409),
        ("/customers/{id}/edits", {"message_id": 1, "text": "x"}, 409),
        ("/customers/{id}/location", {"latitude": 91}, 422),
        ("/customers/{id}/photos", {"not": "a picture"}, 422),
    ],
)
async def test_a_page_that_asks_for_nonsense(
    path: str, body: dict[str, Any], status: int, http: httpx.AsyncClient, customer: Customer
) -> None:
    assert (await http.post(path.format(id=customer.id), json=body)).status_code == status


async def test_a_page_watches_live(http: httpx.AsyncClient, bot: Bot, customer: Customer) -> None:
    seen: list[str] = []
    async with http.stream("GET", f"/customers/{customer.id}/events") as stream:
        lines = stream.aiter_lines()
        await anext(lines)
        await bot("sendChatAction", chat_id=customer.id, action="typing")
        sent = await bot("sendMessage", chat_id=customer.id, text="你好", reply_markup=inline("1:0"))
        await bot("editMessageReplyMarkup", chat_id=customer.id, message_id=sent["message_id"])
        await bot("answerCallbackQuery", callback_query_id=customer.presses("1:0", None), text="好")
        async with asyncio.timeout(5):
            async for line in lines:
                if line.startswith("event: "):
                    seen.append(line.removeprefix("event: "))
                if len(seen) == 4:
                    break
    assert seen == ["typing", "message", "message", "toast"]
