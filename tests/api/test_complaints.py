"""Complaints over the API: the register, plans that are told, causes (C4, H3)."""

from __future__ import annotations

from handlers.life.telling import NEWS
from storage import Store
from tests.api.conftest import Ask, complain, open_order
from tests.api.test_opening import CONTACT, key


async def test_a_plan_is_committed_to_and_told(store: Store, ask: Ask) -> None:
    """C4: against the version that was looked at; the customer reads it in these words."""
    order = open_order(store, kind="complaint", description="师傅骂人")
    complain(store, order)
    client, path = ask("boss"), f"/complaints/{order.number}"
    tag = (await client.get(path)).headers["etag"]
    wish = {"plan": "班长明天上门道歉", "by": "2026-03-03T10:00:00Z"}
    answer = await client.put(f"{path}/plan", json=wish, headers={"If-Match": tag})
    told = answer.json()
    assert (answer.status_code, told["plan"], told["status"]) == (200, "班长明天上门道歉", "planned")
    told_of = [timer for timer in store.run(lambda tx: tx.timers.of_order(order.id)) if timer.job == NEWS]
    assert [timer.payload["values"]["plan"] for timer in told_of] == ["班长明天上门道歉"]
    assert "18:00" in told_of[0].payload["values"]["when"]
    assert (await client.put(f"{path}/plan", json=wish, headers={"If-Match": tag})).status_code == 412
    assert (await client.put(f"{path}/plan", json=wish)).status_code == 428
    past = {**wish, "by": "2026-03-01T10:00:00Z"}
    assert (await client.put(f"{path}/plan", json=past, headers={"If-Match": "*"})).status_code == 422


async def test_cause_and_unit_are_recorded(lone: Store, ask_lone: Ask) -> None:
    """H3: one of the units; nothing else is a complaint."""
    order, other = open_order(lone, kind="complaint"), open_order(lone, "b", product="tv")
    complain(lone, order)
    client = ask_lone("boss")
    answer = await client.put(f"/complaints/{order.number}/cause", json={"cause": "批次", "unit": "质量部"})
    assert (answer.json()["cause"], answer.json()["unit"]) == ("批次", "质量部")
    wrong = await client.put(f"/complaints/{order.number}/cause", json={"cause": "x", "unit": "火星"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/unit")
    for method, body in (("cause", {"cause": "x"}), ("plan", {"plan": "x"}), ("statement", {"text": "x"})):
        missing = await client.put(
            f"/complaints/{other.number}/{method}", json=body, headers={"If-Match": "*"}
        )
        assert missing.status_code == 404
    assert (await client.get(f"/complaints/{other.number}")).status_code == 404


async def test_a_statement_keeps_its_promise(store: Store, ask: Ask) -> None:
    """C4: the regulator's 24 hours end with it, and the task is done."""
    wish = {"kind": "complaint", "contact": CONTACT, "description": "再不处理我就打12315投诉你们"}
    told = (await ask("boss").post("/orders", json=wish, headers=key())).json()
    client, path = ask("boss"), f"/complaints/{told['number']}"
    assert (await client.get(path)).json()["statement_due_at"] == "2026-03-03T04:00:00Z"
    blank = await client.put(f"{path}/statement", json={"text": " "})
    assert (blank.status_code, blank.json()["errors"][0]["pointer"]) == (422, "/text")
    answer = (await client.put(f"{path}/statement", json={"text": "已向12315说明并免费更换"})).json()
    assert answer["statement_at"] == "2026-03-02T04:00:00Z"
    order = store.run(lambda tx: tx.orders.find(told["number"]))
    assert [one.done_by for one in store.run(lambda tx: tx.tasks.of_order(order.id)) if one.done_at] == [
        "api:boss"
    ]
    states = {row.what: row.state for row in store.run(lambda tx: tx.promises.of_order(order.id))}
    assert states["statement"] == "kept"


async def test_the_register_has_pages_and_hides_who_it_was(lone: Store, ask_lone: Ask) -> None:
    """H3, I3: newest first, narrowed; without customers:read words tell nobody."""
    for number in range(3):
        severity = "severe" if number else "normal"
        order = open_order(lone, f"k{number}", kind="complaint")
        complain(lone, order, severity=severity, demand="打13900139000道歉")
    client = ask_lone("orders-read")
    page = (await client.get("/complaints?limit=2")).json()
    rest = (await client.get(f"/complaints?limit=2&cursor={page['next']}")).json()
    assert [one["number"][-1] for one in (*page["items"], *rest["items"])] == ["3", "2", "1"]
    assert rest["next"] is None
    assert len((await client.get("/complaints?severity=severe")).json()["items"]) == 2
    assert (await client.get("/complaints?open=false")).json()["items"] == []
    assert "13900139000" not in str(page)
    assert "13900139000" in (await ask_lone().get("/complaints")).text
