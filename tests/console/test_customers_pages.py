"""Customers in the console (G2, E9, A3): found masked, joined and parted, taken out, erased; by role."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable

import pytest

from bot.settings import Settings
from storage import Store
from tests.api.conftest import open_order
from tests.conftest import NOON
from tests.console.conftest import Add, Browser


async def test_a_customer_is_found_and_shown(store: Store, browser: Browser, add: Add) -> None:
    """G2: by name or number, masked; orders and chats of theirs; nobody who is not there."""
    add()
    order = open_order(store)
    await browser.sign_in()
    for words in ("张", "8000", "13800138000", str(order.customer_id)):
        page = (await browser.get(f"/customers?q={words}")).text
        assert "138****8000" in page, words
        assert "+8613800138000" not in page
    assert "没有符合条件" in (await browser.get("/customers?q=nobody")).text
    other = store.run(lambda tx: tx.customers.add(NOON))
    store.run(lambda tx: tx.customers.remember(other, NOON, name="Anna_Smith"))
    for words in ("smith", "A_S", "ANNA"):
        page = (await browser.get(f"/customers?q={words}")).text
        assert ("Anna_Smith" in page, "张" in page) == (True, False), words
    assert "没有符合条件" in (await browser.get("/customers?q=a%25s")).text
    page = (await browser.get(f"/customers/{order.customer_id}")).text
    assert order.number in page
    assert "/erase" not in page
    for other in ("/customers/999", f"/customers/{10**30}", "/customers/0"):
        assert (await browser.get(other)).status_code == 404


async def test_customers_are_joined_and_parted(store: Store, browser: Browser, add: Add) -> None:
    """A3: by supervisors, with a reason; the other's page leads to the one kept; undone by its link."""
    add("boss", "supervisor")
    one, two = open_order(store).customer_id, open_order(store, "k2").customer_id
    await browser.sign_in("boss")
    at = f"/customers/{one}"
    assert (await browser.post(f"{at}/join", other=str(two), reason="x")).status_code == 422
    assert "核对编号" in (await browser.post(f"{at}/join", other="999", reason="same person")).text
    assert (await browser.post(f"{at}/join", other=str(two), reason="same person")).status_code == 303
    assert (await browser.get(f"/customers/{two}")).headers["location"] == f"/console{at}"
    (link,) = store.run(lambda tx: tx.identities.standing(one))
    assert (link.actor, link.how) == ("boss", "staff")
    assert (
        await browser.post("/customers/999/part", link=str(link.id), reason="wrong one")
    ).status_code == 404
    assert (await browser.post(f"{at}/part", link=str(link.id), reason="wrong one")).status_code == 303
    assert (await browser.post(f"{at}/part", link=str(link.id), reason="wrong one")).status_code == 409
    assert (await browser.get(f"/customers/{two}")).status_code == 200
    deeds = store.run(lambda tx: tx.audit.latest(about=f"customer:{one}"))
    assert [(deed.action, deed.detail) for deed in deeds] == [
        ("customers_parted", {"other": two}), ("customers_joined", {"other": two}),
    ]  # fmt: skip


async def test_data_is_taken_out_and_erased(
    store: Store, browsers: Callable[[], Browser], add: Add, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E9: all of one customer as a ZIP; erased by administrators who type the number, no open orders."""
    monkeypatch.setattr(Settings, "data_path", tmp_path)
    add("boss", "supervisor")
    add("root", "admin")
    boss, root = browsers(), browsers()
    await boss.sign_in("boss")
    await root.sign_in("root")
    order = open_order(store)
    at = f"/customers/{order.customer_id}"
    taken = await boss.post(f"{at}/export")
    with zipfile.ZipFile(io.BytesIO(taken.content)) as archive:
        (customer,) = json.loads(archive.read("customers.json"))
    assert customer["name"] == "张伟"
    sure = {"reason": "asked by letter", "number": str(order.customer_id)}
    assert (await boss.post(f"{at}/erase", **sure)).status_code == 404
    assert "不一致" in (await root.post(f"{at}/erase", reason="asked by letter", number="7")).text
    assert "未完成的服务单" in (await root.post(f"{at}/erase", **sure)).text
    free = store.run(lambda tx: tx.conversations.enter("web", "web", "lone", order.created_at)).customer_id
    store.run(lambda tx: tx.customers.remember(free, order.created_at, name="李雷"))
    done = await root.post(f"/customers/{free}/erase", reason="asked by letter", number=str(free))
    assert done.status_code == 303
    assert (await root.get(f"/customers/{free}")).status_code == 404
    assert store.run(lambda tx: tx.records.erasure_of(free)) is not None


async def test_the_catalogue_is_searched(browser: Browser, add: Add) -> None:
    """G2: codes with their names in both languages."""
    add()
    await browser.sign_in()
    page = (await browser.get("/catalogue?q=冰箱&sort=products")).text
    assert "refrigerator" in page
    assert "没有符合条件" in (await browser.get("/catalogue?q=zzzz")).text
