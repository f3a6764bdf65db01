"""One customer's data on the command line and over the API: shown, taken out, erased (E9)."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.commands.customers import group
from bot.messages import Address, Inbound
from bot.spool import Spool
from storage import Store, migrations
from storage.database import open_engine
from storage.personal import TABLES
from storage.records import media_path
from tests.conftest import NOON
from tests.records.person import FILE, SECRETS, everything, found_in, person


@pytest.fixture
def store(sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The database that commands find."""
    monkeypatch.setenv("BOT__DATA_DIR", str(tmp_path))
    return sqlite_store


def run(*words: str, told: str | None = None) -> Result:
    return CliRunner().invoke(group, list(words), input=told)


def test_a_customer_is_shown_by_number_phone_or_id(store: Store) -> None:
    """E9: masked unless asked for in full; who is meant must be clear."""
    person(store)
    store.run(lambda tx: tx.customers.remember(1, NOON, name="王小明", phone="+8613911112222"))
    for who in ("SR-202603020001", "sr-202603020001", "13911112222", "1"):
        answer = run("show", who)
        assert answer.exit_code == 0, answer.output
        assert "王**" in answer.output
        assert "13911112222" not in answer.output
    assert "+8613911112222" in run("show", "1", "--full").output
    assert set(json.loads(run("show", "1", "--json").output)) == {one.table.name for one in TABLES}
    person(store, 2)
    store.run(lambda tx: tx.customers.remember(2, NOON, phone="+8613911112222"))
    for who, words in {
        "13911112222": "choose by id: 1, 2",
        "13700137000": "no customer has this phone number",
        "SR-202603029999": "there is no order",
        "77": "there is no customer 77",
        "nobody": "no order number, phone number, id or address",
    }.items():
        answer = run("show", who)
        assert (answer.exit_code, words in answer.output) == (1, True)


def test_who_is_known_only_by_what_was_set_aside_is_taken_out_and_erased(
    store: Store, tmp_path: Path
) -> None:
    """E9, I1: by the address of the chat, where there is neither a name nor an order."""
    store.run(lambda tx: tx.conversations.enter("web", "web", "v:1", NOON))
    spool = Spool(tmp_path / "spool" / "messages.jsonl")
    spool.keep(Inbound(Address("web", "web", "v:1"), "b1", NOON, "whispered words"))
    beside = spool.set_aside()
    out = tmp_path / "it.zip"
    assert run("export", "web:web:v:1", "--out", str(out)).exit_code == 0
    with zipfile.ZipFile(out) as found:
        (kept,) = json.loads(found.read("set_aside.json"))
    assert kept["text"] == "whispered words"
    assert run("erase", "web:web:v:1", "--reason", "asked by letter", "--yes").exit_code == 0
    assert beside.read_bytes() == b""
    assert "nobody wrote from" in run("show", "web:web:v:1").output


def test_everything_known_is_taken_out(store: Store, tmp_path: Path) -> None:
    """E9: one JSON file a table, the files themselves, and what is missing is said."""
    person(store)
    path = tmp_path / "media" / media_path(f"{FILE}1")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"a photo")
    out = tmp_path / "wang.zip"
    assert run("export", "1", "--out", str(out)).exit_code == 0
    assert oct(out.stat().st_mode)[-3:] == "600"
    with zipfile.ZipFile(out) as found:
        about = json.loads(found.read("about.json"))
        assert {one.table.name for one in TABLES} | {"archived_orders", "set_aside"} == set(about["rows"])
        assert (about["format"], about["customer"], about["files"], about["files_missing"]) == (1, 1, 1, [])
        for one in TABLES:
            rows = json.loads(found.read(f"{one.table.name}.json"))
            assert len(rows) == about["rows"][one.table.name] == 1
        (attachment,) = json.loads(found.read("attachments.json"))
        assert found.read(attachment["file"]) == b"a photo"
        assert not found_in(found.read("about.json").decode())
        assert found_in(found.read("messages.json").decode()) == list(SECRETS)
    assert "is there already" in run("export", "1", "--out", str(out)).output
    path.unlink()
    assert run("export", "1", "--out", str(out), "--force").exit_code == 0
    with zipfile.ZipFile(out) as found:
        assert json.loads(found.read("about.json"))["files_missing"] == [1]
    answer = run("export", "1", "--out", str(tmp_path / "no" / "folder.zip"))
    assert (answer.exit_code, "cannot be written" in answer.output) == (1, True)


def test_an_erasure_is_confirmed_and_recorded(store: Store) -> None:
    """E9: a no changes nothing; the record says who, when and why."""
    person(store)
    assert run("erase", "1", "--reason", "asked for it", told="n\n").exit_code == 1
    assert found_in(everything(store)) == list(SECRETS)
    assert "say why" in run("erase", "1", "--reason", " ").output
    answer = run("erase", "SR-202603020001", "--reason", "asked for it", "--by", "boss", told="y\n")
    assert (answer.exit_code, "1 orders stay" in answer.output) == (0, True)
    assert found_in(everything(store)) == []
    assert "by boss: asked for it" in run("show", "1").output
    assert "was erased" in run("erase", "1", "--reason", "again", "--yes").output


def test_open_orders_stop_an_erasure(store: Store) -> None:
    person(store, status="accepted", closed_at=None)
    answer = run("erase", "1", "--reason", "asked for it", "--yes")
    assert (answer.exit_code, "still open: SR-202603020001" in answer.output) == (1, True)
    assert run("erase", "1", "--reason", "asked for it", "--yes", "--force").exit_code == 0


def test_the_newest_schema_can_be_taken_back(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    migrations.upgrade(engine)
    migrations.downgrade(engine, "0003")
    migrations.upgrade(engine)
    assert migrations.current(engine) == migrations.head()
    engine.dispose()
