"""A service sheet asked for by button or in words arrives as a picture on every channel (A1, E9)."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from storage import Tx
from tests.conftest import NOON
from tests.contract.drivers import (
    DRIVERS,
    Driver,
    RestDriver,
    TelegramDriver,
    TerminalDriver,
    WebDriver,
    WeChatDriver,
    WeComDriver,
)
from tests.contract.running import Running, running
from tests.sheet.reading import size

PATIENCE_SECONDS = 60.0


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh database: what differs between databases is tested with the pictures themselves."""
    path = tmp_path / "sheets.sqlite3"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.mark.parametrize("driver", DRIVERS, ids=[d.channel for d in DRIVERS])
async def test_a_sheet_arrives(driver: type[Driver], database: str, tmp_path: Path, model_dir: Path) -> None:
    """By the button under the order's progress once, and once more when asked for in words."""
    async with running(database, tmp_path / "data", model_dir) as desk:
        customer = driver(desk, "customer-1", tmp_path)
        await customer.enter()
        await customer.send("你好", "text")
        number = await _order_of(desk, customer)
        await customer.send("查进度", "text")
        await _until(customer, "发服务单")
        await customer.tap("发服务单", 0)
        await _until(customer, f"这是工单 {number} 的服务单")
        pictures = await _pictures(customer)
        assert len(pictures) == 1
        width, height = size(pictures[0])
        assert 500 <= width <= 900
        assert height > width / 2
        seen = 0 if isinstance(customer, RestDriver) else 1  # REST shows the last answer only
        await customer.send("公司报销用，麻烦发一下服务单", "text")
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(await _pictures(customer)) <= seen:  # noqa: ASYNC110 - channels tell nobody
                await asyncio.sleep(0.05)


async def _order_of(desk: Running, customer: Driver) -> str:
    def opened(tx: Tx) -> str | None:
        account = next((c.account for c in desk.app.channels if c.name == customer.channel), customer.channel)
        place = tx.conversations.find(customer.channel, account, customer.peer)
        if place is None:
            return None
        return tx.orders.open(
            request_key="1", kind="fault", customer_id=place.customer_id, conversation_id=place.id,
            fields={"product": "refrigerator", "name": "张伟"}, local_day="20260302", now=NOON,
        ).number  # fmt: skip

    async with asyncio.timeout(PATIENCE_SECONDS):
        while (number := await desk.app.store.transact(opened)) is None:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)
    return number


async def _until(customer: Driver, words: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await _says(customer, words):  # noqa: ASYNC110 - channels tell nobody
            await asyncio.sleep(0.05)


async def _says(customer: Driver, words: str) -> bool:
    """Whether the words were shown, or stand on a button."""
    if isinstance(customer, RestDriver):
        titles = [button["title"] for reply in customer.replies for button in reply.get("buttons", ())]
        return words in customer.text or words in titles
    if isinstance(customer, WebDriver):
        messages = await customer._history()
        return any(words in m["text"] or words in m.get("buttons", ()) for m in messages)
    if isinstance(customer, TelegramDriver):
        return words in str(customer.customer.heard)
    return words in await customer.shown()


async def _pictures(customer: Driver) -> list[bytes]:
    """The pictures the customer was shown, as the channel shows them."""
    if isinstance(customer, RestDriver):
        return [await _fetched(customer, reply["image"]) for reply in customer.replies if "image" in reply]
    if isinstance(customer, WebDriver):
        return [await _fetched(customer, m["image"]) for m in await customer._history() if "image" in m]
    if isinstance(customer, TerminalDriver):
        return [path.read_bytes() for path in _printed(customer.text)]
    if isinstance(customer, TelegramDriver):
        assert customer.desk.demo.telegram is not None
        files = customer.desk.demo.telegram.files
        photos = [m["photo"] for m in customer.customer.heard if "photo" in m]
        shown = [files.find(photo.rpartition("/")[2]) for photo in photos]
        return [file.content for file in shown if file]
    if isinstance(customer, WeComDriver):
        kept = customer.desk.wecom.media
        bubbles = [b for b in customer.customer.transcript if b.author != "customer" and b.kind == "image"]
        return [found.content for b in bubbles if (found := kept.get(b.media))]
    assert isinstance(customer, WeChatDriver)
    assert customer.desk.demo.wechat is not None
    media = customer.desk.demo.wechat.media
    bubbles = [b for b in customer.customer.transcript if b.author == "account" and b.kind == "image"]
    return [found.content for b in bubbles if (found := media.get(b.media))]


def _printed(text: str) -> list[Path]:
    """The files that a terminal names."""
    lines = [line for line in text.splitlines() if "[图片]" in line]
    return [Path(line.partition("[图片] ")[2]) for line in lines]


async def _fetched(customer: Driver, address: str) -> bytes:
    answer = await customer.desk.http.get(address)
    assert answer.status_code == 200
    return answer.content
