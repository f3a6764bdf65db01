"""Windows of time within a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

_EARLIEST, _LATEST = 9, 21
"""Hours between which customers expect somebody."""


MOST = 12
"""Windows that are looked for in one message."""


@dataclass(frozen=True, slots=True)
class Window:
    """Words at [start, end) that mean the time from `first` to `last` of a day."""

    start: int
    end: int
    first: time
    last: time


def opened(first: time, side: str) -> tuple[time, time]:
    """The window before (前) or after (后) a time, or the two hours from it on."""
    if "后" in side:
        return first, time(max(_LATEST, min(first.hour + 2, 23)))
    if "前" in side:
        return time(min(_EARLIEST, first.hour)), first
    return first, time(first.hour + 2, first.minute) if first.hour < 22 else time(23, 59)
