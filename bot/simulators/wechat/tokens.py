"""The access tokens that the simulated platform hands out and honours."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

OVERLAP = timedelta(minutes=5)
FORCE_INTERVAL = timedelta(seconds=30)
FORCE_PER_DAY = 20

OK, INVALID, EXPIRED, MISSING, USED_UP = 0, 40001, 42001, 41001, 45009


class Tokens:
    """Stable tokens stay the same while valid; each legacy token kills the one before."""

    def __init__(self, seconds: float, clock: Callable[[], datetime], random: Random) -> None:
        self._life = timedelta(seconds=seconds)
        self._clock = clock
        self._random = random
        self._stable: str | None = None
        self._ends: dict[str, datetime] = {}
        self._legacy: str | None = None
        self._revoked: set[str] = set()
        self._forced: deque[datetime] = deque(maxlen=FORCE_PER_DAY)
        self.handed_out = 0

    def stable(self, force: bool) -> tuple[int, str, int]:
        """(error code, token, seconds it is valid); forcing too soon changes nothing."""
        now = self._clock()
        if force and not (self._forced and now - self._forced[-1] < FORCE_INTERVAL):
            if len(self._forced) == FORCE_PER_DAY and now - self._forced[0] < timedelta(days=1):
                return USED_UP, "", 0
            self._forced.append(now)
            self._kill(self._stable)
        overlap = min(OVERLAP, self._life / 10)
        if self._stable is None or self._ends.get(self._stable, now) - overlap <= now:
            self._stable = self._new(now)
        return OK, self._stable, int((self._ends[self._stable] - now).total_seconds())

    def legacy(self) -> tuple[str, int]:
        """A new token; the previous legacy token dies."""
        self._kill(self._legacy)
        self._legacy = self._new(self._clock())
        return self._legacy, int(self._life.total_seconds())

    def check(self, token: str | None) -> int:
        """0, or the error code for a missing, unknown or expired token."""
        if not token:
            return MISSING
        if token not in self._ends or token in self._revoked:
            return INVALID
        return OK if self._ends[token] > self._clock() else EXPIRED

    def expire(self) -> None:
        """Fault: the current tokens have run out."""
        for token in self._ends:
            self._ends[token] = self._clock()

    def revoke(self) -> None:
        """Fault: the current tokens are refused, but the stable one is still handed out until forced."""
        self._revoked.update(self._ends)

    def _kill(self, token: str | None) -> None:
        if token is not None:
            self._ends.pop(token, None)

    def _new(self, now: datetime) -> str:
        self.handed_out += 1
        token = f"sim_{self._random.getrandbits(128):032x}"
        self._ends[token] = now + self._life
        return token
