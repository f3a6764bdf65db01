"""Other programs join and part identities of one customer, with who and why (A3)."""

from __future__ import annotations

from storage import Store
from tests.api.conftest import Ask, open_order


async def test_linked_listed_and_parted(store: Store, ask: Ask) -> None:
    """A3: the older customer stays; a repetition changes nothing; the old id leads to whom they are now."""
    one, other = (open_order(store, key).customer_id for key in ("a", "b"))
    wish = {"customer_id": other, "reason": "showed both at the counter"}
    link = await ask().post(f"/customers/{one}/links", json=wish)
    assert link.status_code == 200, link.text
    assert (link.json()["kept_id"], link.json()["joined_id"], link.json()["how"]) == (one, other, "staff")
    assert (await ask().post(f"/customers/{other}/links", json=wish)).json()["reason"] == "same"
    listed = (await ask().get(f"/customers/{other}/links")).json()["items"]
    assert [entry["reason"] for entry in listed] == ["showed both at the counter"]
    undo = f"/customers/{one}/links/{link.json()['id']}/undo"
    parted = await ask().post(undo, json={"reason": "somebody else"})
    assert parted.json()["undone_reason"] == "somebody else"
    again = await ask().post(undo, json={"reason": "somebody else"})
    assert (again.status_code, again.json()["reason"]) == (409, "undone")
    assert store.run(lambda tx: len(tx.orders.of_customer(other))) == 1


async def test_the_id_of_who_was_joined_leads_to_the_one_that_stays(store: Store, ask: Ask) -> None:
    """A3: looked at, changed, exported and erased by either id; after parting the id is its own again."""
    one, other = (open_order(store, key).customer_id for key in ("a", "b"))
    link = await ask().post(f"/customers/{one}/links", json={"customer_id": other, "reason": "one person"})
    kept, asked = await ask().get(f"/customers/{one}"), await ask().get(f"/customers/{other}")
    assert (asked.status_code, asked.json()) == (200, kept.json())
    assert asked.headers["content-location"] == f"/api/v1/customers/{one}" == kept.headers["content-location"]
    tag = {"If-Match": asked.headers["etag"]}
    changed = await ask().patch(f"/customers/{other}", json={"name": "李娜"}, headers=tag)
    assert (changed.status_code, changed.json()["id"], changed.json()["name"]) == (200, one, "李娜")
    assert (await ask().patch(f"/customers/{one}", json={"name": "x"}, headers=tag)).status_code == 412
    export = await ask().get(f"/customers/{other}/export")
    assert f"customer-{one}.zip" in export.headers["content-disposition"]
    undo = f"/customers/{other}/links/{link.json()['id']}/undo"
    assert (await ask().post(undo, json={"reason": "two after all"})).status_code == 200
    assert (await ask().get(f"/customers/{other}")).json()["id"] == other
    await ask().post(f"/customers/{one}/links", json={"customer_id": other, "reason": "one person"})
    erased = await ask().post(f"/customers/{other}/erasure", json={"reason": "by letter", "force": True})
    assert (erased.status_code, erased.json()["customer_id"]) == (200, one), erased.text
    for gone in (one, other):
        assert (await ask().get(f"/customers/{gone}")).status_code == 404
        again = await ask().post(f"/customers/{gone}/erasure", json={"reason": "by letter"})
        assert again.json() == erased.json()


async def test_what_is_not_there_is_told(store: Store, ask: Ask) -> None:
    """A3: 404 for customers and links that nobody has."""
    one = open_order(store).customer_id
    for path, body in (
        ("/customers/999/links", {"customer_id": one, "reason": "because"}),
        (f"/customers/{one}/links", {"customer_id": 999, "reason": "because"}),
        (f"/customers/{one}/links/9/undo", {"reason": "because"}),
    ):
        assert (await ask().post(path, json=body)).status_code == 404
    assert (await ask().get("/customers/999/links")).status_code == 404
