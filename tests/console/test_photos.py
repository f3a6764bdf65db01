"""Photos from agents (G2): by their bytes, once, to every channel, gone when taken back; bad ones refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from bot.channels.wechat.outgoing import fitting
from bot.console import PREFIX
from bot.media import MediaShelf
from bot.messages import Address, Delivery, Reply
from bot.sent_photos import SentPhotos
from bot.settings import Settings
from storage import Store
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.console.test_pages import arrives, at_work

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of the console."""
    monkeypatch.setattr(Settings, "data_path", tmp_path)
    return tmp_path / "media"


async def sends(browser: Browser, talk: int, content: bytes | None = PNG, **form: str) -> httpx.Response:
    """The composer's submission with a photo."""
    csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', browser.page)
    assert csrf
    data = {"csrf": csrf[1], "kind": "reply", "key": "k", "text": "", **form}
    files = {"photo": ("../../x.svg", content, "image/svg+xml; x")} if content is not None else None
    to = f"{PREFIX}/talks/{talk}/upload"
    return await browser.http.post(to, data=data, files=files, headers={"HX-Request": "true"})


def stored(folder: Path) -> list[Path]:
    """Every file on disk."""
    return [one for one in folder.rglob("*") if one.is_file()]


async def test_a_photo_reaches_the_customer_once_and_can_be_taken_back(
    store: Store, clock: Clock, browser: Browser, add: Add, folder: Path
) -> None:
    """G2, T12: sent twice it leaves once; platforms and browsers get its bytes until it is taken back."""
    ann = await at_work(browser, store, clock, add())
    talk = arrives(store, clock)
    await ann.post(f"/talks/{talk}/move/take")
    for _ in range(2):
        assert (await sends(ann, talk)).status_code == 204
    (file,) = stored(folder)
    assert re.fullmatch(r"[\w-]{32}", file.name)
    message = store.run(lambda tx: tx.messages.by_seq(talk, tx.conversations.get(talk).last_seq))
    assert message is not None
    address = f"/sent/{file.name}"
    assert message.body == {"image": address}
    shown = re.findall(r'src="/console(/media/\d+)"', (await ann.get(f"/talks/{talk}/live")).text)
    assert len(shown) == 1
    seen = await ann.get(shown[0])
    assert (seen.status_code, seen.content, seen.headers["content-type"]) == (200, PNG, "image/png")

    photos = SentPhotos(store, MediaShelf(folder))
    handed = await photos.fetch(address)
    assert handed is not None
    assert (handed.name, handed.mime, handed.content) == ("photo.png", "image/png", PNG)
    delivery = Delivery(1, "k", Address("wechat", "main", "w"), 2, Reply(image=address))
    assert fitting([delivery]) == 0  # WeChat gets it uploaded, never as a passive reply
    outer = FastAPI()
    outer.include_router(photos.router())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(outer), base_url="http://desk.test") as anyone:
        there = await anyone.get(address)
        assert (there.content, there.headers["x-content-type-options"]) == (PNG, "nosniff")
        assert (await anyone.get(f"/sent/{'a' * 32}")).status_code == 404
        assert (await anyone.get("/sent/..%2f..%2fetc%2fpasswd")).status_code == 404
        await ann.post(f"/talks/{talk}/messages/{message.seq}/take-back")
        assert (await anyone.get(address)).status_code == 404
    assert stored(folder) == []
    assert "<img" not in (await ann.get(f"/talks/{talk}/live")).text


async def test_a_customers_file_is_no_sent_photo(store: Store, clock: Clock, folder: Path) -> None:
    """I3: the open address shows what agents sent, never what customers did."""
    from bot.messages import Attachment
    from bot.sent_photos import keep

    name = keep(MediaShelf(folder), PNG)
    talk = arrives(store, clock, attachments=(Attachment("photo", "ref"),))
    (one,) = store.run(lambda tx: tx.attachments.of_conversation(talk))
    store.run(lambda tx: tx.attachments.change(one.id, state="stored", file=name))
    assert await SentPhotos(store, MediaShelf(folder)).fetch(f"/sent/{name}") is None


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
        (svg, {}, 422, "只能发照片"),
        (b"%PDF-1.7", {}, 422, "只能发照片"),
        (b"", {}, 422, "只能发照片"),
        (None, {}, 422, "没有收到照片"),
        (PNG, {"kind": "note"}, 422, "内部备注不能带照片"),
        (PNG, {"text": "随便你投诉"}, 422, "不能发给客户"),
        (PNG, {"csrf": "0"}, 403, "页面"),
        (PNG + bytes(10_000_000), {}, 413, "太大"),
    ):
        answer = await sends(ann, talk, content, **form)
        assert (answer.status_code, word in answer.text) == (status, True), (word, answer.text)
    assert (await sends(bob, talk)).status_code == 409
    assert (await sends(ann, 987654)).status_code == 404
    assert stored(folder) == []
    assert store.run(lambda tx: tx.conversations.get(talk)).last_seq == 1
