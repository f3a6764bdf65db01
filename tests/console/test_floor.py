"""The supervisor's floor (G5) and deeds for many conversations (G2)."""

from __future__ import annotations

from collections.abc import Callable

from handlers import ownership
from storage import Store, Tx, floor
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.console.test_pages import arrives, at_work, out

QUEUE = ownership.QueueSettings()


def test_what_a_day_counts(store: Store, clock: Clock, add: Add) -> None:
    """G5: loads and waits are those of now; who gave up or was not answered is counted once, from then on."""
    ann, since = add("ann"), clock()
    store.run(lambda tx: tx.presence.put(ann.id, "online", clock()))
    kept, left = arrives(store, clock, peer="a"), arrives(store, clock, peer="b")

    def moves(tx: Tx) -> None:
        room = tx.conversations.get(kept, lock=True)
        for name, who in (
            ("take", ownership.mover(ann)),
            ("requeue", ownership.SYSTEM),
            ("take", ownership.mover(ann)),
        ):
            ownership.move(tx, room, name, who, clock(), QUEUE)
        tx.conversations.save(room, clock())
        gone = tx.conversations.get(left, lock=True)
        ownership.move(tx, gone, "want_bot", ownership.CUSTOMER, clock(), QUEUE)
        tx.conversations.save(gone, clock())

    store.run(moves)
    assert store.run(lambda tx: floor.day(tx, since)) == floor.Day(broken=0, unanswered=1, abandoned=1)
    clock.forward(minutes=1)
    assert store.run(lambda tx: floor.day(tx, clock())) == floor.Day(0, 0, 0)
    (one,) = store.run(floor.agents)
    assert (one.shown, one.state, one.load, one.waits_since) == ("李娜", "online", 1, since)


async def test_a_supervisor_sees_and_steps_in(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G5: everything with people is on the floor; a whispered note is for colleagues only."""
    ann = await at_work(browsers(), store, clock, add("ann"))
    boss = await at_work(browsers(), store, clock, add("boss", "supervisor", "主管"))
    talk = arrives(store, clock, "电话13800001111", name="王芳")
    await ann.post(f"/talks/{talk}/move/take")
    assert (await ann.get("/floor")).status_code == 403
    page = (await boss.get("/floor")).text
    for words in ("王芳", "李娜", f'action="/console/talks/{talk}/move/take_over"', "138****1111"):
        assert words in page
    await boss.post(f"/talks/{talk}/say", kind="note", text="先安抚", key="w1")
    assert out(store) == []
    assert "先安抚" in (await ann.get(f"/talks/{talk}")).text
    await boss.post(f"/talks/{talk}/move/take_over")
    assert store.run(lambda tx: tx.conversations.get(talk)).agent_id != 1
    assert "主管" in (await boss.get("/floor/live")).text


async def test_many_at_once_each_with_its_result(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G2: a refusal stops no other; all of a list goes beyond a page; many are confirmed first."""
    ann = await at_work(browsers(), store, clock, add("ann"))
    bob = await at_work(browsers(), store, clock, add("bob", shown="鲍勃"))
    talks = [arrives(store, clock, peer=f"p{n}") for n in range(12)]
    await bob.post(f"/talks/{talks[0]}/move/take")
    done = await ann.post("/bulk", deed="take", scope="picked", **{f"pick.{one}": "on" for one in talks[:3]})
    assert done.text.count("已完成</td>") == 2
    assert "这个会话 鲍勃 已经接了" in done.text
    sure = (await ann.post("/bulk", deed="expert", scope="all", view="all")).text
    assert "12 个会话" in sure
    assert store.run(lambda tx: tx.inbox.counts(1))["expert"] == 0
    ids = ",".join(map(str, talks))
    await ann.post("/bulk", deed="expert", ids=ids, sure="yes")
    assert store.run(lambda tx: tx.inbox.counts(1))["expert"] == 11  # bob keeps his
    for form in ({"deed": "take"}, {"deed": "burn", "ids": ids}, {"deed": "take", "ids": "1,x"}):
        assert (await ann.post("/bulk", **form)).status_code == 422
    deeds = store.run(lambda tx: [one.action for one in tx.audit.latest(limit=50)])
    assert deeds.count("refer") == 11
