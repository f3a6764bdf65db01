"""Visits wished and returns opened by other programs: the calendar and the policy of the chat (C5, C6)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from storage import Store
from storage.schema import appointments, customers, messages, orders
from tests.api.conftest import Ask, open_order
from tests.api.test_opening import CONTACT, FAULT, key

INSTALLATION = {
    "kind": "installation",
    "contact": CONTACT,
    "product": "washing_machine",
    "description": "新机安装",
}
VISIT = {"day": "2026-03-04", "slot": "13:30-15:30"}
RETURN = {
    "kind": "return", "contact": CONTACT, "product": "tv", "purchase_date": "2026-02-26",
    "description": "屏幕不亮",
}  # fmt: skip


def count(store: Store, table: Any) -> int:
    return int(store.run(lambda tx: tx.execute(select(func.count()).select_from(table)).scalar_one()))


async def test_a_wished_visit_is_an_appointment(store: Store, ask: Ask) -> None:
    """C5: it takes its place in the slot, is shown, and may be agreed upon and called off as ever."""
    opened = (await ask().post("/orders", json={**INSTALLATION, "visit": VISIT}, headers=key())).json()
    shown = {
        **VISIT, "starts_at": "2026-03-04T05:30:00Z", "ends_at": "2026-03-04T07:30:00Z", "state": "standing"
    }  # fmt: skip
    assert opened["appointment"] == shown
    path = f"/orders/{opened['number']}"
    for move in ({"move": "take"}, {"move": "schedule_visit"}):  # without a time the customer's own stands
        answer = await ask().post(f"{path}/moves", json=move, headers={"If-Match": "*"})
        assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["appointment"]) == ("visit_scheduled", shown)
    off = {"move": "call_off_visit", "reason": "客户没空"}
    assert (await ask().post(f"{path}/moves", json=off, headers={"If-Match": "*"})).status_code == 200
    listed = (await ask().get("/orders")).json()["items"]
    assert [(one["appointment"]["slot"], one["appointment"]["state"]) for one in listed] == [
        ("13:30-15:30", "cancelled")
    ]


async def test_the_customer_is_told_of_the_visit(store: Store, ask: Ask) -> None:
    """C5: who can be written to reads when somebody comes."""
    customer = open_order(store).customer_id
    wish = {**INSTALLATION, "contact": CONTACT, "customer_id": customer, "visit": VISIT}
    assert (await ask().post("/orders", json=wish, headers=key())).status_code == 201
    (body,) = store.run(lambda tx: tx.execute(select(messages.c.body)).scalars().all())
    assert "上门时间：3月4日 13:30–15:30。" in body["text"]


async def test_a_full_slot_is_told_with_free_ones(store: Store, ask: Ask) -> None:
    """C5: whoever comes too late opens nothing and loses nothing; the same request may be sent again."""
    places = 4
    for n in range(places):
        contact = {**CONTACT, "phone": f"1390013900{n}"}
        wish = {**INSTALLATION, "contact": contact, "visit": VISIT}
        assert (await ask().post("/orders", json=wish, headers=key(f"k{n}"))).status_code == 201
    refused = await ask().post("/orders", json={**INSTALLATION, "visit": VISIT}, headers=key("late"))
    told = refused.json()
    assert (refused.status_code, told["reason"], told["errors"][0]["pointer"]) == (
        422,
        "visit_full",
        "/visit",
    )
    assert "That slot is full. Free: 2026-03-04 10:00-12:00" in told["errors"][0]["detail"]
    assert (count(store, orders), count(store, customers)) == (places, places)
    free = await ask().post("/orders", json={**INSTALLATION, "visit": told["free"][0]}, headers=key("late"))
    assert (free.status_code, free.json()["appointment"]["state"]) == (201, "standing")
    repeated = await ask().post(
        "/orders", json={**INSTALLATION, "visit": told["free"][0]}, headers=key("late")
    )
    assert (repeated.status_code, count(store, appointments)) == (200, places + 1)


@pytest.mark.parametrize(
    ("part", "pointer", "reason"),
    [
        ({"visit": {"day": "2026-03-01", "slot": "13:30-15:30"}}, "/visit", "visit_past"),
        ({"visit": {"day": "2026-03-02", "slot": "13:30-15:30"}}, "/visit", "visit_too_soon"),
        ({"visit": {"day": "2026-03-07", "slot": "13:30-15:30"}}, "/visit", "visit_day_off"),
        ({"visit": {"day": "2026-03-04", "slot": "21:00-22:00"}}, "/visit", "visit_outside_hours"),
        ({"visit": {"day": "2026-05-20", "slot": "13:30-15:30"}}, "/visit", "visit_too_far"),
        ({"visit": {"day": "2026-03-04", "slot": "08:30-17:30"}}, "/visit", "visit_several"),
        ({"visit": {"day": "2026-03-04", "slot": "15:30-13:30"}}, "/visit/slot", None),
        ({"visit": {"day": "2026-03-04", "slot": "25:00"}}, "/visit/slot", None),
        ({"visit": {"day": "2026-02-30", "slot": "13:30"}}, "/visit/day", None),
        ({"kind": "consultation", "visit": VISIT}, "/visit", None),
        ({**RETURN, "contact": {"phone": "13900139000"}, "visit": VISIT}, "/contact/address", None),
        ({"return": {"reason": "changed_mind"}}, "/return", None),
        ({**RETURN, "return": {"reference": "??"}}, "/return/reference", None),
        ({**RETURN, "return": {"condition": "new"}}, "/return/condition", None),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_told_with_its_place(
    lone: Store, ask_lone: Ask, part: dict[str, Any], pointer: str, reason: str | None
) -> None:
    """C5, C6: past, too soon, a day off, outside hours, too far, several slots; and wishes out of place."""
    answer = await ask_lone().post("/orders", json={**INSTALLATION, **part}, headers=key())
    told = answer.json()
    assert (answer.status_code, [e["pointer"] for e in told["errors"]]) == (422, [pointer]), answer.text
    assert told.get("reason") == reason
    assert bool(told.get("free")) == (reason is not None)
    assert count(lone, orders) == 0


async def test_a_report_added_to_an_order_keeps_its_appointment(store: Store, ask: Ask) -> None:
    """C5, C7: the wish is taken where no visit was agreed upon, and changes none that was."""
    await ask().post("/orders", json=FAULT, headers=key("a"))
    added = (await ask().post("/orders", json={**FAULT, "visit": VISIT}, headers=key("b"))).json()
    assert (added["added"], added["appointment"]["slot"]) == (True, VISIT["slot"])
    other = {**VISIT, "slot": "10:00-12:00"}
    again = (await ask().post("/orders", json={**FAULT, "visit": other}, headers=key("c"))).json()
    assert (again["added"], again["appointment"]["slot"]) == (True, VISIT["slot"])
    assert count(store, appointments) == 1


async def test_a_return_is_held_against_the_policy(store: Store, ask: Ask) -> None:
    """C6: what fits goes to review with the policy's word; the reason is heard in the description."""
    told = (await ask().post("/orders", json=RETURN, headers=key())).json()
    assert (told["kind"], told["policy"]) == ("return", "fits")
    kept = store.run(lambda tx: tx.orders.find(told["number"])).fields
    assert (kept["category"], kept["reason"]) == ("return", "performance_fault")
    unsure = {**RETURN, "purchase_date": None, "return": {"wish": "exchange"}}
    assert (await ask().post("/orders", json=unsure, headers=key("b"))).json()["policy"] == "unclear"


async def test_a_return_too_late_is_refused_with_what_is_possible(store: Store, ask: Ask) -> None:
    """C6: a clear no with its reason; a customer may insist on a review, as in the chat."""
    late = {**RETURN, "purchase_date": "2026-02-20"}
    refused = await ask().post("/orders", json=late, headers=key())
    told = refused.json()
    assert (refused.status_code, told["type"]) == (422, "urn:baoxiu:problem:against-policy")
    assert (told["reason"], told["instead"]) == ("window_over", ["exchange", "repair"])
    assert "a return is possible within 7 days of receipt" in told["detail"]
    exchange = {**late, "return": {"wish": "exchange"}}
    assert (await ask().post("/orders", json=exchange, headers=key())).json()["policy"] == "fits"
    damaged = {**RETURN, "return": {"condition": "damaged"}}
    assert (await ask().post("/orders", json=damaged, headers=key("d"))).json()["instead"] == ["repair"]
    insisted = {**damaged, "return": {"condition": "damaged", "anyway": True}}
    assert (await ask().post("/orders", json=insisted, headers=key("d"))).json()["policy"] == "refused"
