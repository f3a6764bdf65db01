"""Which characters a regular expression can begin with."""

from __future__ import annotations

from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

_ZERO_WIDTH = (op.ASSERT, op.ASSERT_NOT, op.AT)
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
_DIGITS = frozenset("0123456789")


def first_characters(pattern: str) -> frozenset[str] | None:
    """The characters that every match begins with one of; None where it may be any. Raises re.error."""
    try:
        found, open_ended = _of(_parser.parse(pattern))
    except _Any:
        return None
    return None if open_ended else frozenset(found)


class _Any(Exception):
    """It may begin with any character."""


def _of(items: Any) -> tuple[set[str], bool]:
    """The first characters of these parts in a row, and whether all of them may be empty."""
    found: set[str] = set()
    for kind, value in items:
        if kind in _ZERO_WIDTH:
            continue
        more, empty = _part(kind, value)
        found |= more
        if not empty:
            return found, False
    return found, True


def _part(kind: Any, value: Any) -> tuple[set[str], bool]:
    if kind is op.LITERAL:
        return {chr(value)}, False
    if kind is op.IN:
        return set().union(*(_class(*member) for member in value)), False
    if kind is op.BRANCH:
        parts = [_of(branch) for branch in value[1]]
        return set().union(*(p[0] for p in parts)), any(p[1] for p in parts)
    if kind is op.SUBPATTERN:
        return _of(value[-1])
    if kind is op.ATOMIC_GROUP:
        return _of(value)
    if kind in _REPEATS:
        found, empty = _of(value[2])
        return found, empty or value[0] == 0
    raise _Any


def _class(kind: Any, value: Any) -> frozenset[str]:
    if kind is op.LITERAL:
        return frozenset(chr(value))
    if kind is op.RANGE and value[1] - value[0] < 200:
        return frozenset(map(chr, range(value[0], value[1] + 1)))
    if kind is op.CATEGORY and value is op.CATEGORY_DIGIT:
        return _DIGITS
    raise _Any
