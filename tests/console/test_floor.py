"""The supervisor's floor (G5) and deeds for many conversations (G2)."""

from __future__ import annotations

import re
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
    done = await ann.post("/bulk", deed="take", scope="picked", **{f"pick.{one}": "1" for one in talks[:3]})
    assert done.text.count("已完成</td>") == 2
    assert "这个会话 鲍勃 已经接了" in done.text
    sure = (await ann.post("/bulk", deed="expert", scope="all", view="all")).text
    assert "12 个会话" in sure
    assert store.run(lambda tx: tx.inbox.counts(1))["expert"] == 0
    ids = ",".join(f"{one}:1" for one in talks)
    await ann.post("/bulk", deed="expert", ids=ids, sure="yes")
    assert store.run(lambda tx: tx.inbox.counts(1))["expert"] == 11  # bob keeps his
    for form in (
        {"deed": "take"},
        {"deed": "burn", "ids": ids},
        {"deed": "take", "ids": "1:1,x"},
        {"deed": "take", "ids": "1"},
    ):
        assert (await ann.post("/bulk", **form)).status_code == 422
    deeds = store.run(lambda tx: [one.action for one in tx.audit.latest(limit=50)])
    assert deeds.count("refer") == 11


async def test_what_was_just_written_stops_settling_many(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G2: settled is what the list showed; where a message came since, that is its result."""
    ann = await at_work(browsers(), store, clock, add("ann"))
    talks = [arrives(store, clock, peer=f"p{n}") for n in range(3)]
    picks = {f"pick.{one}": "1" for one in talks}
    await ann.post("/bulk", deed="take", scope="picked", **picks)
    page = (await ann.get("/?view=mine")).text
    shown = re.findall(r'name="shown" value="([^"]+)"', page)[0]
    assert set(shown.split(",")) == {f"{one}:1" for one in talks}
    assert all(re.search(rf'name="pick.{one}" value="1"', page) for one in talks)
    arrives(store, clock, "等一下，还是漏水", peer="p1")

    def owners() -> list[str]:
        return store.run(lambda tx: [tx.conversations.get(one).owner for one in talks])

    done = (await ann.post("/bulk", deed="resolve", **{f"pick.{one}": "1" for one in talks[:2]})).text
    assert (done.count("已完成</td>"), done.count("客户刚刚又写了消息")) == (1, 1)
    assert owners() == ["closed", "agent", "agent"]
    for deed in ("hand_back", "resolve"):
        done = (await ann.post("/bulk", deed=deed, scope="all", view="mine", shown=shown)).text
        assert done.count("客户刚刚又写了消息") == 1
    assert owners()[1:] == ["agent", "bot"]
    await ann.post("/bulk", deed="read", **{f"pick.{talks[1]}": str(2**40)})
    last = store.run(lambda tx: tx.conversations.get(talks[1]).last_seq)
    user = store.run(lambda tx: tx.users.named("ann"))
    assert user is not None
    assert store.run(lambda tx: tx.inbox.has_seen(user.id, talks[1], last))
    assert not store.run(lambda tx: tx.inbox.has_seen(user.id, talks[1], last + 1))
    await ann.post("/bulk", deed="resolve", scope="all", view="mine", shown=f"{talks[1]}:{last}")
    assert owners() == ["closed", "closed", "bot"]
