"""The messages of one delivery, sent within the reply window and its quota."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from bot.channels.protocol import Refused, TryLater, WindowClosed
from bot.channels.wechat.ledger import WindowLedger
from bot.channels.wechat.problems import ApiProblem
from bot.messages import Delivery
from storage import StoreProblem

REMEMBERED_DELIVERIES = 10_000

Message = dict[str, Any]
Post = Callable[[int, Message], Awaitable[None]]
"""Hands one message to the platform; its place among the delivery's, from 0, comes first."""


class Parts:
    """Sends what an earlier try has not delivered yet; `most` messages a customer's message allows."""

    def __init__(self, ledger: WindowLedger, most: int, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._most = most
        self._clock = clock
        self._delivered: OrderedDict[str, int] = OrderedDict()

    async def send(self, delivery: Delivery, parts: Sequence[Message], post: Post) -> None:
        """The quota is spent before and given back after; raises a DeliveryProblem or what `post` raises."""
        if not parts and (delivery.reply.image or delivery.reply.file):
            raise Refused("nothing is left of it that could be sent")
        if len(parts) > self._most:
            raise Refused(f"needs {len(parts)} messages, {self._most} are taken per customer message")
        sent = self._delivered.get(delivery.key, 0)
        wanted = len(parts) - sent
        if wanted and not await self._spent(delivery, wanted):
            raise WindowClosed("the reply window is closed or its messages are used up")
        for place, part in enumerate(parts[sent:], sent):
            try:
                await post(place, part)
            except (ApiProblem, TryLater):
                with suppress(StoreProblem):
                    await self._ledger.give_back(delivery.address, wanted)
                raise
            wanted -= 1
            self._remember(delivery.key, len(parts) - wanted)

    def begun(self, delivery: Delivery) -> bool:
        """Whether a part of it has reached the customer already."""
        return bool(self._delivered.get(delivery.key))

    def done(self, delivery: Delivery) -> None:
        """The whole delivery has reached the customer."""
        self._delivered.pop(delivery.key, None)

    async def _spent(self, delivery: Delivery, wanted: int) -> bool:
        try:
            return await self._ledger.take(delivery.address, wanted, self._clock())
        except StoreProblem as problem:
            if not delivery.id:
                return True  # said past the outbox, to a customer who has just written, because of this
            raise TryLater(f"no quota: {problem}") from None

    def _remember(self, key: str, parts: int) -> None:
        self._delivered[key] = parts
        while len(self._delivered) > REMEMBERED_DELIVERIES:
            self._delivered.popitem(last=False)
