"""The command palette and what users prefer (G2): found by name and number, within the visitor's rights."""

from __future__ import annotations

import re
from collections.abc import Callable

from storage import Store
from tests.api.conftest import open_order
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.console.test_pages import HOSTILE, arrives, at_work


def offered(page: str) -> list[str]:
    """The ids of what the list shows, in order."""
    return re.findall(r'role="option" id="([^"]+)"', page)


async def test_the_palette_finds_and_offers(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G2: conversations, customers, orders and pages; of the open conversation what may be done now."""
    ann = await at_work(browsers(), store, clock, add("ann", shown="安"))
    bob = await at_work(browsers(), store, clock, add("bob", shown="博"))
    talk = arrives(store, clock, text="13800138000 是我的电话", name="王芳")
    order = open_order(store, "k1")
    room = store.run(lambda tx: tx.conversations.get(talk))
    store.run(lambda tx: tx.customers.remember(room.customer_id, clock(), phone="+8613800138000"))

    async def found(who: Browser, typed: str) -> list[str]:
        answer = await who.http.get("/console/palette", params={"typed": typed, "open": str(talk)})
        assert answer.status_code == 200
        return offered(answer.text)

    everything = await found(ann, "")
    assert everything[:3] == ["deed-take", "deed-reply", "deed-note"]
    assert {"page-inbox", "page-orders", "page-account"} <= set(everything)
    assert "page-users" not in everything  # for administrators
    by_name = await found(ann, "王芳")
    assert {f"talk-{talk}", f"customer-{room.customer_id}"} <= set(by_name)
    assert f"order-{order.number}" in await found(ann, order.number[:11])
    assert f"talk-{talk}" in await found(ann, "8000")
    assert await found(ann, "是我的电话") == []  # of what was said nothing at each key
    masked = await ann.http.get("/console/palette", params={"typed": "王芳"})
    assert ("138****8000" in masked.text, "13800138000" in masked.text) == (True, False)

    await ann.post(f"/talks/{talk}/move/take")
    mine = ["deed-reply", "deed-note", "deed-resolve", "deed-resolve_next", "deed-snooze"]
    assert [one for one in await found(ann, "") if one.startswith("deed")] == mine
    assert "deed-resolve" not in await found(bob, "")
    for typed, open_talk in (("x" * 101, "1"), ("a\tb", "1")):
        refused = await ann.http.get("/console/palette", params={"typed": typed, "open": open_talk})
        assert refused.status_code == 422
    for open_talk in ("0", "-1", "x", "99999999999999999999", "987654"):
        answer = await ann.http.get("/console/palette", params={"typed": "", "open": open_talk})
        assert (answer.status_code, "deed-" in answer.text) == (200, False)


async def test_hostile_names_in_the_palette(store: Store, clock: Clock, browser: Browser, add: Add) -> None:
    """T13: names are words there too."""
    ann = await at_work(browser, store, clock, add())
    for number, words in enumerate(HOSTILE):
        arrives(store, clock, peer=f"p{number}", name=f"芳 {words}"[:128])
    for name in ("芳", *HOSTILE[:5]):
        page = (await ann.http.get("/console/palette", params={"typed": name[:100]})).text
        assert not re.search(r"<(script|img|a|div|textarea)\b|<svg onload", page)
        assert "{{" in page or "49" not in re.sub(r'id="[^"]*"|href="[^"]*"', "", page)


async def test_resolve_and_next(store: Store, clock: Clock, browser: Browser, add: Add) -> None:
    """G2: after a deed the page asked for is opened, but only one of ours."""
    ann = await at_work(browser, store, clock, add())
    for there, led in (
        ("/console/talks/2?view=mine", "/console/talks/2?view=mine"),
        ("https://evil.test/", "/console"),
        ("//evil.test", "/console"),
    ):
        talk = arrives(store, clock, peer=there)
        await ann.post(f"/talks/{talk}/move/take")
        seen = str(store.run(lambda tx, t=talk: tx.conversations.get(t).last_seq))  # type: ignore[misc]
        done = await ann.post(f"/talks/{talk}/move/resolve", seen=seen, next=there)
        assert (done.status_code, done.headers["location"]) == (303, led)
        assert store.run(lambda tx, t=talk: tx.conversations.get(t).owner) == "closed"  # type: ignore[misc]


async def test_what_users_prefer(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G2: shortcuts can be switched off and Enter can send; it is one's own, and kept through a sign-in."""
    ann = await at_work(browsers(), store, clock, add("ann"))
    bob = await at_work(browsers(), store, clock, add("bob"))
    talk = arrives(store, clock)
    page = (await ann.get(f"/talks/{talk}")).text
    assert ('id="shortcuts" class="palette" aria-labelledby="shortcuts-title" data-on' in page) is True
    assert ("data-enter" in page, "Ctrl+Enter 发送" in page) == (False, True)
    kept = await ann.post("/account/preferences", enter_sends="1", sound="1")
    assert (kept.status_code, "偏好已保存" in kept.text) == (200, True)
    await ann.post("/sign-out")
    await ann.get("/sign-in")
    await ann.sign_in("ann")
    page = (await ann.get(f"/talks/{talk}")).text
    assert ("data-on" in page, "data-enter" in page, "Enter 发送，" in page) == (False, True, True)
    assert "data-on" in (await bob.get(f"/talks/{talk}")).text
    for form in ({"enter_sends": "yes"}, {"role": "admin"}, {"shortcuts": "2"}):
        assert (await ann.post("/account/preferences", **form)).status_code == 422
    user = store.run(lambda tx: tx.users.named("ann"))
    assert user is not None
    assert sorted(name for name, wish in user.preferences.items() if wish) == ["enter_sends", "sound"]
