"""History after a reload and lines as they come, each once and in order (A1, I2)."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from bot.channels.web.hub import Hub
from bot.channels.web.stream import events, last_seen
from bot.messages import Delivery, Reply
from storage import StoreUnavailable


async def say(visitor: Any, number: int, **body: Any) -> None:
    answer = await visitor.post("/chat/messages", json={"id": f"message-{number:04}", **body})
    assert answer.status_code == 200


async def next_message(stream: Any) -> dict[str, Any]:
    """The next `message` event; others are passed over."""
    async for raw in stream:
        event = dict(
            line.split(": ", 1) for line in raw.decode().strip().split("\n") if not line.startswith(":")
        )
        if event.get("event") == "message":
            data = json.loads(event["data"])
            assert event["id"] == str(data["seq"])
            return data
    raise AssertionError("the stream ended")


async def test_history_shows_both_sides_without_payloads(chat: Any) -> None:
    visitor = await chat.visitor()
    await say(visitor, 1, text="冰箱坏了")
    await say(visitor, 2, choice="2:1")
    answer = await visitor.get("/chat/history")
    assert "/affirm" not in answer.text
    own, desk, chosen, _ = answer.json()["messages"]
    assert own == {
        "seq": 1,
        "author": "you",
        "at": "2026-03-15T01:30:00.000+00:00",
        "text": "冰箱坏了",
        "id": "message-0001",
    }
    assert (desk["author"], desk["buttons"]) == ("desk", ["Yes", "No"])
    assert (chosen["text"], chosen["choice"]) == ("No", "2:1")
    assert answer.json()["more"] is False
    assert answer.headers["cache-control"] == "no-store"


async def test_history_in_pages(chat: Any) -> None:
    visitor = await chat.visitor()
    for number in range(60):
        chat.ticks.seconds += 1
        await say(visitor, number, text=f"line {number}")
    newest = (await visitor.get("/chat/history")).json()
    assert [m["seq"] for m in newest["messages"]] == list(range(71, 121))
    older = (await visitor.get("/chat/history", params={"before": 71})).json()
    assert [m["seq"] for m in older["messages"]] == list(range(21, 71))
    first = (await visitor.get("/chat/history", params={"before": 21})).json()
    assert [m["seq"] for m in first["messages"]] == list(range(1, 21))
    assert (newest["more"], older["more"], first["more"]) == (True, True, False)
    since = (await visitor.get("/chat/history", params={"after": 118})).json()
    assert [m["seq"] for m in since["messages"]] == [119, 120]


async def test_a_choice_is_named_though_its_message_is_on_an_earlier_page(chat: Any) -> None:
    visitor = await chat.visitor()
    await say(visitor, 1, text="hello")
    await say(visitor, 2, choice="2:0")
    page = (await visitor.get("/chat/history", params={"after": 2})).json()
    assert page["messages"][0]["text"] == "Yes"


@pytest.mark.parametrize("query", ["before=x", "before=-1", "after=99999999999999", "before=", "after=%00"])
async def test_odd_positions_are_harmless(chat: Any, query: str) -> None:
    visitor = await chat.visitor()
    await say(visitor, 1, text="hello")
    assert (await visitor.get(f"/chat/history?{query}")).status_code == 200


async def test_one_visitor_never_sees_another(chat: Any) -> None:
    one, other = await chat.visitor(), await chat.visitor()
    await say(one, 1, text="my secret")
    assert (await other.get("/chat/history")).json()["messages"] == []


async def test_the_stream_replays_then_goes_on_live(chat: Any) -> None:
    visitor = await chat.visitor()
    await say(visitor, 1, text="one")
    hub = Hub(5, 5)
    with hub.listening(chat.peer(), seen=1) as listener:
        stream = events(chat.desk, listener, chat.peer(), heartbeat=5)
        assert (await next_message(stream))["seq"] == 2
        chat.desk.say(chat.peer(), Reply("a word from the agent"), author="agent")
        hub.wake(chat.peer())
        line = await asyncio.wait_for(next_message(stream), 1)
        assert (line["seq"], line["author"], line["text"]) == (3, "agent", "a word from the agent")


async def test_what_another_process_wrote_is_found_by_looking(chat: Any) -> None:
    visitor = await chat.visitor()
    await say(visitor, 1, text="one")
    hub = Hub(5, 5)
    with hub.listening(chat.peer(), seen=2) as listener:
        stream = events(chat.desk, listener, chat.peer(), heartbeat=5)
        waiting = asyncio.create_task(next_message(stream))
        await asyncio.sleep(0)
        chat.desk.say(chat.peer(), Reply("from elsewhere"))
        await hub.look(chat.desk)
        assert (await asyncio.wait_for(waiting, 1))["text"] == "from elsewhere"


async def test_sending_wakes_the_page(chat: Any) -> None:
    """Delivering a reply is waking the pages of its visitor."""
    visitor = await chat.visitor()
    await say(visitor, 1, text="one")
    hub = chat.web._hub
    with hub.listening(chat.peer(), seen=2) as listener:
        address = chat.desk.received[0].address
        chat.desk.say(chat.peer(), Reply("later"))
        assert await chat.web.send(Delivery(9, "k", address, 3, Reply("later"))) == "3"
        assert await listener.wait(1)
        await chat.web.typing(address)
        stream = events(chat.desk, listener, chat.peer(), heartbeat=5)
        seen = [await anext(stream) for _ in range(3)]
        assert [b"later" in event for event in seen] == [False, True, False]
        assert seen[2] == b"event: typing\ndata: {}\n\n"


async def test_a_quiet_stream_shows_that_it_lives_and_ends_when_closed(chat: Any) -> None:
    hub = Hub(5, 5)
    with hub.listening("v", seen=0) as listener:
        stream = events(chat.desk, listener, "v", heartbeat=0.01)
        assert (await anext(stream)).startswith(b"retry:")
        assert await anext(stream) == b": still here\n\n"
        hub.close()
        assert [event async for event in stream] == []
    assert hub.crowded("v")
    hub.open()
    assert not hub.crowded("v")


async def test_a_stream_ends_quietly_while_the_database_is_away(chat: Any) -> None:
    class Away:
        async def after(self, peer: str, seq: int, limit: int) -> Any:
            raise StoreUnavailable("away")

    with Hub(5, 5).listening("v", seen=0) as listener:
        stream = events(Away(), listener, "v", heartbeat=1)  # type: ignore[arg-type]
        assert len([event async for event in stream]) == 1


async def test_too_many_pages_of_one_visitor_are_sent_away_politely(open_chat: Any, tight: Any) -> None:
    chat = open_chat(limits=tight)
    visitor = await chat.visitor()
    await say(visitor, 1, text="one")
    hub = chat.web._hub
    with hub.listening(chat.peer(), 0), hub.listening(chat.peer(), 0):
        refused = await visitor.get("/chat/stream")
    assert (refused.status_code, refused.json()["error"]) == (503, "crowded")
    assert not hub.crowded(chat.peer())


async def test_starting_and_stopping(chat: Any) -> None:
    await chat.web.start(chat.desk)
    await chat.web.stop()
    await chat.web.stop()
    visitor = await chat.visitor()
    assert (await visitor.get("/chat/stream")).status_code == 503


@pytest.mark.parametrize(
    ("header", "query", "seen"),
    [("7", "3", 7), ("", "3", 3), ("x", "3", 3), ("", "", 0), ("-1", "", 0), ("٣", "", 0), ("9" * 30, "", 0)],
)
def test_where_a_stream_continues(header: str, query: str, seen: int) -> None:
    assert last_seen(header, query) == seen
