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
