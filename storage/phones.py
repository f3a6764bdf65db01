"""Telephone numbers as people look for them: whole, or by their last digits."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, and_, func, literal_column, true

INDEXED = 4
"""Last digits that have an index; its expression is the same in SQLite and PostgreSQL."""


def last_digits(column: Column[Any]) -> ColumnElement[str]:
    """What the index is of; the figures stand in the SQL, else the planners do not know it again."""
    before = func.length(column) - literal_column(str(INDEXED - 1))
    return func.substr(column, before)


def is_or_ends_with(column: Column[Any], phone: str) -> ColumnElement[bool]:
    """Whether the number is `phone`, where that is in E.164, or ends with it."""
    if phone.startswith("+"):
        return column == phone
    indexed = last_digits(column) == phone[-INDEXED:] if len(phone) >= INDEXED else true()
    return and_(indexed, column.endswith(phone, autoescape=True))
