"""How many requests a token may make: a bucket that fills steadily, so that a short burst is no harm."""

from __future__ import annotations

import math
from datetime import datetime


class Pace:
    """The buckets of this process, one for each token; a full one holds a minute's requests."""

    def __init__(self) -> None:
        self._left: dict[str, tuple[float, datetime]] = {}

    def wait(self, name: str, per_minute: int | None, now: datetime) -> int:
        """0 where the token may ask now, and that is counted; else the seconds until it may."""
        if per_minute is None:
            return 0
        left, before = self._left.get(name, (float(per_minute), now))
        passed = max(0.0, (now - before).total_seconds())  # a clock set back fills nothing
        left = min(float(per_minute), left + passed * per_minute / 60)
        if left < 1:
            self._left[name] = (left, now)
            return math.ceil((1 - left) * 60 / per_minute)
        self._left[name] = (left - 1, now)
        return 0
