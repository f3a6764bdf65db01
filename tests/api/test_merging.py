"""Orders opened by other programs are not doubled, and repairs that come back are noticed (E1, E6, C7)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from handlers.devices import REPLACEMENT
from handlers.life import Actor, move
from storage import Store
from tests.api.conftest import Ask
from tests.api.test_opening import FAULT, key
from tests.conftest import NOON


async def test_the_same_fault_is_added_to_the_open_order(store: Store, ask: Ask) -> None:
    """C7: said so in the answer, once a key; what was missing is known then; the device is one row."""
    client = ask()
    vague = {k: v for k, v in FAULT.items() if k not in ("model", "serial_number", "purchase_date")}
    first = (await client.post("/orders", json=vague, headers=key())).json()
    wish = {**FAULT, "description": "冰箱还是不制冷，已经三天了"}
    answers = [await client.post("/orders", json=wish, headers=key("k2")) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    told = answers[0].json()
    assert (told["number"], told["added"], first["added"]) == (first["number"], True, False)
    assert (told["model"], told["serial_number"], told["symptoms"]) == ("BCD-216", "ABC12345", ["no_cooling"])
    events = (await client.get(f"/orders/{told['number']}/events")).json()["items"]
    notes = [event["note"] for event in events if event["move"] is None]
    assert notes == ["reported again: 冰箱还是不制冷，已经三天了"]
    other = await client.post("/orders", json={**wish, "description": "别的"}, headers=key("k2"))
    assert (other.status_code, other.json()["type"]) == (422, "urn:baoxiu:problem:key-used")
    assert len(store.run(lambda tx: tx.devices.of_customer(told["customer_id"]))) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"description": "漏水"},
        {"product": "tv", "serial_number": None, "model": None, "description": "没有图像"},
        {"serial_number": "XYZ98765"},
        {"symptoms": ["water_leak"]},
        {"error_code": "E7", "symptoms": []},
        {"separate": True},
        {"kind": "installation"},
        {"contact": {**FAULT["contact"], "phone": "13900139001"}},
    ],
)
async def test_what_may_be_another_matter_is_a_new_order(
    lone: Store, ask_lone: Ask, more: dict[str, Any]
) -> None:
    """Another fault, device, kind or customer; or where it is asked for."""
    client = ask_lone()
    first = await client.post("/orders", json=FAULT, headers=key())
    second = await client.post("/orders", json={**FAULT, **more}, headers=key("k2"))
    assert second.status_code == 201, second.text
    assert (second.json()["added"], second.json()["number"] != first.json()["number"]) == (False, True)


async def test_an_urgent_report_raises_the_order_it_is_added_to(lone: Store, ask_lone: Ask) -> None:
    """E5, C7: nothing of the urgency is lost, and who opened it may not be who is told."""
    await ask_lone().post("/orders", json=FAULT, headers=key())
    for number in range(4):  # the highest level is no reason to refuse
        answer = await ask_lone().post(
            "/orders", json={**FAULT, "priority": "urgent"}, headers=key(f"u{number}")
        )
        assert answer.status_code == 200, answer.text
    assert (answer.json()["priority"], answer.json()["escalation"]) == ("urgent", 1)


async def test_the_third_repair_in_warranty_offers_a_replacement(lone: Store, ask_lone: Ask) -> None:
    """E6: told in the answer, a task for the supervisors; the codes are found in the words."""
    client, staff = ask_lone(), Actor("supervisor", "S1")

    async def report(number: int) -> httpx.Response:
        return await client.post("/orders", json=FAULT, headers=key(f"r{number}"))

    repaired = []
    for number in range(3):
        told = (await report(number)).json()
        assert told["replacement"] == []
        repaired.append(told["number"])
        order = lone.run(lambda tx, n=told["number"]: tx.orders.find(n))  # type: ignore[misc]
        for name in ("take", "resolve", "close"):
            lone.run(lambda tx, o=order, m=name: move(tx, o, m, staff, "repaired", NOON))  # type: ignore[misc]
    fourth = (await report(4)).json()
    assert sorted(fourth["replacement"]) == repaired
    assert fourth["added"] is False
    order = lone.run(lambda tx: tx.orders.find(fourth["number"]))
    assert REPLACEMENT in [task.kind for task in lone.run(lambda tx: tx.tasks.of_order(order.id))]
