"""Taking what a platform brought until it is durable, or until it has broken the turn too often."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from storage import StoreProblem

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Persistence:
    """Pauses between tries, in seconds, and how often a message that breaks the turn itself is tried."""

    first_pause: float = 0.5
    longest_pause: float = 30.0
    attempts: int = 8

    def pause(self, failures: int) -> float:
        """Before the next try after so many failures: doubling, bounded."""
        return min(self.first_pause * 2 ** min(failures - 1, 30), self.longest_pause)


async def until_durable(
    take: Callable[[], Awaitable[object]],
    kind: str,
    number: object,
    count: Callable[[str], None],
    persistence: Persistence,
) -> None:
    """Take it; `kind` names it in logs and counts (`telegram.update`), `number` tells which one it is."""
    failures = broken = 0
    while True:
        try:
            await take()
            return
        except StoreProblem as problem:
            failures += 1
            log.warning(f"{kind}_waits", number=number, reason=str(problem))
        except Exception:
            failures, broken = failures + 1, broken + 1
            log.exception(f"{kind}_failed", number=number, attempt=broken)
            if broken >= persistence.attempts:
                log.error(f"{kind}_given_up", number=number)
                count(f"{kind}_given_up")
                return
        await asyncio.sleep(persistence.pause(failures))
