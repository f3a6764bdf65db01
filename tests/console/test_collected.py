"""What the bot collected (G2): shown, changed by who has the conversation, used when the bot goes on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from bot.console.masking import MASKED
from storage import Store, Tx
from storage.conversations import Conversation
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.console.test_pages import arrives, at_work

REPORT = {
    "product": "refrigerator", "description": "不制冷", "since": "-", "model": "-", "purchase_date": "-",
    "name": "王芳", "phone": "+8613800138000", "address": "上海市浦东新区世纪大道100号",
    "self_service": "-", "known_contact": "no", "asked": ["product"],
}  # fmt: skip


def collecting(store: Store, clock: Clock, form: str = "report_fault_form", **slots: Any) -> int:
    """A customer whose report is under way asked for a person; the conversation's id."""
    talk = arrives(store, clock)

    def work(tx: Tx) -> None:
        room = tx.conversations.get(talk)
        asked = slots.pop("requested_slot", "confirmed")
        room.state = {"slots": {"language": "zh", "requested_slot": asked, **slots}, "loop": form}
        tx.conversations.save(room, clock())

    store.run(work)
    return talk


def room_of(store: Store, talk: int) -> Conversation:
    return store.run(lambda tx: tx.conversations.get(talk))


def was(page: str, slot: str) -> str:
    """By what the page knows the value of that slot."""
    found = re.search(rf'/slots/{slot}".*?name="was" value="([0-9a-f]+)"', page, re.DOTALL)
    assert found, slot
    return found[1]


async def changed(ann: Browser, talk: int, slot: str, value: str, **more: str) -> Any:
    page = (await ann.get(f"/talks/{talk}/side")).text
    form = {"value": value, "was": was(page, slot), **more}
    return await ann.post(f"/talks/{talk}/slots/{slot}", headers={"HX-Request": "true"}, **form)


async def test_values_are_checked_as_in_the_chat(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """G2, C8: each value by the form's own rules, refused with its own words; audited without the value."""
    ann = await at_work(browser, store, clock, add())
    talk = collecting(store, clock, **REPORT)
    assert "/slots/" not in (await ann.get(f"/talks/{talk}")).text  # nobody has it yet
    await ann.post(f"/talks/{talk}/move/take")
    page = (await ann.get(f"/talks/{talk}/side")).text
    assert "138 0013 8000" in page
    for slot, value, kept in (
        ("phone", "139 1234 5678", "+8613912345678"),
        ("product", "洗衣机", "washing_machine"),
        ("purchase_date", "2025年6月", "2025-06"),
        ("name", "李雷", "李雷"),
        ("address", "北京市朝阳区建国路88号3单元", "北京市朝阳区建国路88号3单元"),
        ("description", "漏水很厉害，显示E3", "漏水很厉害，显示E3"),
        ("model", "xqg100", "XQG100"),
        ("urgency", "urgent", "urgent"),
        ("model", "", None),
    ):
        answer = await changed(ann, talk, slot, value)
        assert answer.status_code == 200, (slot, answer.text)
        assert "已修改" in answer.text
        assert room_of(store, talk).state["slots"].get(slot) == kept, slot
    slots = room_of(store, talk).state["slots"]
    assert (slots["symptoms"], slots["error_code"]) == (["water_leak"], "E3")
    before = room_of(store, talk).state
    for slot, value, words in (
        ("phone", "12345", "号码"),
        ("name", "12345", ""),
        ("purchase_date", "2031-01-01", ""),
        ("serial_number", "??", ""),
        ("address", "北京", ""),
    ):
        answer = await changed(ann, talk, slot, value)
        assert (answer.status_code, 'role="alert"' in answer.text) == (422, True), (slot, answer.text)
        assert words in answer.text
        assert f'value="{value}"' in answer.text or f">{value}<" in answer.text, slot
    assert room_of(store, talk).state == before
    deeds = [d for d in store.run(lambda tx: tx.audit.latest(50)) if d.action == "slot_changed"]
    assert len(deeds) == 9
    assert deeds[0].detail == {"slot": "model", "form": "report_fault_form"}


async def test_only_who_has_it_and_only_what_they_saw(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G2: another agent is told who has it; a value that changed meanwhile is not overwritten."""
    ann = await at_work(browsers(), store, clock, add())
    bob = await at_work(browsers(), store, clock, add("wang.lei", "agent", "王磊"))
    talk = collecting(store, clock, **REPORT)
    await ann.post(f"/talks/{talk}/move/take")
    page = (await ann.get(f"/talks/{talk}/side")).text
    masked = (await bob.get(f"/talks/{talk}/side")).text
    assert "138****8000" in masked
    assert "上海市浦东新****" in masked
    assert "/slots/" not in masked
    form = {"value": "李雷", "was": was(page, "name")}
    theirs = await bob.post(f"/talks/{talk}/slots/name", **form)
    assert (theirs.status_code, "李娜" in theirs.text) == (409, True)
    assert (await ann.post(f"/talks/{talk}/slots/name", **form)).status_code == 303
    late = await ann.post(f"/talks/{talk}/slots/name", value="韩梅", was=form["was"])
    assert (late.status_code, "刚刚变了" in late.text) == (409, True)
    assert room_of(store, talk).state["slots"]["name"] == "李雷"
    for path, form, status in (
        (f"/talks/{talk}/slots/steps", {"value": "x", "was": "0"}, 404),
        ("/talks/987654/slots/name", {"value": "x", "was": "0"}, 404),
        (f"/talks/{talk}/slots/name", {"value": "x", "owner": "bot"}, 422),
        (f"/talks/{talk}/slots/name", {"value": "x" * 501, "was": "0"}, 422),
    ):
        assert (await ann.post(path, **form)).status_code == status, path


@pytest.mark.parametrize("asked", ["confirmed", "address"])
async def test_the_bot_goes_on_with_it(
    store: Store, clock: Clock, browser: Browser, add: Add, asked: str
) -> None:
    """G2, C8: handed back, the bot shows the summary with the new values, or asks for what is missing."""
    ann = await at_work(browser, store, clock, add())
    first = {**REPORT, "requested_slot": asked, **({} if asked == "confirmed" else {"address": None})}
    talk = collecting(store, clock, **first)
    await ann.post(f"/talks/{talk}/move/take")
    await changed(ann, talk, "name", "李雷")
    await changed(ann, talk, "address", "北京市朝阳区建国路88号3单元")
    await ann.post(f"/talks/{talk}/move/hand_back")
    last = store.run(lambda tx: tx.messages.of_conversation(talk, before=2**31 - 1, limit=1))[0]
    assert last.author == "bot"
    said = str(last.body["text"])
    assert "李雷" in said
    assert "建国路88号" in said
    room = room_of(store, talk)
    assert room.state["slots"]["requested_slot"] == "confirmed"
    assert room.choices is not None


async def test_a_visit_time_by_the_calendar(store: Store, clock: Clock, browser: Browser, add: Add) -> None:
    """C5: the wished time is checked by the visits' calendar; refused with the reason and what is free."""
    ann = await at_work(browser, store, clock, add())
    form = {"product": "air_conditioner", "address": REPORT["address"], "name": "王芳", "site_ready": "yes"}
    talk = collecting(store, clock, "installation_form", requested_slot="window", **form)
    await ann.post(f"/talks/{talk}/move/take")
    for told, kept in (
        ("2026-03-05 13:30-15:30", "2026-03-05T13:30+08:00/2026-03-05T15:30+08:00"),
        ("后天上午十点到十二点", "2026-03-04T10:00+08:00/2026-03-04T12:00+08:00"),
    ):
        answer = await changed(ann, talk, "window", told)
        assert answer.status_code == 200, answer.text
        assert room_of(store, talk).state["slots"]["window"] == kept
    for told, words in (("2026-03-05 22:00-23:00", "2026-03-05"), ("2026-03-05 15:00-13:00", "13:30-15:30")):
        answer = await changed(ann, talk, "window", told)
        assert (answer.status_code, words in answer.text) == (422, True), answer.text
    assert room_of(store, talk).state["slots"]["window"] == kept


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("单号 SR-202611230002，电话 13800138000", "单号 SR-202611230002，电话 138****8000"),
        ("your order number is SR-202611230002.", "your order number is SR-202611230002."),
    ],
)
def test_an_orders_number_is_no_telephone(said: str, shown: str) -> None:
    """G2: who may not see telephone numbers still reads which order is meant."""
    assert MASKED.text(said) == shown
