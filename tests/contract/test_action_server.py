"""The action server answers Rasa's webhook with the same handlers, on both databases."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from bot.action_server import action_server
from handlers.desk import Terms
from storage import Store
from tests.conftest import Clock
from tests.dialogue.players import Mind

SLOTS = {
    "language": "zh",
    "product": "refrigerator",
    "description": "不制冷",
    "name": "张三",
    "phone": "+8613800138000",
    "address": "上海市浦东新区张杨路500号",
    "confirmed": True,
}


@pytest.fixture
async def client(store: Store, mind: Mind, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    web = action_server(store, mind.dialogue, lambda: mind.knowledge, Terms(), clock)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=web), base_url="http://actions") as client:
        yield client


def call(action: str, mind: Mind, **tracker: Any) -> dict[str, Any]:
    """A call as Rasa 3 sends it."""
    user = {"event": "user", "timestamp": 1.0, "text": "确认", "message_id": "m1", "parse_data": {}}
    state = {
        "sender_id": "someone",
        "slots": dict(SLOTS),
        "latest_message": {"text": "确认", "intent": {"name": "affirm", "confidence": 1.0}, "entities": []},
        "latest_event_time": 2.0,
        "followup_action": None,
        "paused": False,
        "events": [user],
        "latest_input_channel": "rest",
        "active_loop": {},
        "latest_action": {"action_name": "action_listen"},
        "latest_action_name": "action_listen",
        **tracker,
    }
    domain = mind.dialogue.script.domain.rasa
    return {
        "next_action": action,
        "sender_id": "someone",
        "tracker": state,
        "domain": domain,
        "version": "3.6",
    }


async def test_submit_opens_an_order_once(client: httpx.AsyncClient, mind: Mind, store: Store) -> None:
    """A call that Rasa repeats opens no second order."""
    asked = call("action_submit_report_fault_form", mind)
    first = await client.post("/webhook", json=asked)
    again = await client.post("/webhook", json=asked)
    assert first.status_code == again.status_code == 200
    said = [response["response"] for response in first.json()["responses"]]
    assert said == ["utter_order_opened"]
    number = first.json()["responses"][0]["number"]
    assert again.json()["responses"][0]["number"] == number
    assert {"event": "slot", "timestamp": None, "name": "product", "value": None} in first.json()["events"]
    order = await store.read(lambda tx: tx.orders.find(number))
    assert order is not None
    assert order.fields["phone"] == "+8613800138000"
    assert len(await store.read(lambda tx: tx.orders.of_customer(order.customer_id))) == 1


async def test_validation_of_candidates_at_the_tail(client: httpx.AsyncClient, mind: Mind) -> None:
    """Rasa appends the candidates as slot events; a bad one comes back as None with a reason."""
    events = [
        {"event": "user", "timestamp": 1.0, "text": "12345", "message_id": "m2"},
        {"event": "action", "timestamp": 1.5, "name": "report_fault_form"},
        {"event": "slot", "timestamp": None, "name": "phone", "value": "12345"},
    ]
    asked = call(
        "validate_report_fault_form",
        mind,
        events=events,
        slots={**SLOTS, "phone": "12345", "requested_slot": "phone", "confirmed": None},
        latest_message={"text": "12345", "intent": {"name": "inform", "confidence": 0.9}, "entities": []},
        active_loop={"name": "report_fault_form"},
    )
    answer = (await client.post("/webhook", json=asked)).json()
    slots = {e["name"]: e["value"] for e in answer["events"] if e["event"] == "slot"}
    assert slots["phone"] is None
    assert slots["requested_slot"]
    assert [r["response"] for r in answer["responses"]] == ["utter_bad_phone"]


async def test_hand_over_is_kept(client: httpx.AsyncClient, mind: Mind, store: Store) -> None:
    await client.post("/webhook", json=call("action_hand_over", mind))
    conversation = await store.read(lambda tx: tx.conversations.find("rasa", "default", "someone"))
    assert conversation is not None
    assert conversation.owner == "queue"


async def test_compressed_calls(client: httpx.AsyncClient, mind: Mind) -> None:
    """Rasa compresses when COMPRESS_ACTION_SERVER_REQUEST is set."""
    body = zlib.compress(orjson.dumps(call("action_help", mind)))
    answer = await client.post("/webhook", content=body, headers={"content-encoding": "deflate"})
    assert answer.json()["responses"][0]["response"] == "utter_help"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"not json", 400),
        (b"[1]", 400),
        (b'{"next_action": "action_missing"}', 404),
        (b'{"next_action": "action_help"}', 400),
        (b'{"next_action": "action_help", "sender_id": "x", "tracker": {"slots": 7, "events": 3}}', 400),
        (b'{"next_action": "action_help", "sender_id": "x", "tracker": {"events": [1]}}', 400),
    ],
)
async def test_bad_calls(client: httpx.AsyncClient, content: bytes, status: int) -> None:
    """Anything that is no action call gets a clear refusal, never a traceback."""
    answer = await client.post("/webhook", content=content)
    assert answer.status_code == status
    assert answer.json()["error"]


async def test_health_and_actions(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health")).json() == {"status": "ok"}
    names = [action["name"] for action in (await client.get("/actions")).json()]
    assert "validate_report_fault_form" in names
