"""A database of the test's data folder, where one kind is enough."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import Store, open_store


@pytest.fixture
def sqlite_store(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    """The database that commands find where BOT__DATA_DIR names the test's folder."""
    (tmp_path / "baoxiu.sqlite3").write_bytes(sqlite_template.read_bytes())
    opened = open_store(f"sqlite:///{tmp_path / 'baoxiu.sqlite3'}")
    yield opened
    opened.close()
