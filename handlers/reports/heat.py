"""How often something happened at each hour of each weekday, on the service's clock (H2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from handlers.promises.days import WEEKDAYS

STEPS = 5
"""Steps of heat above nothing, each as wide as the others."""
_SLOT = 900
"""Seconds: no zone's hour begins between two of these."""


@dataclass(frozen=True, slots=True)
class Heat:
    """Counts by weekday (Monday first) and hour."""

    counts: tuple[tuple[int, ...], ...]

    @property
    def most(self) -> int:
        """The highest of the counts."""
        return max(map(max, self.counts))

    @property
    def total(self) -> int:
        """All of them together."""
        return sum(map(sum, self.counts))

    def step(self, count: int) -> int:
        """0 for nothing, 1 to STEPS for the rest."""
        return -(-count * STEPS // self.most) if count else 0

    def legend(self) -> list[tuple[int, int, int]]:
        """Each step that a count can have, with the lowest and the highest of its counts."""
        ends = [step * self.most // STEPS for step in range(STEPS + 1)]
        steps = ((step, ends[step - 1] + 1, ends[step]) for step in range(1, STEPS + 1))
        return [(0, 0, 0), *(one for one in steps if one[1] <= one[2])]


def heat(moments: Iterable[datetime], zone: str) -> Heat:
    """What happened at these moments; an hour that the clock repeats counts each time."""
    slots = Counter(int(one.timestamp()) // _SLOT for one in moments)
    counts, there = [[0] * 24 for _ in WEEKDAYS], ZoneInfo(zone)
    for slot, many in slots.items():
        local = datetime.fromtimestamp(slot * _SLOT, UTC).astimezone(there)
        counts[local.weekday()][local.hour] += many
    return Heat(tuple(map(tuple, counts)))
