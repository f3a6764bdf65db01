"""Erasing one customer's data: nothing is left of the person, the books still balance (E9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.messages import Address, Inbound
from bot.records.erasing import erase
from bot.settings import Settings
from bot.spool import Spool
from handlers.records.erasing import Refused
from handlers.records.files import remove_files
from storage import Store
from storage.personal import TABLES
from storage.records import media_path
from tests.conftest import NOON
from tests.records.person import FILE, SECRET, SECRETS, counted, everything, found_in, person

LATER = NOON + timedelta(days=30)


def desk(tmp_path: Path) -> Settings:
    """Settings whose data folder is the test's."""
    return Settings(data_dir=tmp_path)


def erased(store: Store, tmp_path: Path, customer_id: int = 1, force: bool = False, **more: Any) -> Any:
    reason = more.pop("reason", "asked for it by letter")
    return erase(store, desk(tmp_path), customer_id, "boss", reason, more.pop("now", LATER), force)


def stored(tmp_path: Path, number: int = 1) -> Path:
    path = tmp_path / "media" / media_path(f"{FILE}{number}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a photo")
    return path


def on_disk(tmp_path: Path) -> list[str]:
    """Secrets that stand in any file of the data folder, the database's included."""
    whole = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    return [one for one in SECRETS if one.encode() in whole or ascii(one)[1:-1].encode() in whole]


def test_nothing_is_left_of_the_person(store: Store, tmp_path: Path) -> None:
    """E9: not in any column of any table, not in any file; another customer keeps everything."""
    person(store)
    person(store, 2, "somebody else")
    path, other = stored(tmp_path), stored(tmp_path, 2)
    before = counted(store)
    assert found_in(everything(store)) == list(SECRETS)
    record = erased(store, tmp_path)
    assert found_in(everything(store)) == []
    assert on_disk(tmp_path) == []
    assert (path.exists(), other.exists()) == (False, True)
    assert everything(store).count("somebody else") > 20
    after = counted(store)
    gone = {one.table.name for one in TABLES if one.dropped} | {"timers", "file_removals", "erasures"}
    assert {name: n for name, n in after.items() if name not in gone} == {
        name: n for name, n in before.items() if name not in gone
    }
    assert (record.orders_kept, record.orders_removed, record.forced) == (1, 0, False)
    again = store.run(lambda tx: tx.records.erasure_of(1))
    assert again == record
    assert erased(store, tmp_path) == record  # nothing is done twice


def test_figures_codes_and_moments_stay(store: Store, tmp_path: Path) -> None:
    """E9: what books and reports need of a kept order is as it was."""
    person(store)
    before = store.run(lambda tx: tx.records.of_customer(1))
    erased(store, tmp_path)
    after = store.run(lambda tx: tx.records.of_customer(1))
    for one in TABLES:
        if one.dropped or one.table.name in ("timers", "tasks", "customers", "conversations", "outbox"):
            continue
        for old, new in zip(before[one.table.name], after[one.table.name], strict=True):
            assert {n: v for n, v in old.items() if n not in {*one.blank, *one.thinned}} == {
                n: v for n, v in new.items() if n not in {*one.blank, *one.thinned}
            }
    assert after["orders"][0]["fields"] == {"product": "tv", "symptoms": ["no_picture"]}


def test_who_writes_again_is_a_new_customer(store: Store, tmp_path: Path) -> None:
    """E9: nothing connects them with what was; nothing is said to them of our own accord."""
    person(store)
    (old,) = store.run(lambda tx: tx.conversations.of_customer(1))
    erased(store, tmp_path)
    new = store.run(lambda tx: tx.conversations.enter(old.channel, old.account, old.peer, LATER))
    assert (new.customer_id, new.last_seq, new.state) != (1, old.last_seq, old.state)
    (gone,) = store.run(lambda tx: tx.conversations.of_customer(1))
    assert (gone.unreachable_since, store.run(lambda tx: tx.customers.get(1)).opted_out_at) == (LATER, LATER)
    assert store.run(lambda tx: tx.customers.lock(1)) is None  # and nobody gives them a name again


def test_orders_that_need_not_be_kept_are_removed(store: Store, tmp_path: Path) -> None:
    """E9: three years after its end an order goes with everything that belongs to it."""
    person(store, closed_at=NOON - timedelta(days=3 * 366))
    path = stored(tmp_path)
    record = erased(store, tmp_path, now=NOON)
    assert (record.orders_kept, record.orders_removed) == (0, 1)
    left = counted(store)
    assert {left[n] for n in ("orders", "order_events", "quotations", "service_log", "surveys")} == {0}
    assert (left["customers"], left["conversations"], path.exists()) == (1, 1, False)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"status": "accepted", "closed_at": None}, "open_orders"),
        ({"reason": f"{SECRET} 1 asked"}, "personal_reason"),
        ({"sending": True}, "sending"),
        ({"spooled": True}, "waiting"),
    ],
    ids=lambda change: change if isinstance(change, str) else "",
)
def test_it_is_refused_with_a_reason(store: Store, tmp_path: Path, change: dict[str, Any], why: str) -> None:
    """E9: then nothing is changed at all."""
    change = dict(change)
    reason = change.pop("reason", "asked for it")
    sending, spooled = change.pop("sending", False), change.pop("spooled", False)
    person(store, **change)
    if sending:
        store.run(lambda tx: tx.connection.exec_driver_sql("UPDATE outbox SET state = 'sending'"))
    if spooled:
        Spool(tmp_path / "spool" / "messages.jsonl").keep(_inbound(store))
    before = everything(store)
    with pytest.raises(Refused) as refused:
        erased(store, tmp_path, reason=reason)
    assert refused.value.why == why
    assert everything(store) == before


def test_an_open_order_can_be_forced(store: Store, tmp_path: Path) -> None:
    """E9: the record says so; the order goes on without the person, its clock too."""
    person(store, status="accepted", closed_at=None)
    record = erased(store, tmp_path, force=True)
    assert (record.forced, record.orders_kept) == (True, 1)
    assert found_in(everything(store)) == []
    assert counted(store)["timers"] == 1


def test_what_was_set_aside_on_disk_goes_too(store: Store, tmp_path: Path) -> None:
    """E9, I1: messages that no turn could take are personal data as well."""
    person(store)
    spool = Spool(tmp_path / "spool" / "messages.jsonl")
    spool.keep(_inbound(store))
    spool.keep(Inbound(Address("web", "web", "bob"), "b1", NOON, "my own"))
    spool.set_aside()
    beside = spool.set_aside()
    erased(store, tmp_path)
    assert (b"whispered" in beside.read_bytes(), b"my own" in beside.read_bytes()) == (False, True)


def test_what_was_set_aside_goes_though_the_process_dies(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E9: after the commit nobody would know whose it was."""
    person(store)
    spool = Spool(tmp_path / "spool" / "messages.jsonl")
    spool.keep(_inbound(store))
    beside = spool.set_aside()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.records.archives.find", killed)  # what comes right after the commit
    with pytest.raises(KeyboardInterrupt):
        erased(store, tmp_path)
    assert beside.read_bytes() == b""


def test_sheets_shown_in_a_terminal_go_too(store: Store, tmp_path: Path) -> None:
    """E9: the pictures that `python -m bot chat` writes; somebody else's stays."""
    person(store)
    (number,) = store.run(lambda tx: [order.number for order in tx.orders.of_customer(1, 10)])
    theirs, other = tmp_path / "sheets" / f"{number}.png", tmp_path / "sheets" / "SR-202001010001.png"
    theirs.parent.mkdir()
    theirs.write_bytes(b"x")
    other.write_bytes(b"x")
    erased(store, tmp_path)
    assert (theirs.exists(), other.exists()) == (False, True)


def test_files_go_however_often_the_process_dies(store: Store, tmp_path: Path) -> None:
    """E9: the note of a file and its row change together; what is noted is removed by the next sweep."""
    path = stored(tmp_path)
    data, media = tmp_path, tmp_path / "media"
    (media / "web" / "v1").mkdir(parents=True)
    (media / "web" / "v1" / "photo.jpg").write_bytes(b"x")
    outside = tmp_path.parent / "kept"
    outside.write_text("kept")
    noted = [f"media/{media_path(f'{FILE}1')}", "media/web/v1/", "../kept", "gone/already"]
    store.run(lambda tx: tx.records.doom(noted, NOON))

    class Killed(Exception):
        pass

    def dies(tx: Any) -> None:
        remove_files(tx, data)
        raise Killed

    with pytest.raises(Killed):
        store.run(dies)
    assert not path.exists()  # the file is gone, its note is not
    assert store.run(lambda tx: len(tx.records.doomed(10))) == 4
    assert store.run(lambda tx: remove_files(tx, data)) == 4
    assert store.run(lambda tx: tx.records.doomed(10)) == []
    assert (outside.exists(), (media / "web" / "v1").exists()) == (True, False)


def _inbound(store: Store) -> Inbound:
    (place,) = store.run(lambda tx: tx.records.peers(1))
    return Inbound(Address(*place), "late", datetime(2026, 3, 2, tzinfo=UTC), SECRET)
