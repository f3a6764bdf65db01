"""Every page of the console with hostile words, ids and filters (I3): see docs/security.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import func, select, update

from bot.console import rights
from bot.console.media import POLICY
from bot.media import MediaShelf
from bot.messages import Attachment, Enclosed, Reply
from bot.settings import Settings
from bot.turns import say
from storage import Store
from storage.schema import attachments, metadata
from tests.api.conftest import complain, open_order
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.console.test_pages import HOSTILE, arrives, at_work

STREAMS = ("/live", "/floor/live", "/experts/live")
PICTURE = "data:image/png;base64,"
"""A picture that the page itself holds: the secret of one-time codes."""
FILTERS = (
    "view", "sort", "q", "age", "priority", "level", "channel", "agent", "skill", "rows", "page", "state",
    "id", "language", "kind", "status", "open", "severity", "month", "user", "action", "since", "next",
)  # fmt: skip
INJECTED = (
    "'; DROP TABLE orders--", "1 OR 1=1", '" UNION SELECT 1', "id) desc", "\u0000", "%", "9" * 40, "-1",
    "../../etc/passwd", "$ne", "[]", "\ud800",
)  # fmt: skip


class Looking(HTMLParser):
    """What a browser would make of a page: scripts, handlers, and addresses that lead away."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "script" and not (told.get("src") or "").startswith("/console/static/"):
            self.found.append(f"<script {told}>")
        if tag in ("svg", "img", "style", "iframe", "object", "base") and told.keys() & {"onload", "onerror"}:
            self.found.append(f"<{tag} {told}>")
        for name, value in told.items():
            if (
                name.startswith("on")
                or name == "style"
                or (value or "").strip().lower().startswith("javascript")
            ):
                self.found.append(f"{tag} {name}={value}")
            if tag == "img" and name == "src" and (value or "").startswith(PICTURE):
                continue
            leads = name in ("href", "src", "action", "hx-get", "hx-post") and "//" in (value or "")
            if leads and not (value or "").startswith("otpauth://totp/"):
                self.found.append(f"{tag} {name}={value}")


def world(store: Store, clock: Clock, words: str) -> dict[str, str]:
    """A desk in which everybody and everything is called that; the ids of what is there."""
    talk = arrives(
        store, clock, words, "p1", name=words[:128], attachments=(Attachment("document", "r", name=words),)
    )
    told = {"description": words, "address": words, "model": words, "name": words}
    order = open_order(store, "k", **told)
    complaint = open_order(store, "c", "complaint", **told)
    complain(store, complaint, cause=words, statement=words)
    room = store.run(lambda tx: tx.conversations.get(talk))

    def more(tx):  # type: ignore[no-untyped-def]
        say(tx, room, Reply(words, file=Enclosed("/sent/x", words)), clock(), author="agent", user_id=1)
        tx.attachments.sent(room, "x", {"kind": "document", "name": words, "mime": "x", "size": 1}, clock())
        tx.conversations.save(room, clock())
        tx.canned.add("x", "zh", "", words, clock())
        tx.knowledge.gap(words, "zh", None, talk, clock())
        tx.notes.add(tx.conversations.get(talk), 1, words, clock())
        tx.orders.add_note(order, "agent", words, clock(), words[:40])
        return tx.canned.all()[-1].id

    reply = store.run(more)
    mine = {"talk_id": str(talk), "customer_id": str(room.customer_id), "number": order.number}
    others = {"complaint": complaint.number, "reply_id": str(reply), "article": "repair-fees"}
    plain = {"attachment_id": "1", "user_id": "1", "seq": "1", "language": "zh"}
    return {**mine, **others, **plain, "kind": "fault", "name": "phone", "deed": "disable"}


def pages(ids: Mapping[str, str]) -> list[str]:
    """The address of every page with what is there."""
    paths = [one.split(" ", 1)[1] for one in rights.pages() if one.startswith("GET ")]
    shown = [one for one in paths if one not in STREAMS and not one.startswith("/static")]
    filled = [re.sub(r"\{(\w+)(?::\w+)?\}", lambda m: ids[m[1]], one) for one in shown]
    return [*filled, f"/complaints/{ids['complaint']}", "/?view=all", "/list?view=all", "/audit?page=1"]


async def test_nothing_that_people_write_runs_anywhere(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """FreeScout CVE-2026-32754, Zammad CVE-2018-1000154: hostile words, names, notes, files at every sink."""
    chief = await at_work(browser, store, clock, add("chief", "admin", HOSTILE[0]))
    ids = world(store, clock, " ".join(HOSTILE))
    seen = 0
    for path in pages(ids):
        answer = await chief.get(path)
        assert answer.status_code < 500, path
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        assert "script-src 'self'" in answer.headers["content-security-policy"], path
        looking = Looking()
        looking.feed(answer.text)
        assert looking.found == [], path
        seen += "&lt;script&gt;" in answer.text
    assert seen >= 8  # the words were there to be seen


async def test_every_filter_takes_any_words(store: Store, clock: Clock, browser: Browser, add: Add) -> None:
    """Chatwoot CVE-2025-21628: no filter, order or search reaches the database as anything but a value."""
    chief = await at_work(browser, store, clock, add("chief", "admin"))
    ids = world(store, clock, "冰箱")
    before = counted(store)
    lists = ("/", "/list", "/customers", "/orders", "/audit", "/knowledge", "/gaps", "/replies", "/catalogue",
             "/users", "/samples", "/complaints", f"/talks/{ids['talk_id']}")  # fmt: skip
    for path in lists:
        for words in INJECTED:
            asked = "&".join(f"{name}={quote(words, errors='surrogatepass')}" for name in FILTERS)
            answer = await chief.http.get(f"/console{path}?{asked}")
            assert answer.status_code in (200, 303, 404, 422), (path, words)
    assert counted(store) == before


def counted(store: Store) -> dict[str, int]:
    """How many rows each table has, but for what looking at pages leaves behind."""
    tables = [
        one for one in metadata.sorted_tables if one.name not in ("audit", "sessions", "reads", "live_events")
    ]
    counts = {one.name: select(func.count()).select_from(one) for one in tables}
    return store.run(lambda tx: {name: tx.execute(count).scalar_one() for name, count in counts.items()})


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", None),
        (b"<?xml version='1.0'?><svg/>", None),
        (b"\n<html><script>alert(1)</script>", None),
        (b"%PDF-1.7 /JavaScript", None),
        (b"\xef\xbb\xbf<!doctype html>", None),
        (b"GIF89a/*<script>*/=alert(1)", "image/gif"),
        (b"\xff\xd8\xff<script>alert(1)</script>", "image/jpeg"),
        (b"", None),
    ],
)
async def test_a_file_is_what_its_bytes_are(
    store: Store, clock: Clock, browser: Browser, add: Add, content: bytes, shown: str | None,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Chatwoot CVE-2021-3741, -3742, LibreDesk CVE-2026-111168: whatever type was claimed, none runs here."""
    monkeypatch.setattr(Settings, "data_path", tmp_path)
    stored = MediaShelf(tmp_path / "media").path("kept")
    stored.parent.mkdir(parents=True)
    stored.write_bytes(content)
    ann = await at_work(browser, store, clock, add())
    claimed = Attachment("photo", "ref", name="a.svg", mime="image/svg+xml; x")
    talk = arrives(store, clock, "", "p", attachments=(claimed,))
    await ann.post(f"/talks/{talk}/move/take")
    store.run(lambda tx: tx.execute(update(attachments).values(state="stored", file="kept")))
    answer = await ann.get("/media/1")
    assert answer.headers["content-type"] == (shown or "application/octet-stream")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == POLICY
    assert ("content-disposition" in answer.headers) == (shown is None)


async def test_what_is_not_theirs_is_not_there(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """Chatwoot CVE-2026-115725, FreeScout CVE-2026-40591: real ids, asked for without the right."""
    ids = world(store, clock, "冰箱")
    before = counted(store)
    for role in ("agent", "expert"):
        person = await at_work(browsers(), store, clock, add(role, role))
        tried = 0
        for method, path in (one.split(" ", 1) for one in rights.pages()):
            if (
                rights.has(role, rights.needed(method, path) or "")
                or rights.needed(method, path) == rights.OPEN
            ):
                continue
            concrete = re.sub(r"\{(\w+)(?::\w+)?\}", lambda m: ids[m[1]], path)
            answer = await (person.get(concrete) if method == "GET" else person.post(concrete))
            assert answer.status_code in (403, 404), (role, method, path)
            tried += 1
        assert tried > 10
    after = counted(store)
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {"users", "presence", "live_events", "sign_in_tries"}, changed  # by signing in
