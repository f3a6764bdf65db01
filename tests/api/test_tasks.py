"""Tasks over the API: what people have to do, done by whom and when (F6)."""

from __future__ import annotations

from storage import Store
from storage.tasks import Task
from tests.api.conftest import Ask, open_order
from tests.conftest import NOON


async def test_tasks_are_found_and_settled_once(store: Store, ask: Ask) -> None:
    """F6: in pages; who settles one is kept; a second time it is refused."""
    order = open_order(store)
    store.run(lambda tx: [tx.tasks.add(Task("tell_customer", f"call {n}", NOON, order.id)) for n in range(3)])
    first = (await ask().get("/tasks?limit=2")).json()
    second = (await ask().get("/tasks", params={"limit": 2, "cursor": first["next"]})).json()
    assert [one["note"] for one in (*first["items"], *second["items"])] == ["call 0", "call 1", "call 2"]
    assert (first["items"][0]["order"], second["next"]) == (order.number, None)
    done = (await ask().post("/tasks/2/done")).json()
    assert (done["done_by"], done["done_at"]) == ("api:all", "2026-03-02T04:00:00Z")
    assert (await ask().post("/tasks/2/done")).status_code == 409
    assert (await ask().post("/tasks/9/done")).status_code == 404
    assert [one["id"] for one in (await ask().get("/tasks")).json()["items"]] == [1, 3]
    assert len((await ask().get("/tasks?all=true")).json()["items"]) == 3
    assert (await ask("tasks-read").post("/tasks/1/done")).status_code == 403
    assert (await ask("orders-read").get("/tasks")).status_code == 403
