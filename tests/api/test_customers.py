"""Customers over the API: found, shown, changed without losing what somebody else changed (E9)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from storage import Store
from tests.api.conftest import Ask, open_order


async def test_customers_are_found(store: Store, ask: Ask) -> None:
    """E9: by name and by phone, in pages."""
    ids = [open_order(store, f"k{n}").customer_id for n in range(3)]
    store.run(lambda tx: tx.customers.change(tx.customers.get(ids[1]), tx.customers.get(ids[1]).updated_at,
                                             name="李娜", phone="+8613700137000"))  # fmt: skip

    async def found(**wanted: Any) -> list[int]:
        return [one["id"] for one in (await ask().get("/customers", params=wanted)).json()["items"]]

    assert await found() == ids
    assert await found(name="娜") == await found(phone="13700137000") == await found(phone="7000") == [ids[1]]
    assert await found(name="%") == []
    first = (await ask().get("/customers?limit=2")).json()
    second = (await ask().get("/customers", params={"limit": 2, "cursor": first["next"]})).json()
    assert [one["id"] for one in (*first["items"], *second["items"])] == ids
    assert second["next"] is None
    for bad in ({"cursor": "!"}, {"limit": 201}, {"phone": "x"}, {"level": "key"}):
        assert (await ask().get("/customers", params=bad)).status_code == 422


async def test_a_change_counts_from_what_was_seen(store: Store, ask: Ask) -> None:
    path = f"/customers/{open_order(store).customer_id}"
    seen = await ask().get(path)
    tag = {"If-Match": seen.headers["etag"]}
    answer = await ask().patch(
        path, json={"phone": "137 0013 7000", "level": "key", "name": None}, headers=tag
    )
    told = answer.json()
    assert (answer.status_code, told["phone"], told["level"], told["name"]) == (
        200,
        "+8613700137000",
        "key",
        None,
    )
    assert (await ask().patch(path, json={"level": "normal"}, headers=tag)).status_code == 412
    assert (await ask().patch(path, json={"level": "normal"})).status_code == 428
    after = await ask().get(path)
    assert (after.json(), after.headers["etag"]) == (told, answer.headers["etag"])


async def test_of_two_changes_at_once_one_is_refused(store: Store, ask: Ask) -> None:
    path = f"/customers/{open_order(store).customer_id}"
    for turn in range(4):
        tag = {"If-Match": (await ask().get(path)).headers["etag"]}
        answers = await asyncio.gather(
            *(
                ask().patch(path, json={"name": f"客户{who}"[:2] + who * (turn + 1)}, headers=tag)
                for who in "甲乙"
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200, 412]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"phone": "12"}, "/phone"),
        ({"phone": 13700137000}, "/phone"),
        ({"name": ""}, "/name"),
        ({"name": "a\nb"}, "/name"),
        ({"address": "北京"}, "/address"),
        ({"language": "fr"}, "/language"),
        ({"level": None}, "/level"),
        ({"id": 7}, "/id"),
        ({"created_at": "2020-01-01T00:00:00Z"}, "/created_at"),
    ],
)
async def test_a_bad_detail_is_told_with_its_place(
    lone: Store, ask_lone: Ask, body: dict[str, Any], pointer: str
) -> None:
    order = open_order(lone)
    path = f"/customers/{order.customer_id}"
    answer = await ask_lone().patch(path, json=body, headers={"If-Match": "*"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize("customer", ["0", "-1", "x", str(2**63), "1.5"])
async def test_what_is_no_id_is_refused(ask_lone: Ask, customer: str) -> None:
    assert (await ask_lone().get(f"/customers/{customer}")).status_code == 422
