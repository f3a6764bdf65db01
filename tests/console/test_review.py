"""The week's samples with their score sheet, and the complaint desk (F7, G5, H3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.console.samples import sheet
from handlers.desk import Desk, Terms
from storage import Store, Tx
from storage.complaints import Complaint
from storage.orders import Order
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.console.test_pages import arrives, at_work
from tests.desks import desk_for


def opened(store: Store, clock: Clock, kind: str, talk: int, **fields: Any) -> str:
    """An order of the conversation; its number."""

    def work(tx: Tx) -> str:
        room = tx.conversations.get(talk, lock=True)
        desk = Desk(tx, room, None, Terms(), clock(), f"{kind}{talk}")  # type: ignore[arg-type]
        return str(desk.open_order(kind, {"name": "王芳", "phone": "+8613800138000", **fields}).number)

    return store.run(work)


async def test_a_sample_is_marked_line_by_line(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """F7: every line of the sheet has to be marked; the score is their weighted sum, kept with the marks."""
    add("boss", "supervisor")
    await browser.sign_in("boss")
    number = opened(store, clock, "fault", arrives(store, clock, "冰箱不制冷，打13800001111"))
    order = store.run(lambda tx: tx.orders.find(number))
    assert order is not None
    store.run(lambda tx: tx.reports.draw("2026-W09", [order.id], clock()))
    assert number in (await browser.get("/samples")).text
    page = (await browser.get(f"/samples/{number}")).text
    assert "138****1111" in page
    assert "13800001111" not in page
    marks = {one.name: "5" for one in sheet()}
    for wrong in ({}, {**marks, "solved": "6"}, {**marks, "solved": ""}, {**marks, "score": "100"}):
        assert (await browser.post(f"/samples/{number}", **wrong)).status_code == 422
    assert (
        await browser.post(f"/samples/{number}", **{**marks, "solved": "0"}, note="没修好")
    ).status_code == 303
    (sample,) = store.run(lambda tx: tx.reports.samples())
    assert (sample.score, sample.reviewer, sample.note) == (70, "boss", "没修好")
    assert sample.marks == {**dict.fromkeys(marks, 5), "solved": 0}
    assert number not in (await browser.get("/samples?open=yes")).text
    assert (await browser.post("/samples/SR-202603029999", **marks)).status_code == 404


async def test_forbidden_words_stand_beside_a_sample_and_in_a_list(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G5, G6: what was sent anyway is marked at its line, what was stopped is told; a list narrowed."""
    agent = add("ann", shown="<安>")
    ann, boss = await at_work(browsers(), store, clock, agent), browsers()
    add("boss", "supervisor")
    await boss.sign_in("boss")
    talk, other = arrives(store, clock), arrives(store, clock, peer="other")
    number = opened(store, clock, "fault", talk)
    order = store.run(lambda tx: tx.orders.find(number))
    assert order is not None
    store.run(lambda tx: tx.reports.draw("2026-W09", [order.id], clock()))
    for one in (talk, other):
        await ann.post(f"/talks/{one}/move/take")
    await ann.post(f"/talks/{talk}/say", kind="reply", text="这个我不知道", key="a", anyway="1")
    await ann.post(f"/talks/{talk}/say", kind="reply", text="随便你投诉", key="b")
    await ann.post(f"/talks/{other}/say", kind="reply", text="这个我不知道", key="c")
    page = (await boss.get(f"/samples/{number}")).text
    line = re.findall(r"<li>(?:(?!</li>).)*这个我不知道(?:(?!</li>).)*</li>", page, re.S)
    assert ['text-red-fg">不知道' in one for one in line] == [True]
    beside = page.partition("这段会话里的服务禁语")[2].partition("</ul>")[0]
    told = [(one.count("不知道") + one.count("随便你投诉"), "已发给客户" in one, "未发出" in one)
            for one in beside.split("<li>")[1:]]  # fmt: skip
    assert told == [(1, True, False), (1, False, True)]
    assert "&lt;安&gt;" in beside

    def places(text: str) -> list[int]:
        return [int(one) for one in re.findall(r'<td><a href="/console/talks/(\d+)"', text)]

    assert places((await boss.get("/hits")).text) == [other, talk, talk]
    assert places((await boss.get(f"/hits?who={agent.id}&sent=yes")).text) == [talk]
    assert places((await boss.get("/hits?sent=no")).text) == [other, talk]
    assert places((await boss.get("/hits?who=999")).text) == []
    first = store.run(lambda tx: tx.forbidden.latest())[-1]
    assert places((await boss.get(f"/hits?before={first.id + 1}")).text) == [talk]
    for wrong in ("who=x", "sent=maybe", "before=0"):
        assert (await boss.get(f"/hits?{wrong}")).status_code == 422
    assert (await ann.get("/hits")).status_code == 403
    later = clock() + timedelta(hours=1)
    assert store.run(lambda tx: tx.forbidden.of_conversation(talk, later)) == []


async def test_supervisors_work_at_complaints(store: Store, clock: Clock, browser: Browser, add: Add) -> None:
    """C4, H3: cause, responsible unit, severity, statement; each change once, in the audit."""
    add("boss", "supervisor")
    await browser.sign_in("boss")
    number = opened(store, clock, "complaint", arrives(store, clock), description="师傅骂人，打13900139000")
    order = store.run(lambda tx: tx.orders.find(number))
    assert order is not None
    store.run(lambda tx: tx.complaints.register(Complaint(order.id, "staff", "normal")))
    assert number in (await browser.get("/complaints?open=yes")).text
    assert number not in (await browser.get("/complaints?month=2020-01")).text
    assert (await browser.get("/complaints?month=x")).status_code == 422
    page = (await browser.get(f"/complaints/{number}")).text
    assert "13900139000" not in page
    wish = {"severity": "severe", "cause": "师傅态度差", "unit": "服务网点", "statement": "已向12315说明"}
    for wrong in (
        {**wish, "unit": "nobody"},
        {**wish, "severity": "x"},
        {**wish, "cause": ""},
        {**wish, "plan": "x"},
    ):
        assert (await browser.post(f"/complaints/{number}", **wrong)).status_code == 422
    for _ in range(2):
        assert (await browser.post(f"/complaints/{number}", **wish)).status_code == 303
    kept = store.run(lambda tx: tx.complaints.of_order(order.id))
    assert kept is not None
    told = (kept.severity, kept.cause, kept.unit, kept.statement)
    assert told == ("severe", "师傅态度差", "服务网点", "已向12315说明")
    deeds = store.run(lambda tx: tx.audit.latest(about=f"order:{number}"))
    assert [one.detail["changed"] for one in deeds] == [["cause", "severity", "statement"]]


async def test_supervisors_move_when_a_statement_is_due(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """C4, F3: the promise that is watched, its task and the history follow; audited; not into the past."""
    add(role="supervisor")
    await browser.sign_in()

    def work(tx: Tx) -> Order:
        room = tx.conversations.enter("web", "web", "wang", clock())
        words = {"description": "再不解决我就打12315投诉", "phone": "+8613800138000"}
        return desk_for(tx, room, "complaint", clock()).open_order("complaint", words)

    order = store.run(work)
    path = f"/complaints/{order.number}"
    before = store.run(lambda tx: tx.complaints.of_order(order.id))
    assert before is not None
    assert before.statement_due_at is not None
    assert 'name="due"' in (await browser.get(path)).text
    wish = {"severity": before.severity, "cause": "", "unit": "", "statement": ""}
    for told in ("2026-03-01T09:00", "soon", "9999-12-31T23:59"):
        assert (await browser.post(path, **wish, due=told)).status_code == 422, told
    assert store.run(lambda tx: tx.complaints.of_order(order.id)) == before
    assert (await browser.post(path, **wish, due="2026-03-20T17:30")).status_code == 303
    due = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
    kept = store.run(lambda tx: tx.complaints.of_order(order.id))
    assert kept is not None
    assert kept.statement_due_at == due
    (row,) = [one for one in store.run(lambda tx: tx.promises.of_order(order.id)) if one.what == "statement"]
    assert (row.due_at, row.state) == (due, "live")
    tasks = store.run(lambda tx: tx.tasks.of_order(order.id))
    assert [t.due_at for t in tasks if t.kind == "complaint_statement" and t.done_at is None] == [due]
    assert "statement due" in store.run(lambda tx: tx.orders.events(order.id))[-1].note
    (deed,) = [d for d in store.run(lambda tx: tx.audit.latest(9)) if d.action == "complaint_changed"]
    assert deed.detail == {"changed": ["due"]}
    await browser.post(path, **{**wish, "statement": "已说明"}, due="2026-03-20T17:30")
    assert (await browser.post(path, **wish, due="2026-03-21T17:30")).status_code == 422
