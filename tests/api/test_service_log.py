"""The service log and the decisions of dispatch over HTTP (E3, E4, E8)."""

from __future__ import annotations

from datetime import timedelta

from storage import Store
from tests.api.conftest import Ask
from tests.conftest import NOON, Clock
from tests.dispatch.people import employ
from tests.dispatch.test_giving import in_town
from tests.scheduler.desk import Desktop


async def test_the_staff_works_over_the_api(lone: Store, ask_lone: Ask, clock: Clock) -> None:
    """E3, E4, E8: who was given it and why, accepted by whom, what was done; each mistake named."""
    employ(lone)
    number = in_town(Desktop(lone)).number
    clock.now = NOON + timedelta(hours=3)
    ask, path = ask_lone(), f"/orders/{number}"
    (given,) = (await ask.get(f"{path}/dispatches")).json()["items"]
    assert (given["assignee"], given["decided_by"], given["outcome"]) == ("E01", "rules", None)
    assert f"Order {number} was given to 王建国 (E01)" in given["explanation"]["en"]
    assert (await ask.get("/orders", params={"assignee": "E01"})).json()["items"][0]["number"] == number
    headers = {"If-Match": "*"}
    unknown = await ask.post(f"{path}/moves", json={"move": "accept", "by": "E99"}, headers=headers)
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/by")
    taken = await ask.post(f"{path}/moves", json={"move": "accept", "by": "E01"}, headers=headers)
    assert (taken.json()["status"], taken.json()["assignee"]) == ("accepted", "E01")
    named = await ask_lone("boss").post(
        f"{path}/moves", json={"move": "redispatch", "reason": "x", "to": "E02"}, headers=headers
    )
    assert named.json()["assignee"] == "E02"
    entry = {"done": "换温控器", "at": "2026-03-02T06:30:00Z", "parts": [{"model": "WK-33"}], "place": "厨房"}
    kept = await ask.post(f"{path}/log", json=entry)
    assert (kept.status_code, kept.json()["by"]) == (201, "E02")
    late = await ask.post(f"{path}/log", json={**entry, "at": "2026-03-02T09:00:00Z"})
    assert (late.status_code, late.json()["errors"][0]["pointer"]) == (422, "/at")
    (seen,) = (await ask_lone("orders-read").get(f"{path}/log")).json()["items"]
    assert (seen["parts"], seen["place"]) == ([{"model": "WK-33", "quantity": 1}], None)
    assert (await ask_lone("orders-read").post(f"{path}/log", json=entry)).status_code == 403
