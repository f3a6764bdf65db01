"""What agents have begun to write (T17): kept on the desk, each their own, gone with what was sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.console.replying.drafting import LONGEST
from storage import Store
from storage.agent_drafts import AgentDraft
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.console.test_pages import arrives, at_work


async def test_another_device_finds_what_was_begun(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G2: replies and notes, in the composer and in lists; colleagues see nothing of it."""
    desktop, phone = browsers(), browsers()
    ann = await at_work(desktop, store, clock, add())
    talk = arrives(store, clock, "空调漏水")
    place = f"/talks/{talk}/draft"
    words = "您好 <b>\"'先关机"
    assert (await ann.post(place, kind="reply", text=words, marks="a@1@zh", stamp="7")).status_code == 204
    assert (await ann.post(place, kind="note", text="备注", stamp="8")).status_code == 204
    await phone.get("/sign-in")
    await phone.sign_in("li.na")
    page = (await phone.get(f"/talks/{talk}?view=unassigned")).text
    found = re.search(r"data-kept='([^'<>]*)'", page)
    assert found is not None
    assert json.loads(found[1]) == {
        "reply": {"text": words, "marks": "a@1@zh", "stamp": 7},
        "note": {"text": "备注", "marks": "", "stamp": 8},
    }
    assert ('class="begun"' in page, "您好 &lt;b&gt;" in page) == (True, True)
    bob = await at_work(browsers(), store, clock, add("wang.lei", "agent", "王磊"))
    theirs = (await bob.get(f"/talks/{talk}?view=unassigned")).text
    assert ('class="begun"' in theirs, "先关机" in theirs, "空调漏水" in theirs) == (False, False, True)
    await ann.post(place, kind="reply", text="", stamp="9")
    assert 'class="begun"' not in (await ann.get("/list?view=unassigned")).text


async def test_a_late_save_brings_nothing_back(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """T17: of two saves the later written counts; what was sent stays sent, what was written on stays."""
    ann = await at_work(browser, store, clock, add())
    talk = arrives(store, clock)
    user = store.run(lambda tx: tx.users.named("li.na"))
    assert user is not None
    place = f"/talks/{talk}/draft"

    def kept() -> str:
        return store.run(lambda tx: tx.agent_drafts.of(user.id, talk))["reply"].text

    await ann.post(place, kind="reply", text="新的", stamp="20")
    await ann.post(place, kind="reply", text="旧的", stamp="19")
    assert kept() == "新的"
    refused = await ann.post(f"/talks/{talk}/say", kind="reply", text="新的", key="k1", stamp="21")
    assert (refused.status_code, kept()) == (409, "新的")  # nobody has the conversation yet
    await ann.post(f"/talks/{talk}/move/take")
    for _ in range(2):
        await ann.post(f"/talks/{talk}/say", kind="reply", text="新的", key="k2", stamp="21")
        assert kept() == ""
    await ann.post(place, kind="reply", text="新的", stamp="20")
    assert kept() == ""
    await ann.post(place, kind="reply", text="还有", stamp="22")
    await ann.post(f"/talks/{talk}/say", kind="note", text="备注", key="k3", stamp="30")
    assert kept() == "还有"
    await ann.post(f"/talks/{talk}/say", kind="reply", text="别的页面", key="k4")  # a page that keeps none
    assert kept() == "还有"


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"kind": "reply", "text": "x", "stamp": "0"}, 422),
        ({"kind": "reply", "text": "x", "stamp": "9" * 40}, 422),
        ({"kind": "mail", "text": "x", "stamp": "1"}, 422),
        ({"kind": "note", "text": "x", "stamp": "1", "user_id": "2"}, 422),
        ({"kind": "note", "text": "x" * (LONGEST + 1), "stamp": "1"}, 422),
        ({"kind": "note", "text": "x" * LONGEST, "stamp": "1"}, 204),
    ],
)
async def test_drafts_that_are_none(
    form: dict[str, str], status: int, store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """Bad input is refused, and a conversation that there is not."""
    ann = await at_work(browser, store, clock, add())
    talk = arrives(store, clock)
    assert (await ann.post(f"/talks/{talk}/draft", **form)).status_code == status
    assert (await ann.post(f"/talks/{talk + 99}/draft", **form)).status_code == (
        404 if status == 204 else 422
    )


def test_old_drafts_are_forgotten(store: Store, clock: Clock) -> None:
    """C5: personal data that nobody went on with goes."""
    talk = arrives(store, clock)

    user = store.run(lambda tx: tx.users.add("eve", "Eve", "agent", "-", clock()))
    assert user is not None
    store.run(lambda tx: tx.agent_drafts.keep(user.id, talk, AgentDraft("reply", "a", "", 5), clock()))
    edge = clock() + timedelta(seconds=1)
    store.run(lambda tx: tx.agent_drafts.forget(edge - timedelta(days=1)))
    assert store.run(lambda tx: tx.agent_drafts.begun(user.id, [talk])) == {talk: "a"}
    store.run(lambda tx: tx.agent_drafts.forget(edge))
    assert store.run(lambda tx: tx.agent_drafts.begun(user.id, [talk])) == {}
