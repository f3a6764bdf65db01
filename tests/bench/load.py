"""Customers who write, wait for the answer and write again; some dozens of them at once.

A turn counts when the webhook has answered and the reply has arrived at the stub.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

REPLY_SECONDS = 30


class Wrong(RuntimeError):
    """A server answered something else than it should have."""


class Customer(Protocol):
    """One customer's conversation."""

    def talk(self) -> AsyncIterator[Turn]:
        """Play it, giving each turn when it is over."""
        ...


@dataclass(frozen=True, slots=True)
class Turn:
    """Seconds from sending until the webhook answered, and until the reply arrived."""

    answered: float
    replied: float


@dataclass(slots=True)
class Round:
    """What one round of load showed; `seconds` ends when the last reply has arrived."""

    turns: list[Turn] = field(default_factory=list)
    conversations: int = 0
    seconds: float = 0.0
    cpu: float = 0.0

    @property
    def per_second(self) -> float:
        """Turns a second."""
        return len(self.turns) / self.seconds

    def percentile(self, share: float, of: Callable[[Turn], float]) -> float:
        """The smallest number of seconds that this share of the turns needed at most."""
        return percentile([of(turn) for turn in self.turns], share)


def percentile(values: list[float], share: float) -> float:
    """The smallest value that this share of the values does not exceed."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))]


async def drive(
    lanes: int,
    seconds: float,
    customers: Iterator[Callable[[int], Customer]],
    think: Callable[[], float] = lambda: 0.0,
) -> Round:
    """Let `lanes` customers at a time talk for `seconds`; conversations begun are left at a turn's end.

    `think` gives the seconds each waits before writing again; without it the server is never idle.
    """
    found = Round()
    began = time.perf_counter()
    ends = began + seconds

    async def lane(number: int) -> None:
        await asyncio.sleep(think())
        while time.perf_counter() < ends:
            async for turn in next(customers)(number).talk():
                found.turns.append(turn)
                if time.perf_counter() >= ends:
                    return
                await asyncio.sleep(think())
            found.conversations += 1

    async with asyncio.TaskGroup() as group:
        for number in range(lanes):
            group.create_task(lane(number))
    found.seconds = time.perf_counter() - began
    return found
