"""The console's pages (G2): lists, a conversation, replies sent once, notes, hostile words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from bot.console.media import kind_of
from bot.console.pages import said
from bot.messages import Address, Attachment, Inbound
from bot.turns import stored_form
from handlers import ownership
from storage import Store, Tx
from storage.users import User
from tests.conftest import Clock
from tests.console.conftest import Add, Browser

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</textarea><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    '<div hx-get="/console/sign-out" hx-trigger="load">',
    "<a href=https://evil.test>x</a>",
    "\u202egnp.exe",
)


def arrives(
    store: Store, clock: Clock, text: str = "有人吗", peer: str = "wang", name: str = "", **parts: object
) -> int:
    """A customer who asked for a person writes; the conversation's id."""

    def work(tx: Tx) -> int:
        room = tx.conversations.enter("web", "web", peer, clock())
        if room.owner == "bot":
            ownership.move(tx, room, "ask", ownership.BOT, clock(), ownership.QueueSettings())
        place = Address("web", "web", peer)
        inbound = Inbound(place, f"{peer}:{room.last_seq}", clock(), text, **parts)  # type: ignore[arg-type]
        message = tx.messages.take(room, inbound.external_id, stored_form(inbound), clock(), clock())
        for one in inbound.attachments:
            tx.attachments.want(message or 0, room.id, asdict(one), clock())
        room.waiting_since = room.waiting_since or clock()
        tx.customers.remember(room.customer_id, clock(), name=name or None)
        tx.conversations.save(room, clock())
        return room.id

    return store.run(work)


def out(store: Store) -> list[tuple[str, str]]:
    """Author and text of everything on its way to customers."""

    def work(tx: Tx) -> list[tuple[str, str]]:
        rows = tx.outbox.heads("web", "web", Clock().now.replace(year=2090), 100)
        found = [tx.messages.by_seq(one.conversation_id, one.seq) for one in rows]
        return [(one.author, one.body.get("text", "")) for one in found if one]

    return store.run(work)


async def at_work(browser: Browser, store: Store, clock: Clock, user: User) -> Browser:
    """Signed in and online."""
    await browser.sign_in(user.name)
    await browser.post("/presence", state="online")
    return browser


async def test_take_reply_note_and_hand_back(store: Store, clock: Clock, browser: Browser, add: Add) -> None:
    """G2, T14: a reply leaves once however often it is submitted, a note never; then the bot has it again."""
    ann = await at_work(browser, store, clock, add())
    talk = arrives(store, clock, name="王芳")
    page = (await ann.get("/?view=unassigned")).text
    assert "王芳" in page
    assert "有人吗" in page
    early = await ann.post(f"/talks/{talk}/say", kind="reply", text="你好", key="k0")
    assert early.status_code == 409
    assert "请先接入" in early.text
    assert (await ann.post(f"/talks/{talk}/move/take")).status_code == 303
    for _ in range(3):
        await ann.post(f"/talks/{talk}/say", kind="reply", text="您好，我是李娜", key="k1")
    await ann.post(f"/talks/{talk}/say", kind="note", text="客户很急", key="k2")
    assert out(store) == [("agent", "您好，我是李娜")]
    shown = (await ann.get(f"/talks/{talk}")).text
    for words in ("您好，我是李娜", "即将发出", "客户很急", "内部备注", "接入了会话"):
        assert words in shown
    assert store.run(lambda tx: tx.conversations.get(talk)).waiting_since is None
    assert (await ann.post(f"/talks/{talk}/move/hand_back")).status_code == 303
    room = store.run(lambda tx: tx.conversations.get(talk))
    assert (room.owner, room.agent_id) == ("bot", None)
    deeds = store.run(lambda tx: [one.action for one in tx.audit.latest(10, about=f"conversation:{talk}")])
    assert deeds == ["hand_back", "note", "reply", "take"]
    assert "客户很急" not in repr(store.run(lambda tx: [one.detail for one in tx.audit.latest()]))


async def test_the_slower_click_hears_who_has_it(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G2: two agents click; the second is told in words, and cannot write into it."""
    ann = await at_work(browsers(), store, clock, add("ann", shown="安"))
    bob = await at_work(browsers(), store, clock, add("bob", shown="博"))
    talk = arrives(store, clock)
    await ann.post(f"/talks/{talk}/move/take")
    late = await bob.post(f"/talks/{talk}/move/take")
    assert late.status_code == 409
    assert "这个会话 安 已经接了" in late.text
    for move in ("release", "hand_back", "resolve"):
        assert (await bob.post(f"/talks/{talk}/move/{move}")).status_code == 409
    assert (await bob.post(f"/talks/{talk}/move/take_over")).status_code == 409  # no supervisor
    assert (await bob.post(f"/talks/{talk}/say", kind="reply", text="我来", key="b")).status_code == 409
    assert out(store) == []
    user = store.run(lambda tx: tx.users.named("bob"))
    assert user is not None
    await ann.post(f"/talks/{talk}/move/assign", to=str(user.id))
    assert (await bob.post(f"/talks/{talk}/say", kind="reply", text="我来", key="b")).status_code == 303
    assert out(store) == [("agent", "我来")]


async def test_hostile_words_stay_words(store: Store, clock: Clock, browser: Browser, add: Add) -> None:
    """I3: what customers write, are called and name their files never becomes part of the page."""
    ann = await at_work(browser, store, clock, add(shown="<b>李</b>"))
    for number, words in enumerate(HOSTILE):
        files = (Attachment("document", "ref", name=words),)
        talk = arrives(store, clock, words, f"{words}{number}", name=words, attachments=files)
        await ann.post(f"/talks/{talk}/move/take")
        await ann.post(f"/talks/{talk}/say", kind="note", text=words, key=f"n{number}")
        for path in (f"/talks/{talk}", f"/talks/{talk}/live", "/list?view=mine"):
            page = (await ann.get(path)).text
            assert "李" in page or "list" in path
            for sign in (
                "<script>",
                "<img src=x",
                "<svg onload",
                "' onmouseover='",
                '<div hx-get="/console/sign-out',
                "<b>",
            ):
                assert sign not in page, (path, words)
            assert "<a href=https" not in page
            assert 'href="javascript:' not in page


async def test_ids_and_words_that_will_not_do(store: Store, clock: Clock, browser: Browser, add: Add) -> None:
    """G2: foreign ids, empty and endless texts, unknown moves: a clear word each, nothing written."""
    ann = await at_work(browser, store, clock, add())
    talk = arrives(store, clock)
    await ann.post(f"/talks/{talk}/move/take")
    for path in ("/talks/999", f"/talks/{10**30}", "/media/1", f"/media/{10**30}"):
        assert (await ann.get(path)).status_code == 404
    assert (await ann.post("/talks/999/move/take")).status_code == 404
    assert (await ann.post(f"/talks/{talk}/move/want_bot")).status_code == 404
    assert (await ann.post(f"/talks/{talk}/move/assign", to="x")).status_code == 409
    assert (await ann.post(f"/talks/{talk}/say", text="  ", key="a")).status_code == 422
    assert (await ann.post(f"/talks/{talk}/say", text="x" * 4001, key="a")).status_code == 422
    assert (await ann.post(f"/talks/{talk}/say", text="x")).status_code == 422
    assert (await ann.post("/presence", state="gone")).status_code == 422
    assert out(store) == []


async def test_away_puts_who_waits_back(store: Store, clock: Clock, browser: Browser, add: Add) -> None:
    """G4: an agent who goes away leaves nobody waiting for them."""
    ann = await at_work(browser, store, clock, add())
    talk = arrives(store, clock)
    await ann.post(f"/talks/{talk}/move/take")
    await ann.post("/presence", state="away")
    assert store.run(lambda tx: tx.conversations.get(talk)).owner == "queue"
    assert "离开" in (await ann.get()).text


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'>"[:16], None),
        (b"<html><script>", None),
        (b"%PDF-1.7", None),
        (b"", None),
    ],
)
def test_only_pictures_and_sounds_are_shown(head: bytes, kind: str | None) -> None:
    """I3: the type comes from the bytes; an SVG is only ever downloaded (CVE-2021-3741 elsewhere)."""
    assert kind_of(head) == kind


def test_no_word_has_a_name_that_templates_cannot_reach(tmp_path: Path) -> None:
    """A button once said "built-in method clear": to templates that is what a dictionary does."""
    (tmp_path / "list.yml").write_text("zh: {list: {clear: 清除}}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"list\.yml: clear"):
        said(tmp_path)


def test_every_icon_and_word_is_there() -> None:
    """G2: templates use only icons of the sprite; both languages have the same words."""
    import re

    from bot.console.navigation import SECTIONS
    from bot.console.pages import HERE

    templates = "".join(path.read_text(encoding="utf-8") for path in (HERE / "templates").rglob("*.html"))
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (HERE / "static/icons.svg").read_text(encoding="utf-8")))
    used = {name for name in re.findall(r'"([a-z0-9-]+)"', templates) if name in sprite}
    used |= {one.icon for one in SECTIONS}
    assert set(re.findall(r'icon\("([^"]+)"', templates)) <= sprite
    assert sprite == used
    words = said(HERE / "words")

    def keys(found: object, above: str = "") -> set[str]:
        if not isinstance(found, dict):
            return {above}
        return {key for name, value in found.items() for key in keys(value, f"{above}.{name}")}

    assert keys(words["zh"]) == keys(words["en"])


def test_pages_look_again_at_what_the_clock_and_other_desks_say(store: Store, clock: Clock) -> None:
    """T15: whatever is said where people are involved is in the log of changes, whoever says it."""
    from bot.voice import DeskVoice
    from tests.spoken import dialogue

    room, voice = arrives(store, clock), DeskVoice(dialogue())
    before = store.run(lambda tx: tx.live.newest())
    store.run(lambda tx: voice.say(tx, tx.conversations.get(room), "utter_goodbye", clock()))
    number, changed = store.run(lambda tx: tx.live.recent(clock(), before))[-1]
    assert (number > before, changed) == (True, room)
