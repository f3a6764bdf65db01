"""What a running desk quotes: approved, valid today, and soon after it changed (D1, D2)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.knowledge.importing import carry_out, incoming
from bot.knowledge.pictures import file_of, lay_out, pictures_router
from bot.knowledge.shelf import Shelf
from bot.knowledge.versions import retire
from bot.settings import Settings, Understanding
from nlu.encoder import SentenceEncoder
from storage import Store
from tests.conftest import NOON, Clock
from tests.knowledge.conftest import write


def take(store: Store, folder: Path) -> None:
    found, _ = incoming(folder, "wang", NOON)
    store.run(lambda tx: carry_out(tx, found, "wang", NOON))


def shelf(store: Store, encoder: SentenceEncoder, clock: Clock, tmp_path: Path, **chosen: object) -> Shelf:
    understanding = Understanding.model_validate(chosen)
    return Shelf(Settings(data_dir=tmp_path / "data", understanding=understanding), store, encoder, clock)


def quoted(one: Shelf) -> list[tuple[str, str]]:
    return [(a.id, a.version) for a in one.current.articles]


def test_the_database_takes_over_once_it_has_articles(
    store: Store, encoder: SentenceEncoder, clock: Clock, tmp_path: Path
) -> None:
    """D1: the folder first; after an import the database, without a restart."""
    write(tmp_path / "own", "own")
    one = shelf(store, encoder, clock, tmp_path, articles=tmp_path / "own")
    assert (one.edition.source, quoted(one)) == ("folder", [("own", "1")])
    assert one.refresh() is False
    write(tmp_path / "in", "drip")
    write(tmp_path / "in", "draft", state="draft")
    take(store, tmp_path / "in")
    assert one.refresh() is True
    assert (one.edition.source, quoted(one)) == ("database", [("drip", "1")])
    store.run(lambda tx: retire(tx, "drip", "li", NOON))
    assert one.refresh() is True
    assert quoted(one) == []
    assert quoted(shelf(store, encoder, clock, tmp_path, articles=tmp_path / "own", articles_from="folder"))
    assert shelf(store, encoder, clock, tmp_path, articles_from="database").edition.source == "database"


def test_the_newest_version_whose_time_has_come(
    store: Store, encoder: SentenceEncoder, clock: Clock, tmp_path: Path
) -> None:
    """D1: a later version waits for its day; when its time is over no older one returns."""
    write(tmp_path / "in", answer="旧价。")
    take(store, tmp_path / "in")
    path = write(tmp_path / "in", version="2", answer="新价。")
    dated = path.read_text().replace(
        "version: 2", "version: 2\nvalid_from: 2026-03-03\nvalid_until: 2026-03-04"
    )
    path.write_text(dated)
    take(store, tmp_path / "in")
    one = shelf(store, encoder, clock, tmp_path)
    assert quoted(one) == [("drip", "1")]
    clock.forward(days=1)
    assert one.refresh() is True
    assert quoted(one) == [("drip", "2")]
    clock.forward(days=2)
    one.refresh()
    assert quoted(one) == []


def test_pictures_are_laid_out_as_files(
    store: Store, encoder: SentenceEncoder, clock: Clock, tmp_path: Path
) -> None:
    """D1: from the database as from a folder."""
    (tmp_path / "in" / "zh").mkdir(parents=True)
    (tmp_path / "in" / "zh" / "p.png").write_bytes(b"picture")
    write(tmp_path / "in", answer="看图\n![图](p.png) ![网](https://example.com/x.png)")
    from_folder = shelf(store, encoder, clock, tmp_path, articles=tmp_path / "in").current.articles[0]
    take(store, tmp_path / "in")
    from_database = shelf(store, encoder, clock, tmp_path).current.articles[0]
    for article in (from_folder, from_database):
        path = file_of(tmp_path / "data" / "articles", article.pictures[0])
        assert path is not None
        assert path.read_bytes() == b"picture"
        assert article.pictures[1] == "https://example.com/x.png"
        assert article.answer == "看图"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_running_desk_looks_by_itself(
    store: Store, encoder: SentenceEncoder, clock: Clock, tmp_path: Path
) -> None:
    """D1: within `refresh_seconds`."""
    write(tmp_path / "own", "own")
    one = shelf(store, encoder, clock, tmp_path, articles=tmp_path / "own", refresh_seconds=0.02)
    one.start()
    write(tmp_path / "in", "drip")
    found, _ = incoming(tmp_path / "in", "wang", NOON)
    await store.transact(lambda tx: carry_out(tx, found, "wang", NOON))
    for _ in range(400):
        if quoted(one) == [("drip", "1")]:
            break
        await asyncio.sleep(0.02)
    await one.stop()
    assert quoted(one) == [("drip", "1")]


def test_pictures_are_served_and_nothing_else(tmp_path: Path) -> None:
    """D1, I3: only files named after their content."""
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    from bot.channels.telegram.parts import picture

    address = lay_out(tmp_path, "x.PNG", b"picture")
    (tmp_path / "secret.txt").write_text("no")
    web = FastAPI()
    web.include_router(pictures_router(tmp_path))
    client = TestClient(web)
    assert (client.get(address).content, client.get(address).headers["content-type"]) == (
        b"picture",
        "image/png",
    )
    for wrong in ("/articles/secret.txt", "/articles/..%2fsecret.txt", f"/articles/{'0' * 64}.png"):
        assert client.get(wrong).status_code == 404
    assert picture(address, None, tmp_path) == (Path(address).name, b"picture", "image/png")
    assert picture("/articles/secret.txt", None, tmp_path) is None
