"""Pages by cursor: where the last page ended, so that what is opened meanwhile moves nothing."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime

from bot.api.problems import wrong

LARGEST_ID = 2**63 - 1
MOST = 200
"""Rows of one page."""


def order_cursor(created_at: datetime, order_id: int) -> str:
    """The place behind that order."""
    return _packed(f"{created_at.astimezone(UTC).isoformat()} {order_id}")


def read_order_cursor(cursor: str) -> tuple[datetime, int]:
    """The place that a cursor names; raises ApiProblem for one that is not ours."""
    moment, _, number = _unpacked(cursor).partition(" ")
    try:
        created = datetime.fromisoformat(moment)
        if created.utcoffset() is None or created.tzinfo is not UTC:
            raise ValueError
    except ValueError:
        raise _bad() from None
    return created, _id(number)


def id_cursor(last: int) -> str:
    """The place behind that row."""
    return _packed(str(last))


def read_id_cursor(cursor: str) -> int:
    """The place that a cursor names; raises ApiProblem for one that is not ours."""
    return _id(_unpacked(cursor))


def _packed(place: str) -> str:
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _unpacked(cursor: str) -> str:
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        raise _bad() from None


def _id(number: str) -> int:
    if not (number.isascii() and number.isdigit() and len(number) < 20 and int(number) <= LARGEST_ID):
        raise _bad()
    return int(number)


def _bad() -> Exception:
    return wrong("cursor", "This is no `next` of an earlier page.", "query")
