"""Typed reading of JSON objects that came from outside."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

INTEGER_LIMIT = 2**63


class Malformed(Exception):
    """The update is not what the Bot API promises; the message names the field, never its value."""


def number(values: dict[str, Any], name: str) -> int:
    """A required integer of at most 64 bits."""
    value = values.get(name)
    if type(value) is not int or not -INTEGER_LIMIT <= value < INTEGER_LIMIT:
        raise Malformed(f"{name} is not an integer")
    return value


def words(values: dict[str, Any], name: str) -> str:
    """A string; empty when absent or null."""
    value = values.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed(f"{name} is not a string")
    return value


def part(values: dict[str, Any], name: str) -> dict[str, Any] | None:
    """An object within the object; None when absent or null."""
    value = values.get(name)
    if value is not None and not isinstance(value, dict):
        raise Malformed(f"{name} is not an object")
    return value


def size(values: dict[str, Any], name: str) -> int | None:
    """A count of bytes; None when absent, null or nonsense."""
    value = values.get(name)
    return value if type(value) is int and 0 <= value < INTEGER_LIMIT else None


def degrees(values: dict[str, Any], name: str, limit: float) -> float:
    """A required angle between -limit and limit."""
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -limit <= value <= limit:
        raise Malformed(f"{name} is not an angle")
    return float(value)


def instant(values: dict[str, Any], name: str) -> datetime:
    """A required Unix time in seconds, as an aware UTC datetime."""
    try:
        return datetime.fromtimestamp(number(values, name), UTC)
    except (OverflowError, OSError, ValueError):
        raise Malformed(f"{name} is not a time") from None
