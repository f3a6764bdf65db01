"""A desk for tests of channels: it remembers what it was given and answers as it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace

from bot.messages import Address, Delivery, Inbound, Reply, Taken

Answer = Callable[[Inbound], Iterable[Reply]]


def silence(inbound: Inbound) -> Iterable[Reply]:
    """Answer nothing."""
    return ()


class RecordingDesk:
    """A `Desk` without store or dialogue.

    `received` holds every message once, in order of arrival; `repeated` the duplicates.
    `problems` are raised one by one by the next calls of `receive`, which then takes nothing.
    What `handing_over` gave out whole is in `handed`; what the postman got back is in `released`.
    """

    def __init__(self, answer: Answer = silence) -> None:
        self.answer = answer
        self.received: list[Inbound] = []
        self.repeated: list[Inbound] = []
        self.problems: list[Exception] = []
        self.handed: list[Delivery] = []
        self.released: list[Delivery] = []
        self.losses: list[tuple[Address, str, str]] = []
        self.persons: dict[Address, bool] = {}
        self.overheard: list[Inbound] = []
        self.writing: list[Address] = []
        self._taken: dict[tuple[str, str, str], Taken] = {}
        self._conversations: dict[Address, int] = {}
        self._seqs: dict[int, int] = {}

    async def receive(self, inbound: Inbound) -> Taken:
        """Take the message as the real desk would, or raise the next of `problems`."""
        if self.problems:
            raise self.problems.pop(0)
        key = (inbound.address.channel, inbound.address.account, inbound.external_id)
        if key in self._taken:
            self.repeated.append(inbound)
            first = self._taken[key]
            return replace(first, duplicate=True)
        conversation = self._conversations.setdefault(inbound.address, len(self._conversations) + 1)
        self._next_seq(conversation)
        deliveries = tuple(self._delivery(inbound, conversation, reply) for reply in self.answer(inbound))
        self.received.append(inbound)
        self._taken[key] = Taken(conversation, False, deliveries, message_id=len(self.received))
        return self._taken[key]

    @asynccontextmanager
    async def handing_over(
        self, taken: Taken, fits: Callable[[tuple[Delivery, ...]], int] | None = None
    ) -> AsyncIterator[tuple[Delivery, ...]]:
        """Give the turn's replies to the caller, unless the postman has them; to the postman on failure."""
        held = taken.deliveries if not any(one in self.released for one in taken.deliveries) else ()
        count = fits(held) if fits and held else len(held)
        self.released.extend(held[count:])
        try:
            yield held[:count]
        except BaseException:
            self.released.extend(held[:count])
            raise
        self.handed.extend(held[:count])

    async def release(self, taken: Taken) -> None:
        """Give the turn's replies to the postman, unless they have been handed over."""
        self.released.extend(
            one for one in taken.deliveries if one not in self.handed and one not in self.released
        )

    async def lost(self, address: Address, external_id: str, reason: str) -> bool:
        """Remember it as lost."""
        self.losses.append((address, external_id, reason))
        return True

    async def attended(self, address: Address, by_person: bool) -> None:
        """Remember who has it."""
        self.persons[address] = by_person

    async def writes(self, address: Address) -> None:
        """Remember who typed."""
        self.writing.append(address)

    async def noted(self, said: Inbound) -> None:
        """Remember what was said."""
        self.overheard.append(said)

    def _next_seq(self, conversation: int) -> int:
        self._seqs[conversation] = self._seqs.get(conversation, 0) + 1
        return self._seqs[conversation]

    def _delivery(self, inbound: Inbound, conversation: int, reply: Reply) -> Delivery:
        seq = self._next_seq(conversation)
        number = sum(self._seqs.values())
        language = inbound.language or "zh"
        return Delivery(number, f"{conversation}:{seq}", inbound.address, seq, reply, language)
