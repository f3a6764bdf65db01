"""Photos and files from agents (G2): by their bytes, once, gone when taken back or erased."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI

from bot.channels.wechat.outgoing import fitting
from bot.console import PREFIX
from bot.media import MediaShelf
from bot.messages import Address, Attachment, Delivery, Reply
from bot.sent_files import SentFiles, keep
from bot.sent_links import SentLinks
from bot.settings import Settings
from storage import Store, StoreUnavailable
from storage.messages import Message
from tests.conftest import Clock
from tests.console.conftest import Add, Browser, Web
from tests.console.test_pages import arrives, at_work

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
PDF = b"%PDF-1.7\n" + bytes(100)
DOCX = b"PK\x03\x04" + bytes(30) + b"_rels/.rels" + bytes(70_000) + b"word/document.xml [Content_Types].xml"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of the console."""
    monkeypatch.setattr(Settings, "data_path", tmp_path)
    return tmp_path / "media"


@pytest.fixture
def sent(store: Store, clock: Clock, folder: Path) -> SentFiles:
    """What platforms and browsers get them from."""
    return SentFiles(store, MediaShelf(folder), SentLinks.from_settings(Settings()), clock)


@asynccontextmanager
async def anyone(sent: SentFiles) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that is signed in nowhere."""
    outer = FastAPI()
    outer.include_router(sent.router())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(outer), base_url="http://desk.test") as client:
        yield client


async def sends(
    browser: Browser, talk: int, content: bytes | None = PNG, name: str = "../../x.svg", **form: str
) -> httpx.Response:
    """The composer's submission with a file."""
    csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', browser.page)
    assert csrf
    data = {"csrf": csrf[1], "kind": "reply", "key": "k", "text": "", **form}
    files = {"file": (name, content, "image/svg+xml; x")} if content is not None else None
    to = f"{PREFIX}/talks/{talk}/upload"
    return await browser.http.post(to, data=data, files=files, headers={"HX-Request": "true"})


def stored(folder: Path) -> list[Path]:
    """Every file on disk."""
    return [one for one in folder.glob("*/*") if one.is_file()]


def last(store: Store, talk: int) -> Message:
    """What was said last."""
    message = store.run(lambda tx: tx.messages.by_seq(talk, tx.conversations.get(talk).last_seq))
    assert message is not None
    return message


async def test_a_photo_reaches_the_customer_once_and_can_be_taken_back(
    store: Store, clock: Clock, browser: Browser, add: Add, folder: Path, sent: SentFiles
) -> None:
    """G2, T12: sent twice it leaves once; platforms and browsers get its bytes until it is taken back."""
    ann = await at_work(browser, store, clock, add())
    talk = arrives(store, clock)
    await ann.post(f"/talks/{talk}/move/take")
    for _ in range(2):
        assert (await sends(ann, talk)).status_code == 204
    (file,) = stored(folder)
    assert re.fullmatch(r"[\w-]{32}", file.name)
    message = last(store, talk)
    address = f"/sent/{file.name}"
    assert message.body == {"image": address}
    shown = re.findall(r'src="/console(/media/\d+)"', (await ann.get(f"/talks/{talk}/live")).text)
    assert len(shown) == 1
    seen = await ann.get(shown[0])
    assert (seen.status_code, seen.content, seen.headers["content-type"]) == (200, PNG, "image/png")
    handed = await sent.fetch(address)
    assert handed is not None
    assert (handed.name, handed.mime, handed.content) == ("photo.png", "image/png", PNG)
    delivery = Delivery(1, "k", Address("wechat", "main", "w"), 2, Reply(image=address))
    assert fitting([delivery]) == 0  # WeChat gets it uploaded, never as a passive reply
    async with anyone(sent) as stranger:
        there = await stranger.get(address)
        assert (there.content, there.headers["x-content-type-options"]) == (PNG, "nosniff")
        assert (await stranger.get(f"/sent/{'a' * 32}")).status_code == 404
        assert (await stranger.get("/sent/..%2f..%2fetc%2fpasswd")).status_code == 404
        await ann.post(f"/talks/{talk}/messages/{message.seq}/take-back")
        assert (await stranger.get(address)).status_code == 404
    assert stored(folder) == []
    assert "<img" not in (await ann.get(f"/talks/{talk}/live")).text


async def test_a_document_goes_by_a_signed_address_that_expires(
    store: Store, clock: Clock, browser: Browser, add: Add, folder: Path, sent: SentFiles
) -> None:
    """G2, T12: once, with its name cleaned; browsers only keep it, for some days; erased, nobody gets it."""
    ann = await at_work(browser, store, clock, add())
    talk = arrives(store, clock)
    await ann.post(f"/talks/{talk}/move/take")
    for _ in range(2):
        assert (await sends(ann, talk, PDF, "../报价 单<b>\u202e.exe", text="请看")).status_code == 204
    (file,) = stored(folder)
    body = last(store, talk).body
    address, name = body["file"]["address"], "报价 单 b.pdf"
    assert body == {"text": "请看", "file": {"address": address, "name": name, "kind": "document"}}
    assert Reply.from_json(body).as_json() == body
    handed = await sent.fetch(address)
    assert handed is not None
    assert (handed.name, handed.mime, handed.content) == (name, "application/pdf", PDF)
    page = (await ann.get(f"/talks/{talk}/live")).text
    assert name in page
    (mine,) = re.findall(r'href="/console(/media/\d+)"', page)
    assert "attachment" in (await ann.get(mine)).headers["content-disposition"]
    async with anyone(sent) as stranger:
        there = await stranger.get(address)
        assert there.content == PDF
        assert there.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E6%8A%A5")
        assert there.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in there.headers["content-security-policy"]
        end = "0" if address[-1] != "0" else "1"
        for wrong in (f"/sent/{file.name}", address[:-1] + end, address.replace(".2", ".3", 1)):
            assert (await stranger.get(wrong)).status_code == 404, wrong
        clock.forward(days=31)
        assert (await stranger.get(address)).status_code == 404
        assert await sent.fetch(address) == handed  # what waited is delivered late too
    customer = store.run(lambda tx: tx.conversations.get(talk)).customer_id
    store.run(lambda tx: tx.records.blank(customer, clock()))
    assert await sent.fetch(address) is None
    assert name not in repr(store.run(lambda tx: tx.records.of_customer(customer)))
    doomed = store.run(lambda tx: tx.records.doomed(10))
    assert file.name in repr(doomed)


async def test_a_customers_file_is_no_sent_file(
    store: Store, clock: Clock, folder: Path, sent: SentFiles
) -> None:
    """I3: the open address shows what agents sent, never what customers did; every key makes its own."""
    talk = arrives(store, clock, attachments=(Attachment("photo", "a"), Attachment("document", "b")))
    for one, content in zip(
        store.run(lambda tx: tx.attachments.of_conversation(talk)), (PNG, PDF), strict=True
    ):
        name = keep(MediaShelf(folder), content)
        store.run(lambda tx, one=one, name=name: tx.attachments.change(one.id, state="stored", file=name))  # type: ignore[misc]
        assert await sent.fetch(f"/sent/{name}") is None
        assert await sent.fetch(SentLinks.from_settings(Settings()).address(name, clock())) is None
    own, other = (SentLinks(key, ZoneInfo("UTC"), 1) for key in (b"a", b"b"))
    assert own.read(other.address("x" * 32, clock())) is None
    assert own.read(own.address("x" * 32, clock())) is not None


async def test_a_file_of_a_wrong_kind_or_size(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add, folder: Path
) -> None:
    """Bad input: each gets a clear word, nothing is written and no file stays."""
    ann = await at_work(browsers(), store, clock, add())
    bob = await at_work(browsers(), store, clock, add("bob", shown="博"))
    talk = arrives(store, clock)
    await ann.post(f"/talks/{talk}/move/take")
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    for content, form, status, word in (
        (svg, {}, 422, "只能发 JPG/PNG/PDF/DOCX/XLSX"),
        (b"PK\x03\x04 a zip", {}, 422, "只能发"),
        (b"<html>%PDF-1.7", {}, 422, "只能发"),
        (b"OggS", {}, 422, "只能发"),
        (b"", {}, 422, "只能发"),
        (None, {}, 422, "没有收到文件"),
        (PDF, {"kind": "note"}, 422, "内部备注不能带照片和文件"),
        (PDF, {"text": "随便你投诉"}, 422, "不能发给客户"),
        (PNG, {"csrf": "0"}, 403, "页面"),
        (PNG + bytes(10_000_000), {}, 413, "太大"),
        (PDF + bytes(20_000_000), {}, 413, "太大"),
    ):
        answer = await sends(ann, talk, content, **form)
        assert (answer.status_code, word in answer.text) == (status, True), (word, answer.text)
    assert (await sends(bob, talk)).status_code == 409
    assert (await sends(ann, 987654)).status_code == 404
    assert stored(folder) == []
    assert store.run(lambda tx: tx.conversations.get(talk)).last_seq == 1
    assert (await sends(ann, talk, DOCX, "合同.pdf")).status_code == 204
    assert last(store, talk).body["file"]["name"] == "合同.docx"


async def test_a_channel_without_files_says_so_before_and_after(
    store: Store, clock: Clock, browser: Browser, add: Add, folder: Path, web: Web
) -> None:
    """G2: the composer offers what reaches the customer, and says how; what does not is refused."""
    ann = await at_work(browser, store, clock, add())
    talk = arrives(store, clock)
    await ann.post(f"/talks/{talk}/move/take")
    page = (await ann.get(f"/talks/{talk}")).text
    assert "application/pdf,.pdf" in page
    assert "收不了文件" not in page
    web.way = "link"
    assert "30 天内有效" in (await ann.get(f"/talks/{talk}")).text
    web.way = None
    page = (await ann.get(f"/talks/{talk}")).text
    assert "收不了文件" in page
    assert "application/pdf" not in page
    answer = await sends(ann, talk, PDF)
    assert (answer.status_code, "没有发给客户" in answer.text) == (422, True)
    assert stored(folder) == []
    assert (await sends(ann, talk, PNG)).status_code == 204


async def test_a_lost_commit_loses_no_file(
    store: Store, clock: Clock, browser: Browser, add: Add, folder: Path, sent: SentFiles,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """I2, T12: the database's word did not come: what was written keeps its file, once."""
    ann = await at_work(browser, store, clock, add())
    talk = arrives(store, clock)
    await ann.post(f"/talks/{talk}/move/take")
    commits = store.transact

    async def unheard(work: Any) -> Any:
        await commits(work)
        raise StoreUnavailable("no answer")

    with monkeypatch.context() as away:
        away.setattr(store, "transact", unheard)
        assert (await sends(ann, talk, PDF)).status_code == 503
    for _ in range(2):
        assert (await sends(ann, talk, PDF)).status_code == 204
    assert len(stored(folder)) == 1
    found = await sent.fetch(last(store, talk).body["file"]["address"])
    assert found is not None
    assert found.content == PDF
    assert store.run(lambda tx: tx.conversations.get(talk)).last_seq == 2


async def test_old_files_of_agents_go_as_those_of_customers(
    store: Store, clock: Clock, browser: Browser, add: Add, folder: Path, sent: SentFiles
) -> None:
    """E9: after `media_days` nobody has it any more."""
    ann = await at_work(browser, store, clock, add())
    talk = arrives(store, clock)
    await ann.post(f"/talks/{talk}/move/take")
    assert (await sends(ann, talk, PDF, "a.pdf")).status_code == 204
    address = last(store, talk).body["file"]["address"]
    clock.forward(days=2)
    assert store.run(lambda tx: tx.retention.forget_media(clock() - timedelta(days=3), 10, clock())) == 0
    assert store.run(lambda tx: tx.retention.forget_media(clock() - timedelta(days=1), 10, clock())) == 1
    assert await sent.fetch(address) is None
    assert stored(folder)[0].name in repr(store.run(lambda tx: tx.records.doomed(10)))
