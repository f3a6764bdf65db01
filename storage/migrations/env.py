"""Alembic's entry: run the migrations on the engine we were given."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from storage import types
from storage.schema import metadata


def _render(kind: str, thing: Any, autogenerate_context: Any) -> str | Literal[False]:
    """How autogenerate writes our own column types."""
    if kind == "type":
        names = {types.Instant: "Instant()"}
        if type(thing) in names:
            autogenerate_context.imports.add("from storage.types import Instant")
            return names[type(thing)]
        for name in ("Key", "Document"):
            if repr(thing) == repr(getattr(types, name)):
                autogenerate_context.imports.add(f"from storage.types import {name}")
                return name
    return False


def _migrate() -> None:
    engine = context.config.attributes["engine"]
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_item=_render,
            render_as_batch=connection.dialect.name == "sqlite",
        )
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":  # one process migrates at a time
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7348120)")
            context.run_migrations()


_migrate()
