"""The right side of a conversation (G2): devices with their warranty, earlier orders, a verified number."""

from __future__ import annotations

import re

from storage import Store, Tx
from storage.devices import Owned
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.console.test_pages import arrives, at_work
from tests.desks import desk_for


async def test_devices_orders_and_the_verified_number(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """G2, E6, A3: in and out of warranty and unknown by device, with why; orders that are over too."""
    ann = await at_work(browser, store, clock, add())
    talk = arrives(store, clock)

    def work(tx: Tx) -> list[str]:
        room = tx.conversations.get(talk)
        for product, bought in (("refrigerator", "2025-09-01"), ("washing_machine", "2015"), ("oven", None)):
            tx.devices.add(Owned(room.customer_id, product, clock(), clock(), purchase_date=bought))
        fields = {"product": "refrigerator", "description": "x"}
        one = desk_for(tx, room, "one", clock()).open_order("fault", fields)
        done = desk_for(tx, room, "two", clock()).open_order("consultation", fields, opening="solve_alone")
        tx.customers.remember(room.customer_id, clock(), phone="+8613800138000")
        return [one.number, done.number]

    numbers = store.run(work)
    page = (await ann.get(f"/talks/{talk}/side")).text
    assert re.findall(r"chip-((?:in|out)_\w+|unknown)", page) == ["unknown", "out_of_warranty", "in_warranty"]
    assert "未核实" in page
    assert "138****8000" in page
    assert "13800138000" not in page.replace(" ", "")
    assert [number in page for number in numbers] == [True, True]
    assert page.count('class="over"') == 1

    def vouched(tx: Tx) -> None:
        customer = tx.conversations.get(talk).customer_id
        tx.identities.vouch(customer, "+8613800138000", clock())

    store.run(vouched)
    assert "已核实" in (await ann.get(f"/talks/{talk}/side")).text
    assert (await ann.get("/talks/987654/side")).status_code == 404
