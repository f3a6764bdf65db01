"""What comes at a bad moment (G2, I3): an account switched off, a customer who blocks us while one writes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from bot.messages import Address, Inbound
from bot.turns import Turns
from storage import Store
from tests.conftest import Clock
from tests.console.conftest import PASSWORD, Add, Browser
from tests.console.test_pages import arrives, at_work
from tests.console.test_waiting import Voice, sweep
from tests.desks import desk_for
from tests.spoken import dialogue


async def test_an_agent_is_switched_off_with_conversations_in_hand(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G4, I3: what they had waits for others; their next click says that they are out."""
    boss = browsers()
    add("boss", "admin", "管")
    await boss.sign_in("boss")
    user = add()
    ann = await at_work(browsers(), store, clock, user)
    talk = arrives(store, clock)
    await ann.post(f"/talks/{talk}/move/take")
    assert (await boss.post(f"/users/{user.id}/disable")).status_code == 303
    assert sweep(store, clock, Voice()) == [(talk, "utter_agent_left")]
    room = store.run(lambda tx: tx.conversations.get(talk))
    assert (room.owner, room.agent_id) == ("queue", None)
    there = {"hx-request": "true", "referer": f"http://desk.test/console/talks/{talk}"}
    refused = await ann.post(f"/talks/{talk}/say", headers=there, kind="reply", text="在的", key="k")
    assert (refused.status_code, refused.headers["hx-redirect"]) == (
        401,
        f"/console/sign-in?next=/console/talks/{talk}",
    )
    page = await ann.get(f"/sign-in?next=/console/talks/{talk}")
    assert "您的登录已结束" in page.text
    assert (await ann.post("/sign-in", name="li.na", password=PASSWORD)).status_code == 401
    assert store.run(lambda tx: tx.conversations.get(talk)).last_seq == room.last_seq


async def test_a_customer_blocks_us_while_an_agent_writes(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """G2, T11: what was on its way and what is written next is shown as waiting, and why; back, it goes."""
    ann = await at_work(browser, store, clock, add())
    talk = arrives(store, clock)
    await ann.post(f"/talks/{talk}/move/take")
    await ann.post(f"/talks/{talk}/say", kind="reply", text="马上安排", key="a")
    turns = Turns(dialogue(), desk_for)

    def comes(event: str) -> None:
        clock.forward(seconds=60)
        inbound = Inbound(Address("web", "web", "wang"), event, clock(), event=event)  # type: ignore[arg-type]
        store.run(lambda tx: turns.take(tx, inbound, None, clock()))

    comes("blocked")
    await ann.post(f"/talks/{talk}/say", kind="reply", text="您还在吗", key="b")
    shown = (await ann.get(f"/talks/{talk}/live")).text
    assert "客户收不到消息" in shown
    assert shown.count("等客户再次发言") == 2
    assert store.run(lambda tx: tx.outbox.heads("web", "web", clock() + timedelta(days=1), 5)) == []
    comes("unblocked")
    assert "客户收不到消息" not in (await ann.get(f"/talks/{talk}/live")).text
    heads = store.run(lambda tx: tx.outbox.heads("web", "web", clock() + timedelta(days=1), 5))
    assert [one.body["text"] for one in heads] == ["马上安排"]  # the other one behind it
