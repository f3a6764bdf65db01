"""Writing replies (G2, G6): canned ones, words that are flagged, taking back within seconds, trying again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.console.replying.checking import Checking
from bot.history import StoredHistory
from bot.messages import Reply
from bot.settings import Settings, SettingsProblem, load
from bot.turns import say
from storage import Store, Tx
from storage.outbox import Settled
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.console.test_pages import arrives, at_work, out

HELD = timedelta(seconds=Settings().console.undo_seconds)


async def taken(store: Store, clock: Clock, browser: Browser, add: Add, **who: str) -> tuple[Browser, int]:
    """An agent who has a conversation."""
    ann = await at_work(browser, store, clock, add(**who))
    talk = arrives(store, clock, name="王<b>芳")
    await ann.post(f"/talks/{talk}/move/take")
    return ann, talk


async def test_a_slash_offers_replies_with_names_filled(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """G2: by the shortcut's beginning; customer and agent stand in it; what nothing filled is warned of."""
    ann, talk = await taken(store, clock, browser, add)
    hello = (await ann.get(f"/talks/{talk}/replies?typed=he")).text
    assert "您好王&lt;b&gt;芳，我是客服李娜" in hello
    assert hello.count('role="option"') == 1
    assert "{order}" in (await ann.get(f"/talks/{talk}/replies?typed=order")).text
    assert "没有这样的话术" in (await ann.get(f"/talks/{talk}/replies?typed=zzz")).text
    assert (await ann.get("/talks/999999/replies")).status_code == 404
    warned = await ann.post(f"/talks/{talk}/say", kind="reply", text="您的单号是 {order}", key="k")
    assert (warned.status_code, out(store)) == (422, [])
    assert "这一处还没有填" in warned.text
    await ann.post(f"/talks/{talk}/say", kind="reply", text="您的单号是 {order}", key="k", anyway="1")
    assert out(store) == [("agent", "您的单号是 {order}")]
    assert store.run(lambda tx: tx.forbidden.latest()) == []


async def test_forbidden_words_do_not_leave_unnoticed(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """G6: some are never sent, some only when the agent says so; each is kept for review, once."""
    ann, talk = await taken(store, clock, browser, add)
    for _ in range(2):
        refused = await ann.post(f"/talks/{talk}/say", kind="reply", text="随 便你投诉", key="a", anyway="1")
        assert refused.status_code == 422
    assert "不能发给客户" in refused.text
    assert "anyway" not in refused.text
    warned = await ann.post(f"/talks/{talk}/say", kind="reply", text="这个我不知道", key="b")
    assert 'id="anyway"' in warned.text
    assert out(store) == []
    for _ in range(2):
        await ann.post(f"/talks/{talk}/say", kind="reply", text="这个我不知道", key="b", anyway="1")
    assert out(store) == [("agent", "这个我不知道")]
    await ann.post(f"/talks/{talk}/say", kind="note", text="客户说随便你投诉", key="c")
    hits = store.run(lambda tx: tx.forbidden.latest())
    last = store.run(lambda tx: tx.conversations.get(talk)).last_seq
    assert [(one.term, one.severity, one.sent, one.seq) for one in hits] == [
        ("不知道", "warn", True, last), ("随便你投诉", "stop", False, None),
    ]  # fmt: skip


def test_words_are_found_whole_and_a_file_that_is_no_list_stops_the_start(tmp_path: Path) -> None:
    """G6: case, width and spaces make no difference; "Scunthorpe" is no mistake; an own list is one's own."""
    shipped = Checking()
    assert [one.term for one in shipped.flags("That’s  THE\nrule")] == ["that's the rule"]
    assert shipped.flags("the stupidity of machines, 滚筒洗衣机") == []
    own = tmp_path / "own.yml"
    own.write_text("warn: [ACME]\n", encoding="utf-8")
    assert [one.severity for one in Checking(own).flags("acme, not acmes")] == ["warn"]
    for wrong in ("warn: [1]", "wern: [x]", "- x"):
        own.write_text(wrong, encoding="utf-8")
        with pytest.raises(ValueError, match=str(own)):
            Checking(own)
    settings = tmp_path / "config.yaml"
    settings.write_text(f"console: {{forbidden_words: {tmp_path / 'none.yml'}}}\n", encoding="utf-8")
    with pytest.raises(SettingsProblem, match="cannot be read"):
        load(settings, {})


async def test_a_reply_can_be_taken_back_until_it_leaves(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G2, T12: held for ten seconds; taken back nothing is left, the customer waits again; else it left."""
    ann, talk = await taken(store, clock, browsers(), add)
    await at_work(bob := browsers(), store, clock, add("bob", shown="博"))
    since = store.run(lambda tx: tx.conversations.get(talk)).waiting_since
    await ann.post(f"/talks/{talk}/say", kind="reply", text="您好", key="a")
    seq = store.run(lambda tx: tx.conversations.get(talk)).last_seq
    assert store.run(lambda tx: tx.outbox.heads("web", "web", clock(), 5)) == []
    assert len(store.run(lambda tx: tx.outbox.heads("web", "web", clock() + HELD, 5))) == 1
    assert "data-until" in (await ann.get(f"/talks/{talk}/live")).text
    history = StoredHistory(store, "web")
    assert [one.author for one in await history.after("wang", 0, 10)] == ["customer"]
    back = f"/talks/{talk}/messages/{seq}/take-back"
    assert (await bob.post(back)).status_code == 404
    undone = await ann.post(back, headers={"HX-Request": "true"})
    assert undone.json() == {"text": "您好"}
    assert out(store) == []
    kept = store.run(lambda tx: tx.messages.by_seq(talk, seq))
    assert kept is not None
    assert (kept.withdrawn, "您好" in str(kept.body)) == (True, False)  # T3: its number stays, its words go
    assert "已撤回" in (await ann.get(f"/talks/{talk}/live")).text
    assert store.run(lambda tx: tx.conversations.get(talk)).waiting_since == since
    await ann.post(f"/talks/{talk}/say", kind="reply", text="您好", key="a")
    assert out(store) == []  # the network's repetition of what was taken back
    await ann.post(f"/talks/{talk}/say", kind="reply", text="您好啊", key="b")
    (row,) = store.run(lambda tx: tx.outbox.heads("web", "web", clock() + HELD, 5))
    assert store.run(lambda tx: tx.outbox.claim([row.id], "postman", clock() + HELD)) == {row.id}
    late = await ann.post(f"/talks/{talk}/messages/{row.seq}/take-back")
    assert (late.status_code, "撤不回" in late.text) == (409, True)
    assert [one.author for one in await history.after("wang", 0, 10)] == ["customer", "agent"]
    deeds = store.run(lambda tx: [one.action for one in tx.audit.latest(3, about=f"conversation:{talk}")])
    assert deeds == ["reply", "take_back", "reply"]


async def test_who_waited_for_what_was_taken_back(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """T4: since their own first words without a person's answer, however replies are taken back."""
    ann, talk = await taken(store, clock, browsers(), add)

    def waits() -> datetime | None:
        return store.run(lambda tx: tx.conversations.get(talk)).waiting_since

    async def reply(key: str) -> int:
        clock.forward(seconds=1)
        await ann.post(f"/talks/{talk}/say", kind="reply", text=key, key=key)
        return store.run(lambda tx: tx.conversations.get(talk)).last_seq

    async def back(seq: int) -> None:
        await ann.post(f"/talks/{talk}/messages/{seq}/take-back", headers={"HX-Request": "true"})

    await reply("first")
    clock.forward(seconds=60)  # it has left by then
    assert waits() is None
    arrives(store, clock, "还在吗")
    since = clock()
    assert waits() == since  # not since what was answered
    one, two = await reply("one"), await reply("two")
    await back(one)
    assert waits() is None  # the other one answers them
    await back(two)
    assert waits() == since
    three = await reply("three")
    await ann.post(f"/talks/{talk}/move/resolve")
    await back(three)
    assert waits() is None  # settled meanwhile


def test_claimed_or_taken_back_never_both(store: Store, clock: Clock) -> None:
    """T12: postman and agent at the same moment: exactly one of them has the message."""

    def write(tx: Tx, place: int) -> tuple[int, int, int]:
        room = tx.conversations.enter("web", "web", f"p{place}", clock())
        sent = say(tx, room, Reply("您好"), clock(), author="agent", user_id=None)
        tx.conversations.save(room, clock())
        return sent.id, room.id, sent.seq

    for place in range(12):
        row, room, seq = store.run(lambda tx, n=place: write(tx, n))  # type: ignore[misc]
        start, won = threading.Barrier(2), {}

        def postman(row: int = row, start: threading.Barrier = start, won: dict[str, bool] = won) -> None:
            start.wait()
            won["sent"] = bool(store.run(lambda tx: tx.outbox.claim([row], "postman", clock())))

        def agent(
            room: int = room, seq: int = seq, start: threading.Barrier = start, won: dict[str, bool] = won
        ) -> None:
            start.wait()
            won["back"] = store.run(lambda tx: tx.outbox.withdraw(room, seq))

        both = [threading.Thread(target=postman), threading.Thread(target=agent)]
        for one in both[:: 1 if place % 2 else -1]:
            one.start()
        for one in both:
            one.join()
        assert won["sent"] != won["back"], place
        left = store.run(lambda tx, r=room, s=seq: tx.outbox.of_message(r, s))  # type: ignore[misc]
        assert left is not None
        assert (left.state == "withdrawn") is not won["sent"]


async def test_only_a_person_tries_a_message_again(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """T13: what may have arrived is shown so, and sent again only if who has the conversation asks."""
    ann, talk = await taken(store, clock, browsers(), add)
    await at_work(bob := browsers(), store, clock, add("bob", shown="博"))
    await ann.post(f"/talks/{talk}/say", kind="reply", text="您好", key="a")
    (row,) = store.run(lambda tx: tx.outbox.heads("web", "web", clock() + HELD, 5))
    path = f"/talks/{talk}/messages/{row.seq}/again"
    assert (await ann.post(path)).status_code == 409
    gone = Settled(row.id, "unknown", clock(), 1, reason="no answer in time")
    store.run(lambda tx: tx.outbox.settle([gone]))
    page = (await ann.get(f"/talks/{talk}/live")).text
    for words in ("不确定是否送达", "no answer in time", "可能已送达，仍要再发一次"):
        assert words in page
    assert (await bob.post(path)).status_code == 409
    assert out(store) == []
    assert (await ann.post(path)).status_code == 303
    assert out(store) == [("agent", "您好")]
    assert (await ann.post(f"/talks/{talk}/messages/1/again")).status_code == 404
