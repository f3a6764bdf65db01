"""Schema migrations with Alembic, the same scripts for SQLite and PostgreSQL.

Alembic takes a while to import: it is left out where there is nothing to migrate.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Column, Engine, MetaData, String, Table, insert, inspect, select

from storage.schema import metadata

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent
_NUMBER = re.compile(r'^revision = "(\w+)"', re.MULTILINE)
_FOLLOWS = re.compile(r'^down_revision = "(\w+)"', re.MULTILINE)
_VERSION = Table(
    "alembic_version", MetaData(), Column("version_num", String(32), primary_key=True, nullable=False)
)


def config(engine: Engine | None = None) -> Config:
    """Alembic's configuration without a file."""
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(FOLDER))
    settings.attributes["engine"] = engine
    return settings


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to the revision; an empty one gets the newest schema at once."""
    if revision == "head" and not inspect(engine).get_table_names():
        _create(engine)
        return
    from alembic import command

    command.upgrade(config(engine), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to the revision."""
    from alembic import command

    command.downgrade(config(engine), revision)


def current(engine: Engine) -> str | None:
    """The revision the database is at, None when it is empty."""
    with engine.connect().execution_options(reading=True) as connection:
        if not inspect(connection).has_table(_VERSION.name):
            return None
        return connection.execute(select(_VERSION.c.version_num)).scalar_one_or_none()


def head() -> str:
    """The newest revision: the one that no script follows, whatever the numbers' order."""
    scripts = [path.read_text(encoding="utf-8") for path in (FOLDER / "versions").glob("[0-9]*_*.py")]
    followed = {before for script in scripts for before in _FOLLOWS.findall(script)}
    (newest,) = {number for script in scripts for number in _NUMBER.findall(script)} - followed
    return newest


def _create(engine: Engine) -> None:
    with engine.begin() as connection:
        metadata.create_all(connection)
        _VERSION.create(connection)
        connection.execute(insert(_VERSION).values(version_num=head()))
