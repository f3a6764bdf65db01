"""What others got wrong, as tests of the console's pages (I3): each is a known mistake of another desk."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from bot.console import PREFIX
from bot.console.app import build_console
from bot.http import build_http
from bot.media import MediaShelf
from bot.messages import Attachment
from bot.server import configured
from bot.settings import Settings
from bot.voice import DeskVoice
from storage import Store
from storage.schema import attachments
from tests.api.conftest import dialogue, open_order
from tests.conftest import Clock
from tests.console.conftest import PASSWORD, Add, Browser
from tests.console.test_pages import arrives, at_work
from tests.console.test_sent_files import sends
from tests.desks import desk_for

NAMES = (
    "../../etc/passwd",
    "..\\..\\x.exe",
    "a\u200b.svg",
    "photo.jpg\u202egpj.exe",
    'x"; filename="evil.html',
    "x\r\nSet-Cookie: a=b",
)


async def test_file_names_are_words_only(
    store: Store, clock: Clock, browser: Browser, add: Add, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FreeScout CVE-2026-27636, -28289, osTicket CVE-2020-24917: dangerous file names stay words."""
    monkeypatch.setattr(Settings, "data_path", tmp_path)
    stored = MediaShelf(tmp_path / "media").path("stored")
    stored.parent.mkdir(parents=True)
    stored.write_bytes(b"<html><script>alert(1)</script>")
    ann = await at_work(browser, store, clock, add())
    for number, name in enumerate(NAMES):
        talk = arrives(
            store, clock, "", f"c{number}", attachments=(Attachment("document", "ref", name=name),)
        )
        found = re.findall(r"/media/(\d+)", (await ann.get(f"/talks/{talk}")).text)
        assert not found  # nothing is there to be had before it was fetched
        kept = number + 1
        change = update(attachments).where(attachments.c.id == kept).values(state="stored", file="stored")
        store.run(lambda tx, change=change: tx.execute(change))  # type: ignore[misc]
        await ann.post(f"/talks/{talk}/move/take")
        answer = await ann.get(f"/media/{kept}")
        assert answer.status_code == 200, name
        assert answer.headers["content-disposition"] == f'attachment; filename="file-{kept}"'
        assert answer.headers["content-type"] == "application/octet-stream"
        assert "set-cookie" not in answer.headers
    assert (await ann.get("/media/..%2f..%2fetc%2fpasswd")).status_code == 404


async def test_names_of_agents_files_are_cleaned(
    store: Store, clock: Clock, browser: Browser, add: Add, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FreeScout CVE-2026-27636, -28289: customers see letters, digits and the kind of the bytes."""
    monkeypatch.setattr(Settings, "data_path", tmp_path)
    ann, talk = await at_work(browser, store, clock, add()), arrives(store, clock)
    await ann.post(f"/talks/{talk}/move/take")
    for number, name in enumerate((*NAMES, "x" * 300, "", ".pdf", "<b>\"'&.pdf")):
        answer = await sends(ann, talk, b"%PDF-1.7", name or "\u200b", key=f"k{number}")
        assert answer.status_code == 204, name
        said = store.run(lambda tx: tx.messages.by_seq(talk, tx.conversations.get(talk).last_seq))
        assert said is not None
        assert re.fullmatch(r"[\w ()-]{1,80}\.pdf", said.body["file"]["name"]), name


async def test_forged_proxy_headers(store: Store, clock: Clock, add: Add) -> None:
    """Zammad CVE-2026-34720, FreeScout CVE-2026-107393: forged proxy headers: heard from the proxy only."""
    add()
    console = build_console(
        store, Settings(), clock, DeskVoice(dialogue()), lambda channel, account: None, desk_for
    )
    served = configured(build_http([], max_body=10_000, max_upload=10_000, mounted={PREFIX: console}))
    served.load()
    forged = {"x-forwarded-for": "10.9.9.9", "x-forwarded-host": "evil.test", "forwarded": "for=10.9.9.9"}
    for client, expected in (("203.0.113.7", "203.0.113.7"), ("127.0.0.1", "10.9.9.9")):
        transport = httpx.ASGITransport(served.loaded_app, client=(client, 5000))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as http:
            browser = Browser(http)
            entered = await browser.post("/sign-in", headers=forged, name="li.na", password=PASSWORD)
            assert entered.headers["location"] == PREFIX  # no other host's address
        assert store.run(lambda tx: tx.audit.latest(1))[0].address == expected


async def test_a_megabyte_pasted(store: Store, clock: Clock, browser: Browser, add: Add) -> None:
    """Bad input: 1 MB pasted gets a clear word, as a page or as the part of one; nothing is written."""
    ann = await at_work(browser, store, clock, add())
    talk = arrives(store, clock)
    await ann.post(f"/talks/{talk}/move/take")
    pasted = "长" * 400_000
    answer = await ann.post(f"/talks/{talk}/say", kind="reply", text=pasted, key="k")
    assert (answer.status_code, "太大" in answer.text, "<html" in answer.text) == (413, True, True)
    part = await ann.post(f"/talks/{talk}/say", headers={"hx-request": "true"}, text=pasted, key="k")
    assert (part.status_code, "太大" in part.text, "<html" in part.text) == (413, True, False)
    assert "content-security-policy" in part.headers
    short = await ann.post(f"/talks/{talk}/say", kind="reply", text="长" * 5000, key="k")
    assert (short.status_code, "太长" in short.text) == (422, True)
    assert store.run(lambda tx: tx.conversations.get(talk)).last_seq == 1


async def test_json_where_a_form_is_wanted(store: Store, browser: Browser, add: Add) -> None:
    """Rocket.Chat CVE-2021-22911: operator injection: wrong JSON types get 422 from pages, nothing else."""
    add()
    number = open_order(store).number
    await browser.sign_in()
    csrf = re.findall(r'name="csrf" value="([0-9a-f]+)"', browser.page)[0]
    headers = {"content-type": "application/json", "x-csrf": csrf}
    for body in (
        b"[]",
        b"null",
        b'{"move": ["take"]}',
        b'{"state": {"$gt": ""}}',
        b'{"text": 1e999}',
        b"\xff",
    ):
        for path in (f"/orders/{number}/move", "/presence"):
            answer = await browser.http.post(PREFIX + path, content=body, headers=headers)
            assert answer.status_code == 422, (path, body)
