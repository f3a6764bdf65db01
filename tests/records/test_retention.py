"""Letting go of what is old by the clock: archived first, nothing open, nothing lost or doubled (F7, E9)."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from bot import settings as configuration
from bot.commands.order_archive import archive as command
from bot.records import archives
from bot.records.erasing import erase
from bot.settings import Settings, SettingsProblem
from handlers.records import archive, retaining
from handlers.records.settings import RetentionSettings, years_before
from scheduler import jobs
from scheduler.rules import Rules
from storage import Store, Tx
from storage.conversations import Conversation
from storage.records import media_path
from storage.schema import conversations
from tests.conftest import NOON
from tests.identities.people import chat, join, order
from tests.records.person import FILE, SECRETS, counted, found_in, person

OLD = NOON + timedelta(days=3 * 366)
"""When what the tests' people did on NOON is more than three years ago."""
KEPT = RetentionSettings()


def clockwork(store: Store, data: Path | None, now: datetime, settings: RetentionSettings = KEPT) -> int:
    """Everything the clock does at that moment; how much it was."""
    rules, total = Rules(retention=settings, data=data), 0
    for job in [job for job in jobs(rules) if job.name in ("standing", "timers", "files")]:
        while worked := store.run(lambda tx, job=job: job.sweep(tx, now, None)):  # type: ignore[misc]
            total += worked
    return total


def day(store: Store, data: Path | None, now: datetime, settings: RetentionSettings = KEPT) -> None:
    """The clock on the day before, and the day after its nightly work."""
    clockwork(store, data, now - timedelta(days=1), settings)
    clockwork(store, data, now, settings)


def archived(store: Store, data: Path) -> list[dict[str, Any]]:
    return [
        document
        for one in store.run(lambda tx: tx.retention.archives())
        for document in archive.read(data / archive.FOLDER, one)
    ]


def photo(data: Path, number: int) -> Path:
    path = data / "media" / media_path(f"{FILE}{number}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a photo")
    return path


def people(store: Store, data: Path) -> list[Path]:
    """One with a closed order, one with an open one, one whose order ended just now."""
    store.run(lambda tx: tx.connection.exec_driver_sql("DELETE FROM timers"))
    person(store)
    person(store, 2, status="accepted", closed_at=None)
    person(store, 3, closed_at=OLD - timedelta(days=9))
    store.run(lambda tx: tx.connection.exec_driver_sql("DELETE FROM timers"))
    return [photo(data, number) for number in (1, 2, 3)]


def test_what_is_old_goes_and_what_is_open_stays(store: Store, tmp_path: Path) -> None:
    """F7, E9: the order into the archive with everything about it, its customer, talk and files away."""
    files = people(store, tmp_path)
    day(store, tmp_path, OLD)
    clockwork(store, tmp_path, OLD)
    left = counted(store)
    assert (left["orders"], left["customers"], left["conversations"]) == (2, 2, 2)
    assert [path.exists() for path in files] == [False, True, False]
    assert left["messages"] == 1  # of the open order; the third's are three years old too
    (document,) = archived(store, tmp_path)
    assert document["order"]["number"] == "SR-202603020001"
    assert document["customer"]["name"].startswith(SECRETS[0])
    assert {len(document[name]) for name in ("order_events", "quotations", "service_log", "surveys")} == {1}
    day(store, tmp_path, OLD + timedelta(days=1))
    assert len(archived(store, tmp_path)) == 1
    assert counted(store)["orders"] == 2


def test_a_conversations_topic_in_the_group_goes_with_it(store: Store, tmp_path: Path) -> None:
    """F7: with what was still to be said in it, and what was written there."""

    def topics(tx: Tx) -> None:
        for conversation_id in tx.execute(select(conversations.c.id)).scalars().all():
            topic = tx.desk_topics.open("-1", conversation_id, 0, 0, 0)
            tx.desk_topics.say(topic.id, "word", NOON)
            tx.desk_topics.first(topic, topic.id, NOON)

    people(store, tmp_path)
    store.run(topics)
    day(store, tmp_path, OLD)
    left = counted(store)
    assert (left["conversations"], left["desk_lines"], left["desk_posts"]) == (2, 2, 2)


def test_a_fresh_database_loses_nothing(store: Store, tmp_path: Path) -> None:
    people(store, tmp_path)
    left = counted(store)
    day(store, tmp_path, NOON + timedelta(days=2))
    assert {**counted(store), "timers": 0} == {**left, "timers": 0}


def test_a_crash_in_between_loses_and_doubles_nothing(store: Store, tmp_path: Path) -> None:
    """F7, F8: killed after the file is written, and again; such a file counts for nothing and is removed."""
    people(store, tmp_path)

    class Killed(Exception):
        pass

    def dies(now: datetime) -> None:
        def work(tx: Any) -> None:
            retaining.orders(tx, KEPT, tmp_path, 0, now)
            raise Killed

        with pytest.raises(Killed):
            store.run(work)

    dies(OLD)
    person(store, 4, closed_at=NOON + timedelta(days=1))
    store.run(lambda tx: tx.connection.exec_driver_sql("DELETE FROM timers"))
    dies(OLD)
    assert (counted(store)["orders"], archived(store, tmp_path)) == (4, [])
    folder = tmp_path / archive.FOLDER
    assert len(list(folder.glob("*.gz"))) == 2
    day(store, tmp_path, OLD)
    numbers = [one["order"]["number"] for one in archived(store, tmp_path)]
    assert (numbers, counted(store)["orders"]) == (["SR-202603020001", "SR-202603020004"], 2)
    for path in folder.iterdir():
        os.utime(path, (OLD.timestamp(), OLD.timestamp()))
    day(store, tmp_path, OLD + timedelta(days=3))
    assert len(list(folder.iterdir())) == 2  # the one that counts, with its checksum
    assert numbers == [one["order"]["number"] for one in archived(store, tmp_path)]


def test_two_processes_archive_each_order_once(store: Store, tmp_path: Path) -> None:
    """F7, F8: the one timer is worked on by one of them at a time."""
    people(store, tmp_path)
    clockwork(store, tmp_path, OLD - timedelta(days=1))
    store.run(lambda tx: tx.connection.exec_driver_sql("DELETE FROM timers WHERE job <> 'retention'"))
    rules = Rules(data=tmp_path)
    timers = next(job for job in jobs(rules) if job.name == "timers")

    def interrupted(tx: Any) -> int:
        """While one process is at it, the other looks for work."""
        worked = timers.sweep(tx, OLD, None)  # type: ignore[arg-type]
        if store.engine.dialect.name == "postgresql":
            assert store.run(lambda other: timers.sweep(other, OLD, None)) == 0  # type: ignore[arg-type]
        return worked

    assert store.run(interrupted) == 1
    clockwork(store, tmp_path, OLD)
    assert [one["order"]["number"] for one in archived(store, tmp_path)] == ["SR-202603020001"]


def test_without_an_archive_orders_are_only_removed(store: Store, tmp_path: Path) -> None:
    people(store, tmp_path)
    day(store, tmp_path, OLD, RetentionSettings(archive=False))
    assert (counted(store)["orders"], (tmp_path / archive.FOLDER).exists()) == (2, False)


def test_files_that_no_row_names_are_removed(store: Store, tmp_path: Path) -> None:
    """A2, E9: a process died after storing a file, before its commit; younger files may be under way."""
    person(store)
    known = photo(tmp_path, 1)
    lost, fresh = known.with_name("Ab-lost"), known.with_name("Ab-fresh")
    for path in (lost, fresh):
        path.write_bytes(b"x")
    for path in (known, lost):
        os.utime(path, (0, 0))
    os.utime(fresh, (NOON.timestamp(), NOON.timestamp()))
    store.run(lambda tx: retaining.loose_files(tx, KEPT, tmp_path, 0, NOON))
    assert (known.exists(), lost.exists(), fresh.exists()) == (True, False, True)


def test_the_archive_is_looked_into(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E9: listed, checked, found by number, name and phone; a damaged file is told and never read."""
    store = sqlite_store
    monkeypatch.setenv("BOT__DATA_DIR", str(tmp_path))
    people(store, tmp_path)
    day(store, tmp_path, OLD)
    run = CliRunner().invoke
    (one,) = store.run(lambda tx: tx.retention.archives())
    assert f"{one.file}  1 orders" in run(command, ["list", "--check"]).output
    for wanted in (["--number", "sr-20260302"], ["--name", "王小明"]):
        answer = run(command, ["find", *wanted])
        assert ("SR-202603020001" in answer.output, SECRETS[0] in answer.output) == (True, False)
    answer = run(command, ["find", "--number", "SR-202603020001", "--json"])
    assert json.loads(answer.output)["order"]["status"] == "closed"
    assert "no such orders" in run(command, ["find", "--phone", "0000"]).output
    assert run(command, ["find"]).exit_code == 2
    path = tmp_path / archive.FOLDER / one.file
    assert (path.parent / f"{one.file}.sha256").read_text().split() == [one.sha256, one.file]
    path.write_bytes(gzip.compress(b"{}\n"))
    assert hashlib.sha256(path.read_bytes()).hexdigest() != one.sha256
    for words in (["list", "--check"], ["find", "--name", "x"]):
        answer = run(command, words)
        assert (answer.exit_code, "checksum" in answer.output) == (1, True)


def test_an_erasure_reaches_the_archive(store: Store, tmp_path: Path) -> None:
    """E9: the file is written anew without the person's orders; others' stay; who is in no table is found."""
    person(store)
    person(store, 4, "somebody else")
    store.run(lambda tx: tx.connection.exec_driver_sql("DELETE FROM timers"))
    day(store, tmp_path, OLD)
    assert counted(store)["customers"] == 0
    settings = Settings(data_dir=tmp_path)
    for _ in range(2):  # a second time nothing is left to do
        erase(store, settings, 1, "boss", "asked for it", OLD, False)
        (document,) = archived(store, tmp_path)
        assert document["order"]["number"] == "SR-202603020004"
        (file,) = (tmp_path / archive.FOLDER).glob("*.gz")
        assert found_in(gzip.decompress(file.read_bytes()).decode()) == []
    erase(store, settings, 4, "boss", "asked for it", OLD, False)
    assert (archived(store, tmp_path), list((tmp_path / archive.FOLDER).iterdir())) == ([], [])


def test_what_was_archived_before_a_join_is_the_same_persons(store: Store, tmp_path: Path) -> None:
    """E9, A3: orders lie in the archive under the customer they were of then; whoever that is part of now."""

    def two_chats(tx: Tx) -> tuple[Conversation, Conversation]:
        older, newer = chat(tx, "web"), chat(tx, "telegram", at=NOON + timedelta(days=1))
        one = order(tx, newer)
        tx.orders.change(tx.orders.get(one.id, lock=True), NOON, status="closed", closed_at=NOON)
        return older, newer

    older, newer = store.run(two_chats)
    store.run(lambda tx: tx.connection.exec_driver_sql("DELETE FROM timers"))
    store.run(lambda tx: retaining.orders(tx, KEPT, tmp_path, 0, OLD))
    kept = store.run(lambda tx: join(tx, older, newer, OLD))
    assert kept is not None
    settings, fits = Settings(data_dir=tmp_path), archives.of_customer(store, kept.customer_id)
    assert len(list(archives.find(store, tmp_path, fits))) == 1
    erase(store, settings, kept.customer_id, "boss", "asked for it", OLD, False)
    assert archived(store, tmp_path) == []


def test_less_than_three_years_stop_the_start(tmp_path: Path) -> None:
    """E9: the standard's minimum cannot be undercut."""
    path = tmp_path / "config.yaml"
    path.write_text("retention: {orders_years: 2}\n")
    with pytest.raises(SettingsProblem, match=r"retention\.orders_years in config\.yaml line 1"):
        configuration.load(path, {})
    assert years_before(datetime(2028, 2, 29, tzinfo=NOON.tzinfo), 3).date().isoformat() == "2025-02-28"


def test_the_audit_is_kept_for_years(store: Store) -> None:
    """G2, F7: deeds of users go when they are five years old, or as many as the settings say."""
    for number, years in enumerate((1, 2, 3)):
        at = NOON - timedelta(days=366 * years)
        store.run(lambda tx, n=number, a=at: tx.audit.note(f"deed{n}", None, a))  # type: ignore[misc]
    day(store, None, NOON)
    assert len(store.run(lambda tx: tx.audit.latest())) == 3
    day(store, None, NOON + timedelta(days=2), RetentionSettings(audit_years=2))
    assert [one.action for one in store.run(lambda tx: tx.audit.latest())] == ["deed0"]
