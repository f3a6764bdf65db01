"""Send and resolve, put off, or hand back (G2): both or neither, and taken back together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from storage import Store, Tx
from storage.conversations import Conversation
from storage.handovers import Handover
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.console.test_pages import arrives, at_work, out
from tests.console.test_replying import taken

LIVE = {"HX-Request": "true"}


def room(store: Store, talk: int) -> Conversation:
    return store.run(lambda tx: tx.conversations.get(talk))


def begun(store: Store, talk: int) -> Handover:
    found = store.run(lambda tx: tx.handovers.last(talk))
    assert found is not None
    return found


async def say(
    ann: Browser, store: Store, talk: int, then: str, key: str = "k", **form: Any
) -> httpx.Response:
    """What the composer sends, of a page that shows everything."""
    form = {"seen": str(room(store, talk).last_seq), "text": "已经好了", **form}
    return await ann.post(f"/talks/{talk}/say", headers=LIVE, kind="reply", key=key, then=then, **form)


async def back(ann: Browser, talk: int, seq: int) -> httpx.Response:
    return await ann.post(f"/talks/{talk}/messages/{seq}/take-back", headers=LIVE)


async def test_sent_and_resolved_once_and_undone_together(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """G2, T4, T7: one submission, however often it comes; undone, the same time with a person goes on."""
    ann, talk = await taken(store, clock, browser, add)
    since, first = room(store, talk).waiting_since, begun(store, talk)
    clock.forward(seconds=5)
    for _ in range(2):
        assert (await say(ann, store, talk, "resolve")).status_code == 204
    seq = room(store, talk).last_seq
    assert (out(store), room(store, talk).owner) == ([("agent", "已经好了")], "closed")
    page = (await ann.get(f"/talks/{talk}/live")).text
    assert "撤回并重新打开" in page
    assert "data-mine" not in page
    undone = await back(ann, talk, seq)
    assert undone.json() == {"text": "已经好了", "told": "回复已撤回，会话重新打开，还在您手上。"}
    now = room(store, talk)
    assert (out(store), now.owner, now.waiting_since) == ([], "agent", since)
    assert begun(store, talk) == first  # as if nothing had been: no other hand-over, taken when it was taken
    moves = store.run(lambda tx: [one.move for one in tx.handovers.events(talk)])
    assert moves == ["ask", "take", "resolve", "undo"]
    page = (await ann.get(f"/talks/{talk}/live")).text
    assert "撤回了回复，重新接手" in page
    deed = store.run(lambda tx: tx.audit.latest(1, about=f"conversation:{talk}"))[0]
    assert (deed.action, deed.detail) == ("take_back", {"seq": seq, "undone": "resolve"})


async def test_unseen_words_of_the_customer_stop_it_whole(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """G2: nothing is sent, settled or put off behind what the customer wrote meanwhile."""
    ann, talk = await taken(store, clock, browser, add)
    seen = str(room(store, talk).last_seq)
    arrives(store, clock, "又漏水了")
    for then in ("resolve", "hand_back", "snooze.hour"):
        refused = await say(ann, store, talk, then, seen=seen)
        assert (refused.status_code, "客户刚刚又写了消息" in refused.text) == (409, True)
    for then in ("close", "snooze", "snooze.never", "resolve.hour"):
        assert (await say(ann, store, talk, then)).status_code == 422, then
    assert (await say(ann, store, talk, "snooze.own", until="soon")).status_code == 422
    assert (await say(ann, store, talk, "snooze.own", until="2020-01-01T00:00")).status_code == 409
    assert (await say(ann, store, talk, "resolve", text="这个我不知道")).status_code == 422  # asked first
    assert (out(store), room(store, talk).owner) == ([], "agent")
    assert (await say(ann, store, talk, "resolve")).status_code == 204
    assert room(store, talk).owner == "closed"


async def test_what_happened_since_stays(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G2, T7: a colleague has it by then, or it was settled apart from the reply: that is not undone."""
    ann, talk = await taken(store, clock, browsers(), add)
    await at_work(bob := browsers(), store, clock, add("bob", shown="博"))
    await say(ann, store, talk, "resolve")
    seq = room(store, talk).last_seq
    await bob.post(f"/talks/{talk}/move/take")
    told = (await back(ann, talk, seq)).json()["told"]
    assert told == "回复已撤回；会话之后又有变化，所以保持现在的状态。"
    assert room(store, talk).agent_id == store.run(lambda tx: tx.users.named("bob")).id  # type: ignore[union-attr]
    other = arrives(store, clock, peer="li")
    await ann.post(f"/talks/{other}/move/take")
    await ann.post(f"/talks/{other}/say", kind="reply", text="好", key="o")
    last = room(store, other).last_seq
    await ann.post(f"/talks/{other}/move/resolve")
    assert (await back(ann, other, last)).json() == {"text": "好"}
    assert room(store, other).owner == "closed"


async def test_an_earlier_reply_taken_back_behind_what_was_undone(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """T4: what was undone has settled nothing: the customer waits since their first words."""
    ann, talk = await taken(store, clock, browser, add)
    since = room(store, talk).waiting_since
    await ann.post(f"/talks/{talk}/say", kind="reply", text="在看", key="a")
    one = room(store, talk).last_seq
    await say(ann, store, talk, "resolve")
    await back(ann, talk, room(store, talk).last_seq)
    assert room(store, talk).waiting_since is None
    await back(ann, talk, one)
    assert room(store, talk).waiting_since == since


async def test_sent_and_put_off(store: Store, clock: Clock, browser: Browser, add: Add) -> None:
    """G2: also while the customer waits, for the reply answers; undone it is put off no more."""
    ann, talk = await taken(store, clock, browser, add)
    since = room(store, talk).waiting_since
    assert (await say(ann, store, talk, "snooze.own", until="2026-03-02T15:30")).status_code == 204
    assert begun(store, talk).snoozed_until is not None
    assert "撤回并取消推迟" in (await ann.get(f"/talks/{talk}/live")).text
    told = (await back(ann, talk, room(store, talk).last_seq)).json()["told"]
    assert told == "回复已撤回，会话不再推迟。"
    found = begun(store, talk)
    assert (found.snoozed_until, found.woken_at, found.ended_at) == (None, None, None)
    assert room(store, talk).waiting_since == since


@pytest.mark.parametrize("customer_writes", [False, True])
async def test_sent_and_handed_back(
    store: Store, clock: Clock, browser: Browser, add: Add, customer_writes: bool
) -> None:
    """G2, T8: the bot speaks behind the reply; undone before the customer wrote, it has said nothing."""
    ann, talk = await taken(store, clock, browser, add)

    def asked(tx: Tx) -> None:
        found = tx.conversations.get(talk, lock=True)
        found.state = {**found.state, "slots": {"handover": {"reason": "asked"}}}
        tx.conversations.save(found, clock())

    store.run(asked)
    before = room(store, talk).state
    await say(ann, store, talk, "hand_back")
    seq = next(s for s in range(room(store, talk).last_seq, 0, -1) if _author(store, talk, s) == "agent")
    assert [author for author, _ in out(store)] == ["agent"]  # the bot's words wait behind it
    assert room(store, talk).owner == "bot"
    assert room(store, talk).last_seq > seq
    if customer_writes:
        store.run(lambda tx: _writes(tx, talk, clock))
    await back(ann, talk, seq)
    now = room(store, talk)
    assert now.owner == ("bot" if customer_writes else "agent")
    assert (now.state == before) is not customer_writes
    assert [author for author, _ in out(store)] == (["bot"] if customer_writes else [])


def _author(store: Store, talk: int, seq: int) -> str:
    found = store.run(lambda tx: tx.messages.by_seq(talk, seq))
    return found.author if found else ""


def _writes(tx: Tx, talk: int, clock: Clock) -> None:
    found = tx.conversations.get(talk, lock=True)
    tx.messages.take(found, "later", {"text": "机器人在吗"}, clock(), clock())
    tx.conversations.save(found, clock())


async def test_a_word_that_was_taken_back_was_not_sent(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """G6: whoever reviews sees that the customer never read it."""
    ann, talk = await taken(store, clock, browser, add, role="supervisor")
    await say(ann, store, talk, "resolve", text="这个我不知道", anyway="1")
    assert "已发给客户</strong>" in (await ann.get("/hits")).text
    await back(ann, talk, room(store, talk).last_seq)
    hits = (await ann.get("/hits?sent=back")).text
    assert "<td>已撤回，没有发出</td>" in hits
    for other in ("yes", "no"):
        assert f"/talks/{talk}" not in (await ann.get(f"/hits?sent={other}")).text
    (hit,) = store.run(lambda tx: tx.forbidden.latest())
    assert (hit.fate, hit.sent) == ("taken_back", False)
