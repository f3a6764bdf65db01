"""Orders from a conversation (G2): opened for all five kinds by the chat's own rules, moved, noted."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from storage import Store, Tx
from storage.devices import Owned
from storage.orders import Order
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.console.test_collected import REPORT, collecting, room_of
from tests.console.test_pages import arrives, at_work

CONTACT = {"name": "王芳", "phone": "13800138000", "address": "上海市浦东新区世纪大道100号"}
FORMS = {
    "fault": (
        {**CONTACT, "product": "冰箱", "description": "不制冷", "purchase_date": "2025-06"},
        "已为您登记",
    ),
    "installation": (
        {**CONTACT, "product": "空调", "window": "2026-03-05 13:30-15:30", "site_ready": "yes"},
        "约好了",
    ),
    "return": (
        {
            "product": "洗衣机", "name": "王芳", "phone": "13800138000", "purchase_date": "2026-02-25",
            "return_reason": "performance_fault", "condition": "used", "return_wish": "exchange",
        },
        "已提交审核",
    ),
    "complaint": (
        {"complaint_words": "师傅态度很差，迟到两小时", "complaint_phone": "13800138000"},
        "投诉",
    ),
    "consultation": ({"consultation_words": "冰箱怎么除霜", "phone": "13800138000"}, "登记好了"),
}  # fmt: skip
HTMX = {"HX-Request": "true"}


def orders(store: Store, talk: int) -> list[Order]:
    return store.run(lambda tx: tx.orders.of_customer(tx.conversations.get(talk).customer_id, 50))


def told(store: Store, talk: int) -> list[str]:
    """What the bot said there, oldest first."""
    said = store.run(lambda tx: tx.messages.of_conversation(talk, before=2**31 - 1, limit=50))
    return [str(one.body.get("text") or "") for one in said if one.author == "bot"]


async def opens(ann: Browser, talk: int, kind: str, key: str = "k", **form: str) -> Any:
    return await ann.post(f"/talks/{talk}/orders/new/{kind}", headers=HTMX, key=key, **form)


async def test_all_five_kinds(store: Store, clock: Clock, browser: Browser, add: Add) -> None:
    """G2, C1, C3-C6: each with its promise and warranty, by the agent, the customer told in their words."""
    ann = await at_work(browser, store, clock, add())
    talk = arrives(store, clock)
    await ann.post(f"/talks/{talk}/move/take")
    for kind, (form, words) in FORMS.items():
        page = (await ann.get(f"/talks/{talk}/orders/new/{kind}", **HTMX)).text
        assert "<form" in page, kind
        answer = await opens(ann, talk, kind, kind, **form)
        assert answer.status_code == 200, answer.text
        order = orders(store, talk)[0]
        assert order.kind == kind
        assert order.number in answer.text
        assert order.promised_at is not None
        assert words in told(store, talk)[-1]
        assert order.number in told(store, talk)[-1]
        (event,) = [e for e in store.run(lambda tx, o=order: tx.orders.events(o.id)) if e.move == "open"]  # type: ignore[misc]
        assert (event.actor, event.actor_id) == ("agent", "li.na")
        await opens(ann, talk, kind, kind, **form)  # pressed twice
    fault = orders(store, talk)[4]
    assert fault.fields["warranty"] == "in_warranty"
    assert fault.fields["symptoms"] == ["no_cooling"]
    booked = orders(store, talk)[3]
    assert store.run(lambda tx: tx.appointments.standing(booked.id)) is not None
    back = orders(store, talk)[2]
    assert (back.fields["reason"], back.fields["category"]) == ("performance_fault", "exchange")
    assert "performance_fault" not in back.fields.get("description", "")
    assert len(orders(store, talk)) == 5
    deeds = [d.detail for d in store.run(lambda tx: tx.audit.latest(50)) if d.action == "order_opened"]
    assert len(deeds) == 5
    assert deeds[-1] == {"number": fault.number, "kind": "fault", "added": False}


async def test_what_is_in_the_way(store: Store, clock: Clock, browser: Browser, add: Add) -> None:
    """G2, C8, E1: each wrong value with its reason, nothing opened; the same fault is asked about, added."""
    ann = await at_work(browser, store, clock, add())
    talk = arrives(store, clock)
    await ann.post(f"/talks/{talk}/move/take")
    good = {**CONTACT, "product": "冰箱", "description": "不制冷"}
    for change, words in (
        ({"phone": "123"}, "号码"),
        ({"description": ""}, "必填"),
        ({"product": "", "name": ""}, "必填"),
        ({"purchase_date": "2031-01-01"}, "wrong"),
    ):
        answer = await opens(ann, talk, "fault", **{**good, **change})
        assert (answer.status_code, words in answer.text) == (422, True), (change, answer.text)
        assert "不制冷" in answer.text or not change.get("description", "x")
    late = {**CONTACT, "product": "空调", "window": "2026-03-05 02:00-03:00"}
    answer = await opens(ann, talk, "installation", **late)
    assert (answer.status_code, "2026-03-" in answer.text) == (422, True)
    worn = {
        "product": "洗衣机", "name": "王芳", "phone": "13800138000", "return_reason": "changed_mind",
        "condition": "damaged",
    }  # fmt: skip
    refused = await opens(ann, talk, "return", **worn)
    assert (refused.status_code, 'name="anyway"' in refused.text) == (422, True)
    assert orders(store, talk) == []
    assert (await opens(ann, talk, "return", **worn, anyway="yes")).status_code == 200
    assert (await opens(ann, talk, "fault", "a", **good)).status_code == 200
    again = await opens(ann, talk, "fault", "b", **good)
    assert (again.status_code, 'name="duplicate"' in again.text) == (422, True)
    both = {**good, "description": "还漏水"}
    added = await opens(ann, talk, "fault", "b", **both, duplicate="same")
    assert (added.status_code, "已补充到" in added.text) == (200, True)
    first = orders(store, talk)[0]
    assert "还漏水" in store.run(lambda tx: tx.orders.events(first.id))[-1].note
    assert (await opens(ann, talk, "fault", "c", **good, duplicate="other")).status_code == 200
    assert len(orders(store, talk)) == 3
    for path, form, status in (
        (f"/talks/{talk}/orders/new/nothing", {"key": "k"}, 404),
        ("/talks/987654/orders/new/fault", {"key": "k"}, 404),
        (f"/talks/{talk}/orders/new/fault", {"key": ""}, 404),
        (f"/talks/{talk}/orders/new/fault", {"key": "k", "priority": "urgent"}, 422),
    ):
        assert (await ann.post(path, **form)).status_code == status, path


async def test_the_form_begins_with_what_is_known(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G2: what the bot collected and the device chosen stand in it; the bot's own form is done with it."""
    ann = await at_work(browsers(), store, clock, add())
    bob = await at_work(browsers(), store, clock, add("wang.lei", "agent", "王磊"))
    talk = collecting(store, clock, **REPORT)
    await ann.post(f"/talks/{talk}/move/take")

    def work(tx: Tx) -> int:
        customer = tx.conversations.get(talk).customer_id
        return tx.devices.add(Owned(customer, "microwave", clock(), clock(), brand="midea", model="M1-500"))

    oven = store.run(work)
    page = (await ann.get(f"/talks/{talk}/orders/new/fault", **HTMX)).text
    assert all(f'value="{words}"' in page for words in ("冰箱", "王芳", "+8613800138000"))
    assert "不制冷</textarea>" in page
    chosen = (await ann.get(f"/talks/{talk}/orders/new/fault?device={oven}", **HTMX)).text
    assert all(f'value="{words}"' in chosen for words in ("微波炉", "美的", "M1-500"))
    theirs = await opens(bob, talk, "fault", **CONTACT)
    assert (theirs.status_code, "李娜" in theirs.text) == (409, True)
    form = {**CONTACT, "product": "微波炉", "model": "M1-500", "description": "不加热了"}
    await opens(ann, talk, "fault", **form)
    order = orders(store, talk)[0]
    assert (order.device_id, order.fields["product"]) == (oven, "microwave")
    assert room_of(store, talk).state["loop"] is None
    await ann.post(f"/talks/{talk}/move/hand_back")
    assert len(told(store, talk)) == 2  # the order, and that the bot is back: it asks nothing again


async def test_moves_are_legal_and_a_stale_page_moves_nothing(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G2, E2, C7: buttons for what is legal only; of two agents one moves; visits, notes."""
    ann = await at_work(browsers(), store, clock, add())
    bob = await at_work(browsers(), store, clock, add("wang.lei", "agent", "王磊"))
    talk = arrives(store, clock)
    await ann.post(f"/talks/{talk}/move/take")
    await opens(ann, talk, "fault", **CONTACT, product="冰箱", description="不制冷")
    order = orders(store, talk)[0]
    path = f"/talks/{talk}/orders/{order.number}"
    page = (await bob.get(f"/talks/{talk}/side")).text
    offered = set(re.findall(r'name="move" value="(\w+)"', page))
    assert {"take", "cancel", "urge", "note"} <= offered
    assert not {"confirm", "arrive", "quote", "schedule_visit"} & offered
    right = {"version": str(order.version), "reason": "", "to": "", "day": "", "slot": ""}
    assert (await ann.post(path, headers=HTMX, **right, move="take")).status_code == 200
    late = await bob.post(path, headers=HTMX, **right, move="take")
    assert (late.status_code, order.number in late.text, 'role="alert"' in late.text) == (409, True, True)
    moved = orders(store, talk)[0]
    assert moved.status == "accepted"
    right["version"] = str(moved.version)
    visit = {**right, "move": "schedule_visit", "day": "2026-03-05", "slot": "13:30-15:30"}
    assert (await ann.post(path, headers=HTMX, **visit)).status_code == 200
    assert "2026-03-05 13:30" in (await ann.get(f"/talks/{talk}/side")).text
    right["version"] = str(orders(store, talk)[0].version)
    again = {**right, "move": "reschedule_visit", "day": "2026-03-06", "slot": "10:00-12:00"}
    assert (await ann.post(path, headers=HTMX, **again)).status_code == 200
    right["version"] = str(orders(store, talk)[0].version)
    note = {**right, "move": "note", "reason": "客户只有上午在家"}
    assert (await ann.post(path, headers=HTMX, **note)).status_code == 200
    event = store.run(lambda tx: tx.orders.events(order.id))[-1]
    assert (event.note, event.actor_id, event.move) == ("客户只有上午在家", "li.na", None)
    for change, status in (
        ({"move": "resolve"}, 409),  # a reason is needed
        ({"move": "confirm_all"}, 422),
        ({"move": "note", "reason": ""}, 422),
        ({"move": "reschedule_visit", "day": "2026-03-06"}, 422),
    ):
        answer = await ann.post(path, headers=HTMX, **{**right, **change})
        assert (answer.status_code, 'role="alert"' in answer.text) == (status, True), change
    other = arrives(store, clock, peer="somebody else")
    assert (await ann.post(f"/talks/{other}/orders/{order.number}", **right, move="urge")).status_code == 404
    assert orders(store, talk)[0].status == "visit_scheduled"
