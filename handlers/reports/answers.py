"""How long customers waited for people's answers, on a clock that is chosen: docs/reports.md (H1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from handlers.promises.promise import Clock
    from storage.answers import Answer

LEAST = 5
"""Of fewer waits nothing is worked out."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How many waits, their median, and how long nine in ten lasted at most; None: too few to say."""

    count: int
    median: timedelta | None = None
    ninety: timedelta | None = None


@dataclass(frozen=True, slots=True)
class ResponseTimes:
    """Waits for a person's first answer, and those after it, of all, one channel or one agent."""

    scope: str
    name: str | int | None
    first: Waits
    later: Waits


def response_times(found: Sequence[Answer], clock: Clock) -> list[ResponseTimes]:
    """Of all, then of each channel, then of each agent; no wait is shorter than nothing."""
    lengths = [(one, max(clock.between(one.waited_since, one.at), timedelta(0))) for one in found]
    told = [_times("all", None, lengths)]
    for channel in sorted({one.channel for one in found}):
        told.append(_times("channel", channel, [pair for pair in lengths if pair[0].channel == channel]))
    for user_id in sorted({one.user_id for one in found}, key=lambda one: (one is None, one)):
        told.append(_times("agent", user_id, [pair for pair in lengths if pair[0].user_id == user_id]))
    return told


def waits(lengths: Iterable[timedelta]) -> Waits:
    """What is said of these waits."""
    ordered = sorted(lengths)
    if len(ordered) < LEAST:
        return Waits(len(ordered))
    half = median(one.total_seconds() for one in ordered)
    return Waits(len(ordered), timedelta(seconds=half), ordered[ceil(len(ordered) * 0.9) - 1])


def _times(scope: str, name: str | int | None, lengths: Sequence[tuple[Answer, timedelta]]) -> ResponseTimes:
    first = waits(length for one, length in lengths if one.first)
    return ResponseTimes(scope, name, first, waits(length for one, length in lengths if not one.first))
