"""Shrinking: fewer operations that still break the same promise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def shrink(items: Sequence[T], breaks: Callable[[Sequence[T]], bool], tries: int = 400) -> list[T]:
    """The smallest list found by leaving out ever smaller pieces (delta debugging)."""
    kept = list(items)
    size = max(1, len(kept) // 2)
    while tries > 0:
        before = len(kept)
        start = 0
        while start < len(kept) and tries > 0:
            tries -= 1
            fewer = kept[:start] + kept[start + size :]
            if breaks(fewer):
                kept = fewer
            else:
                start += size
        if size > 1:
            size //= 2
        elif len(kept) == before:
            break
    return kept
