"""Orders opened by other programs: checked as in the chat, once a key, told to whom it can be (C8, E1)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from storage import Store
from storage.schema import conversations, customers, messages, orders, outbox
from tests.api.conftest import Ask, open_order
from tests.clock import tell
from tests.conftest import NOON

CONTACT = {
    "phone": "139 0013 9000",
    "name": "李娜",
    "address": "上海市浦东新区世纪大道100号",
    "language": "zh",
}
FAULT = {
    "kind": "fault", "contact": CONTACT, "product": "refrigerator", "brand": "haier", "model": "bcd-216",
    "serial_number": "abc 12345", "purchase_date": "2025-06-18", "description": "不制冷",
}  # fmt: skip


def key(name: str = "k1") -> dict[str, str]:
    """The header that names the request."""
    return {"Idempotency-Key": name}


async def test_an_order_is_opened_as_in_the_chat(store: Store, ask: Ask) -> None:
    """E1: a number, a promise, a region, the warranty; who opened it stands in its history."""
    answer = await ask().post("/orders", json=FAULT, headers=key())
    told = answer.json()
    assert answer.status_code == 201, answer.text
    assert (answer.headers["location"], answer.headers["etag"]) == (f"/api/v1/orders/{told['number']}", '"1"')
    assert told["number"] == "SR-202603020001"
    assert told["contact"] == {"name": "李娜", "phone": "+8613900139000", "address": CONTACT["address"]}
    assert (told["serial_number"], told["model"], told["warranty"]) == ("ABC12345", "BCD-216", "in_warranty")
    assert told["promised_at"] == "2026-03-03T04:00:00Z"
    assert told["region"]
    events = (await ask().get(f"/orders/{told['number']}/events")).json()["items"]
    assert [(e["actor"], e["actor_id"], e["move"]) for e in events] == [("agent", "api:all", "open")]
    assert store.run(lambda tx: tx.execute(select(func.count()).select_from(outbox)).scalar_one()) == 0


async def test_a_repetition_gives_the_same_order(store: Store, ask: Ask) -> None:
    first = await ask().post("/orders", json=FAULT, headers=key())
    again = await ask().post("/orders", json=FAULT, headers=key())
    other = await ask("boss").post("/orders", json={**FAULT, "description": "门关不严"}, headers=key())
    changed = await ask().post("/orders", json={**FAULT, "description": "漏水"}, headers=key())
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 201)
    assert again.json() == first.json()
    assert other.json()["number"] != first.json()["number"], "keys are each program's own"
    assert (changed.status_code, changed.json()["type"]) == (422, "urn:baoxiu:problem:key-used")
    assert store.run(lambda tx: tx.execute(select(func.count()).select_from(customers)).scalar_one()) == 1


@pytest.mark.parametrize("phones", [["13900139000"] * 8, [f"1390013900{n}" for n in range(8)]])
async def test_of_many_at_once_one_opens_it(store: Store, ask: Ask, phones: list[str]) -> None:
    """The same key at the same time: one order, and nobody gets an error of ours."""
    client = ask()
    answers = await asyncio.gather(
        *(
            client.post("/orders", json={**FAULT, "contact": {**CONTACT, "phone": phone}}, headers=key())
            for phone in phones
        )
    )
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [200] * 7 + [201] if len(set(phones)) == 1 else [201] + [422] * 7
    assert store.run(lambda tx: tx.execute(select(func.count()).select_from(orders)).scalar_one()) == 1


async def test_a_known_customer_is_told_on_their_channel(store: Store, ask: Ask) -> None:
    """E2: with the number; what is known of them is not asked for again."""
    before = open_order(store)
    wish = {"kind": "consultation", "customer_id": before.customer_id, "description": "怎么除霜"}
    answer = await ask().post("/orders", json=wish, headers=key())
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["contact"] == {"name": "张伟", "phone": "+8613800138000", "address": None}
    bodies = store.run(lambda tx: tx.execute(select(messages.c.body)).scalars().all())
    assert [told["number"] in body["text"] for body in bodies] == [True]
    await ask().post("/orders", json=wish, headers=key())
    assert store.run(lambda tx: tx.execute(select(func.count()).select_from(messages)).scalar_one()) == 1


async def test_moves_of_an_unreachable_customer_wait(store: Store, ask: Ask) -> None:
    """Nothing is sent where nobody is; what would be said is kept for an agent to see."""
    number = (await ask().post("/orders", json=FAULT, headers=key())).json()["number"]
    await ask().post(f"/orders/{number}/moves", json={"move": "take"}, headers={"If-Match": '"1"'})
    tell(store, NOON)
    assert store.run(lambda tx: tx.execute(select(outbox.c.state)).scalars().all()) == ["parked"]
    assert store.run(lambda tx: tx.execute(select(conversations.c.language)).scalars().all()) == ["zh"]


BAD: list[tuple[dict[str, Any], str]] = [
    ({"kind": "party"}, "/kind"),
    ({"kind": 1}, "/kind"),
    ({"priority": "now"}, "/priority"),
    ({"contact": None}, "/contact"),
    ({"contact": {"phone": "1390013"}}, "/contact/phone"),
    ({"contact": {"phone": 13900139000}}, "/contact/phone"),
    ({"contact": {"name": "李娜"}}, "/contact/phone"),
    ({"contact": {**CONTACT, "name": "12345"}}, "/contact/name"),
    ({"contact": {**CONTACT, "address": "上海"}}, "/contact/address"),
    ({"contact": {**CONTACT, "address": None}}, "/contact/address"),
    ({"contact": {**CONTACT, "level": "key"}}, "/contact/level"),
    ({"product": None}, "/product"),
    ({"product": "fridge"}, "/product"),
    ({"model": "?"}, "/model"),
    ({"serial_number": "12"}, "/serial_number"),
    ({"purchase_date": "2027-01-01"}, "/purchase_date"),
    ({"purchase_date": "2025-02-30"}, "/purchase_date"),
    ({"purchase_date": "yesterday"}, "/purchase_date"),
    ({"purchase_date": "photo"}, "/purchase_date"),
    ({"description": "!"}, "/description"),
    ({"description": "坏\x00了"}, "/description"),
    ({"description": "\ud800"}, "/description"),
    ({"symptoms": ["sad"]}, "/symptoms/0"),
    ({"error_code": "E 1"}, "/error_code"),
    ({"customer_id": 999}, "/customer_id"),
    ({"customer_id": 2**63}, "/customer_id"),
    ({"customer_id": True}, "/customer_id"),
    ({"status": "closed"}, "/status"),
    ({"assignee_id": 1}, "/assignee_id"),
    ({"request_key": "x"}, "/request_key"),
]


@pytest.mark.parametrize(("part", "pointer"), BAD, ids=lambda v: ascii(v)[:60])
async def test_a_bad_value_is_told_with_its_place(
    lone: Store, ask_lone: Ask, part: dict[str, Any], pointer: str
) -> None:
    """C8: the same checks as in the chat; nothing but what is offered can be set."""
    import json

    answer = await ask_lone().post(
        "/orders",
        content=json.dumps({**FAULT, **part}),
        headers={**key(), "Content-Type": "application/json"},
    )
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert lone.run(lambda tx: tx.execute(select(func.count()).select_from(orders)).scalar_one()) == 0
    assert lone.run(lambda tx: tx.execute(select(func.count()).select_from(customers)).scalar_one()) == 0


@pytest.mark.parametrize("given", [{}, key(""), key("a b"), key("x" * 201)])
async def test_a_request_needs_a_key(ask_lone: Ask, given: dict[str, str]) -> None:
    answer = await ask_lone().post("/orders", json=FAULT, headers=given)
    assert (answer.status_code, answer.json()["errors"][0]["name"]) == (422, "Idempotency-Key")
