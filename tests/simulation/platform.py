"""Platforms as the desk meets them: they show messages, refuse, time out, hang, and forget nothing."""

from __future__ import annotations

import asyncio
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.channels.protocol import (
    OutcomeUnknown,
    Pacing,
    Refused,
    TryLater,
    Unreachable,
    WindowClosed,
)
from bot.messages import Delivery

ACCOUNT = "main"


@dataclass(frozen=True, slots=True)
class SendFault:
    """What happens to one send; `seconds` is its delay or the platform's wish to wait."""

    kind: str
    seconds: float = 0.0


@dataclass(slots=True)
class Showing:
    """A message that a customer saw; `doubtful` when its sender had already given it up.

    `again`: it had been claimed before, by a request or a process that may have died with it.
    """

    key: str
    seq: int
    doubtful: bool
    again: bool = False


@dataclass(slots=True)
class Platform:
    """One account of one platform, with everything its customers ever saw."""

    name: str
    idempotent: bool = False
    passive: bool = False
    shown: dict[str, list[Showing]] = field(default_factory=lambda: defaultdict(list))
    keys: Counter[str] = field(default_factory=Counter)
    doubted: Counter[str] = field(default_factory=Counter)
    blocked: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    unheard: set[str] = field(default_factory=set)  # whose last message the platform gave up delivering
    refused: set[str] = field(default_factory=set)  # keys that an idempotent platform goes on refusing
    faults: list[tuple[int, SendFault]] = field(default_factory=list)
    words: int = 0

    def next_fault(self) -> SendFault:
        """The fault armed for this send, if its turn has come."""
        for index, (skip, fault) in enumerate(self.faults):
            if skip == 0:
                del self.faults[index]
                self.faults = [(left - 1 if left else 0, other) for left, other in self.faults]
                return fault
        self.faults = [(left - 1, other) for left, other in self.faults]
        return SendFault("ok")

    def show(self, delivery: Delivery, doubtful: bool) -> None:
        """The customer sees the message, once per key where the platform is idempotent."""
        if not delivery.id:
            self.words += 1  # a word about a delay is no message of the conversation
            return
        if self.idempotent and self.keys[delivery.key]:
            return
        self.keys[delivery.key] += 1
        self.shown[delivery.address.peer].append(
            Showing(delivery.key, delivery.seq, doubtful, delivery.attempts > 1)
        )


class PlatformChannel:
    """The adapter of one process to one platform."""

    account = ACCOUNT

    def __init__(
        self,
        platform: Platform,
        gave_up: Callable[[Delivery], bool],
        pacing: Pacing,
    ) -> None:
        self.name = platform.name
        self.idempotent = platform.idempotent
        self.pacing = pacing
        self._platform = platform
        self._gave_up = gave_up

    async def send(self, delivery: Delivery) -> str | None:
        """One request to the platform; the platform acts on it whatever becomes of the sender."""
        platform, loop = self._platform, asyncio.get_running_loop()
        fault = platform.next_fault() if delivery.id else SendFault("ok")
        answer: asyncio.Future[str] = loop.create_future()
        chance = zlib.crc32(f"{delivery.key}/{delivery.attempts}".encode())
        hop, back = 0.001 + chance % 200 / 1000, 0.001 + (chance >> 10) % 500 / 1000
        if fault.kind in ("slow", "timed_out", "crashed_client"):
            hop += fault.seconds
        if fault.kind in ("busy", "lost"):
            back += fault.seconds

        def arrive() -> None:
            problem = self._refusal(delivery, fault)
            if problem is None:
                platform.show(delivery, answer.done() or self._gave_up(delivery))
            if fault.kind == "timed_out":
                problem = OutcomeUnknown("no answer")
            elif fault.kind == "crashed_client":
                problem = ValueError("the answer makes no sense")
            loop.call_later(back, _reply, answer, problem, f"{platform.name}-{delivery.key}")

        loop.call_later(hop, arrive)
        try:
            return await answer
        except (OutcomeUnknown, ValueError, asyncio.CancelledError):
            platform.doubted[delivery.key] += 1
            raise

    def _refusal(self, delivery: Delivery, fault: SendFault) -> Exception | None:
        platform, peer = self._platform, delivery.address.peer
        if platform.idempotent and platform.keys[delivery.key]:
            return None  # the same key, the same answer
        if delivery.key in platform.refused:
            return Refused("too odd")
        if fault.kind == "busy":
            return TryLater("busy")
        if fault.kind == "flood":
            return TryLater("flood", fault.seconds)
        if fault.kind == "account_flood":
            return TryLater("flood", fault.seconds, account_wide=True)
        if fault.kind == "refused":
            if platform.idempotent:
                platform.refused.add(delivery.key)
            return Refused("too odd")
        if fault.kind == "lost":
            return OutcomeUnknown("no answer")
        if peer in platform.blocked:
            return Unreachable("blocked")
        if peer in platform.closed and delivery.id:
            return WindowClosed("out of window")
        return None


def _reply(answer: asyncio.Future[str], problem: Exception | None, external_id: str) -> None:
    if answer.done():
        return
    if problem is None:
        answer.set_result(external_id)
    else:
        answer.set_exception(problem)
