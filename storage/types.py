"""Column types that behave the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Integer, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


@lru_cache(maxsize=256)
def _text(moment: datetime) -> str:
    """The moment as SQLite keeps it; a transaction writes the same one many times."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def checked(moment: datetime) -> datetime:
    """The moment; raises ValueError where it is on nobody's clock."""
    if moment.tzinfo is None:
        raise ValueError("a stored moment needs a time zone")
    return moment


class Instant(TypeDecorator[datetime]):
    """An aware UTC moment: TIMESTAMPTZ on PostgreSQL, sortable ISO text of fixed width on SQLite."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        kind = String(32) if dialect.name == "sqlite" else DateTime(timezone=True)
        return dialect.type_descriptor(kind)

    def bind_processor(self, dialect: Dialect) -> Any:
        return _as_text if dialect.name == "sqlite" else _as_utc

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        return _moment if dialect.name == "sqlite" else _in_utc


def _as_text(moment: datetime | None) -> str | None:
    return None if moment is None else _text(checked(moment))


def _as_utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else checked(moment).astimezone(UTC)


def _in_utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


Key = BigInteger().with_variant(Integer, "sqlite")
Document = JSON().with_variant(JSONB, "postgresql")
