"""Sheets' pictures: addresses nobody can guess, drawn when they are asked for (E9, I3)."""

from __future__ import annotations

import stat
from datetime import date
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from bot.sheet import drawing
from bot.sheet.links import Link, SheetLinks, kept_key
from bot.sheet.pictures import SheetPictures
from storage import Store, Tx
from tests.conftest import NOON, Clock
from tests.sheet.reading import size
from tests.sheet.sheets import COMPANY

LINK = Link("SR-202603020001", "zh", date(2026, 4, 1))
LINKS = SheetLinks(b"k" * 32)


def opened(tx: Tx) -> str:
    """An order's number."""
    conversation = tx.conversations.enter("web", "web", "v1", NOON)
    order = tx.orders.open(
        request_key="1", kind="fault", customer_id=conversation.customer_id, local_day="20260302", now=NOON,
        conversation_id=conversation.id, fields={"product": "refrigerator", "name": "张伟"},
    )  # fmt: skip
    return order.number


@pytest.fixture
def pictures(store: Store, clock: Clock) -> SheetPictures:
    return SheetPictures(store, LINKS, COMPANY, clock, days=30)


async def get(pictures: SheetPictures, address: str) -> httpx.Response:
    app = FastAPI()
    app.include_router(pictures.router())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
        return await client.get(address)


def test_an_address_is_read_again() -> None:
    assert LINKS.read(LINKS.address(LINK)) == LINK


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("0001.zh", "0002.zh"),
        (".zh.", ".en."),
        ("20260401", "20990401"),
        ("/sheets/", "/other/"),
        (".png", ""),
    ],
)
def test_a_changed_address_names_nothing(part: str, other: str) -> None:
    """I3: number, language and last day are signed."""
    assert part in LINKS.address(LINK)
    assert LINKS.read(LINKS.address(LINK).replace(part, other)) is None
    assert SheetLinks(b"x" * 32).read(LINKS.address(LINK)) is None


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "data" / "key"
    key = kept_key(path)
    assert len(key) == 32
    assert kept_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["key"]


async def test_the_picture_is_shown_for_some_days(
    store: Store, pictures: SheetPictures, clock: Clock
) -> None:
    """E9: by HTTP until the last day; a channel may send it later still."""
    number = await store.transact(opened)
    address = pictures.address(number, "en", clock())
    answer = await get(pictures, address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert "private" in answer.headers["cache-control"]
    assert size(answer.content)[0] == 900
    clock.forward(days=31)
    assert (await get(pictures, address)).status_code == 404
    found = await pictures.fetch(address)
    assert found is not None
    assert (found.name, found.mime) == (f"{number}.png", "image/png")


async def test_what_is_no_sheet_is_not_there(pictures: SheetPictures, clock: Clock) -> None:
    assert await pictures.fetch("https://example.com/a.png") is None
    assert await pictures.fetch("/articles/a.png") is None
    unknown = pictures.address("SR-209901010001", "zh", clock())
    assert await pictures.fetch(unknown) is None
    assert (await get(pictures, unknown)).status_code == 404
    assert (await get(pictures, "/sheets/SR-202603020001.png")).status_code == 404


async def test_a_sheet_that_cannot_be_drawn_is_no_picture(
    store: Store, pictures: SheetPictures, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The channel then sends the words alone."""
    number = await store.transact(opened)
    drawing.fonts.cache_clear()
    monkeypatch.setattr(drawing, "FONTS", ("no_such_fonts",))
    assert await pictures.fetch(pictures.address(number, "zh", clock())) is None
    drawing.fonts.cache_clear()
