"""The budget: what may be asked in a minute and a day, kept in a file that all processes of a desk share."""

from __future__ import annotations

import json
import os
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.advice.configuration import Budget, Prices

try:
    import fcntl
except ImportError:  # a system without it runs one process
    fcntl = None  # type: ignore[assignment]

MILLION = 1_000_000
CUSTOMERS = 10_000
_WINDOWS = {"minute": "%Y-%m-%dT%H:%M", "day": "%Y-%m-%d"}


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a request takes: tokens of the question and of the answer."""

    question: int
    answer: int

    @property
    def total(self) -> int:
        """Both together."""
        return self.question + self.answer


@dataclass(frozen=True, slots=True)
class Reserved:
    """What was put aside for a request, and in which minute and day."""

    tokens: Tokens
    minute: str
    day: str


class Ledger:
    """Puts aside what a request may take and settles what it took; its files are small, its calls quick.

    Where the file cannot be used nothing is granted: an unwritten expense is one that never ends.
    """

    def __init__(
        self, path: Path, budget: Budget, prices: Prices, clock: Callable[[], datetime], zone: str
    ) -> None:
        self._path = path
        self._budget = budget
        self._prices = prices
        self._clock = clock
        self._zone = ZoneInfo(zone)

    def reserve(self, tokens: Tokens) -> Reserved | None:
        """Put a request aside; None where a limit would be passed."""
        try:
            with self._open() as spent:
                if not self._allows(spent, tokens):
                    return None
                self._add(spent, 1, tokens.total, self.cost(tokens))
                return Reserved(tokens, spent["minute"]["at"], spent["day"]["at"])
        except OSError:
            return None

    def settle(self, reserved: Reserved, took: Tokens) -> None:
        """Put what the request took in place of what was put aside for it."""
        more = took.total - reserved.tokens.total
        cost = self.cost(took) - self.cost(reserved.tokens)
        try:
            with self._open() as spent:
                for window, at in (("minute", reserved.minute), ("day", reserved.day)):
                    if spent[window]["at"] == at:
                        self._add_to(spent[window], 0, more, cost)
        except OSError:
            return

    def cost(self, tokens: Tokens) -> float:
        """What the tokens cost, 0 without prices."""
        into, out = self._prices.input or 0.0, self._prices.output or 0.0
        return (tokens.question * into + tokens.answer * out) / MILLION

    def _allows(self, spent: dict[str, Any], tokens: Tokens) -> bool:
        budget, minute, day = self._budget, spent["minute"], spent["day"]
        wanted = (
            (minute["requests"] + 1, budget.requests_per_minute),
            (day["requests"] + 1, budget.requests_per_day),
            (minute["tokens"] + tokens.total, budget.tokens_per_minute),
            (day["tokens"] + tokens.total, budget.tokens_per_day),
            (day["cost"] + self.cost(tokens), budget.cost_per_day),
        )
        return all(limit is None or amount <= limit for amount, limit in wanted)

    def _add(self, spent: dict[str, Any], requests: int, tokens: int, cost: float) -> None:
        for window in _WINDOWS:
            self._add_to(spent[window], requests, tokens, cost)

    @staticmethod
    def _add_to(window: dict[str, Any], requests: int, tokens: int, cost: float) -> None:
        window["requests"] += requests
        window["tokens"] = max(0, window["tokens"] + tokens)
        window["cost"] = max(0.0, window["cost"] + cost)

    @contextmanager
    def _open(self) -> Iterator[dict[str, Any]]:
        """What was spent in this minute and day, written back afterwards; other processes wait meanwhile."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8") as file:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX)
            spent = self._current(file.read())
            yield spent
            file.seek(0)
            file.truncate()
            file.write(json.dumps(spent))

    def _current(self, written: str) -> dict[str, Any]:
        local = self._clock().astimezone(self._zone)
        try:
            before = json.loads(written or "{}")
        except ValueError:
            before = {}
        return {window: _kept(before, window, local.strftime(form)) for window, form in _WINDOWS.items()}


def _kept(before: Any, window: str, at: str) -> dict[str, Any]:
    """The window as it was written, where it is still the same one and whole."""
    fresh = {"at": at, "requests": 0, "tokens": 0, "cost": 0.0}
    old = before.get(window) if isinstance(before, dict) else None
    if not isinstance(old, dict) or old.get("at") != at:
        return fresh
    amounts = (old.get("requests"), old.get("tokens"), old.get("cost"))
    return old if all(isinstance(a, int | float) and a >= 0 for a in amounts) else fresh


class Fairness:
    """How often one customer may make the desk ask within an hour."""

    def __init__(self, per_hour: int | None, clock: Callable[[], datetime]) -> None:
        self._limit = per_hour
        self._clock = clock
        self._asked: OrderedDict[Hashable, deque[datetime]] = OrderedDict()

    def allows(self, customer: Hashable) -> bool:
        """Whether one more is fine; it is counted then."""
        if self._limit is None:
            return True
        now = self._clock()
        times = self._asked.setdefault(customer, deque())
        self._asked.move_to_end(customer)
        while len(self._asked) > CUSTOMERS:
            self._asked.popitem(last=False)
        while times and now - times[0] >= timedelta(hours=1):
            times.popleft()
        if len(times) >= self._limit:
            return False
        times.append(now)
        return True


def estimate(text: str) -> int:
    """About how many tokens a text has, rather too many: one a character outside ASCII, else a third."""
    plain = sum(char.isascii() for char in text)
    return len(text) - plain + plain // 3 + 1
