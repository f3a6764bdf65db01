"""Everything known of a customer over the API: taken out, erased (E9)."""

from __future__ import annotations

import io
import json
import zipfile

from storage import Store
from storage.orders import Order
from tests.api.conftest import Ask, open_order
from tests.conftest import NOON

WISH = {"reason": "asked by letter"}


def ended(store: Store) -> Order:
    order = open_order(store)
    store.run(lambda tx: tx.orders.change(order, NOON, status="closed", closed_at=NOON))
    return order


async def test_a_customer_is_taken_out(store: Store, ask: Ask) -> None:
    """E9: a ZIP file of JSON; it needs customers:read."""
    order = open_order(store)
    answer = await ask("customers-read").get(f"/customers/{order.customer_id}/export")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as found:
        (row,) = json.loads(found.read("orders.json"))
    assert (row["number"], row["fields"]["name"]) == (order.number, "张伟")
    assert (await ask("orders-read").get(f"/customers/{order.customer_id}/export")).status_code == 403
    assert (await ask().get("/customers/999/export")).status_code == 404


async def test_a_customer_is_erased(store: Store, ask: Ask) -> None:
    """E9: once, with customers:erase; then there is no such customer, and the order names nobody."""
    order = ended(store)
    path = f"/customers/{order.customer_id}"
    assert (await ask("customers-write").post(f"{path}/erasure", json=WISH)).status_code == 403
    answer = await ask("customers-erase").post(f"{path}/erasure", json=WISH)
    assert (answer.status_code, answer.json()["actor"], answer.json()["orders_kept"]) == (
        200,
        "api:customers-erase",
        1,
    )
    assert (await ask().post(f"{path}/erasure", json=WISH)).json() == answer.json()
    assert (await ask().get(path)).status_code == 404
    assert (await ask().get("/customers")).json()["items"] == []
    assert (await ask().get("/orders", params={"name": "张伟"})).json()["items"] == []
    whole = (await ask().get(f"/orders/{order.number}")).text
    assert ("张伟" in whole, "13800138000" in whole, order.number in whole) == (False, False, True)
    again = {"kind": "consultation", "description": "怎么用", "customer_id": order.customer_id}
    refused = await ask().post("/orders", json=again, headers={"Idempotency-Key": "x"})
    assert refused.status_code == 422


async def test_an_open_order_stops_an_erasure(store: Store, ask: Ask) -> None:
    """E9: told with a code; forced it is done."""
    order = open_order(store)
    path = f"/customers/{order.customer_id}/erasure"
    answer = await ask().post(path, json=WISH)
    assert (answer.status_code, answer.json()["reason"]) == (409, "open_orders")
    assert order.number in answer.json()["detail"]
    assert (await ask().post(path, json={**WISH, "force": True})).json()["forced"] is True
    assert (await ask().post("/customers/999/erasure", json=WISH)).status_code == 404
    for bad in ({}, {"reason": "x"}, {**WISH, "now": 1}):
        assert (await ask().post(path, json=bad)).status_code == 422
