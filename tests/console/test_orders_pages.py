"""Service orders in the console (G2, E9): found, masked, moved by the table, taken out without formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from storage import Store
from tests.api.conftest import open_order
from tests.console.conftest import Add, Browser


async def test_an_order_is_found_shown_and_moved(store: Store, browser: Browser, add: Add) -> None:
    """G2, E2: by number, name, phone; its number masked; a move of the table, recorded and audited."""
    add()
    order = open_order(store)
    await browser.sign_in()
    for words in (order.number, order.number[:6], str(order.fields["phone"])[-4:], order.fields["name"][:1]):
        assert order.number in (await browser.get(f"/orders?q={words}")).text, words
    assert order.number not in (await browser.get("/orders?q=nobody&kind=fault&status=created&open=yes")).text
    page = (await browser.get(f"/orders/{order.number.lower()}")).text
    assert "****" in page
    assert str(order.fields["phone"]) not in page
    assert str(order.fields["phone"])[-8:] not in page.replace(" ", "")
    form = {"move": "take", "version": str(order.version), "reason": "", "to": "", "day": "", "slot": ""}
    moved = await browser.post(f"/orders/{order.number}/move", **form)
    assert moved.headers["location"] == f"/console/orders/{order.number}"
    found = store.run(lambda tx: tx.orders.find(order.number))
    assert found is not None
    assert found.status == "accepted"
    (deed,) = store.run(lambda tx: tx.audit.latest(about=f"order:{order.number}"))
    assert (deed.action, deed.detail) == ("order_moved", {"move": "take"})
    event = store.run(lambda tx: tx.orders.events(order.id))[-1]
    assert (event.move, event.actor, event.actor_id, event.via) == ("take", "agent", "li.na", "console")


async def test_moves_that_will_not_do(store: Store, browser: Browser, add: Add) -> None:
    """G2: stale, illegal, half a time, extra fields (mass assignment): a clear word, nothing changed."""
    add(role="supervisor")
    order = open_order(store)
    await browser.sign_in()
    await browser.get(f"/orders/{order.number}")
    right = {"move": "take", "version": str(order.version)}
    for change, status, words in (
        ({"version": "99"}, 409, order.number),
        ({"move": "confirm"}, 409, "alert"),
        ({"move": "nothing"}, 422, "格式"),
        ({"move": "schedule_visit", "day": "2026-03-05"}, 422, "13:30-15:30"),
        ({"priority": "urgent"}, 422, "不认识"),
        ({"reason": "x" * 501}, 422, "太长"),
    ):
        answer = await browser.post(f"/orders/{order.number}/move", **{**right, **change})
        assert (answer.status_code, words in answer.text) == (status, True), (change, answer.text)
    assert store.run(lambda tx: tx.orders.find(order.number)) == order
    assert (await browser.post("/orders/SR-1/move", **right)).status_code == 404
    assert (await browser.get("/orders/SR-1")).status_code == 404


async def test_no_cell_of_an_export_is_a_formula(
    store: Store, browsers: Callable[[], Browser], add: Add
) -> None:
    """SolarWinds WHD, OTRS: formula injection in CSV: quoted, customers' names too; masked by role."""
    add("boss", "supervisor")
    add("ann")
    open_order(store, name='=HYPERLINK("http://evil.test")', description="@SUM(A1)")
    boss, ann = browsers(), browsers()
    await boss.sign_in("boss")
    await ann.sign_in("ann")
    assert (await ann.post("/orders/export", form="csv")).status_code == 403
    answer = await boss.post("/orders/export", form="csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert '\'=HYPERLINK("http://evil.test")' in rows[1]
    sheet = await boss.post("/orders/export", form="xlsx")
    assert sheet.content[:2] == b"PK"
    assert (await boss.post("/orders/export", form="exe")).status_code == 422
