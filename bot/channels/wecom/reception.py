"""What becomes of the entries of an account's log: turns, welcomes, failures of ours, sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import structlog

from bot.channels.durable import Persistence, until_durable
from bot.channels.protocol import Desk, OutcomeUnknown, TryLater
from bot.channels.wechat.incoming import Ignored
from bot.channels.wechat.ledger import WindowLedger
from bot.channels.wechat.problems import ApiProblem
from bot.channels.wechat.webhook import LOST_WAITS
from bot.channels.wechat.xml import Malformed
from bot.channels.wecom.api import WeComApi
from bot.channels.wecom.incoming import (
    Entered,
    Failed,
    Overheard,
    Reading,
    SessionChanged,
    customer_of,
)
from bot.channels.wecom.outgoing import message_id, messages
from bot.channels.wecom.pulling import Entry
from bot.channels.wecom.sessions import Sessions
from bot.messages import Delivery, Inbound

log = structlog.get_logger()

ON_EVENT = "/cgi-bin/kf/send_msg_on_event"
AT_ONCE = 32


class Reception:
    """Takes pages of one account's log: each customer's entries in order, customers beside each other."""

    def __init__(
        self,
        desk: Desk,
        reading: Reading,
        api: WeComApi,
        ledger: WindowLedger,
        sessions: Sessions,
        clock: Callable[[], datetime],
        count: Callable[[str], None],
        public_url: str | None = None,
        persistence: Persistence | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._desk = desk
        self._reading = reading
        self._api = api
        self._ledger = ledger
        self._sessions = sessions
        self._clock = clock
        self._count = count
        self._public_url = public_url
        self._persistence = persistence or Persistence()
        self._sleep = sleep
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def take(self, entries: Sequence[Entry]) -> None:
        """Returns once all of them are durable, or need not be."""
        lines: dict[str, list[Entry]] = {}
        for entry in entries:
            lines.setdefault(customer_of(entry), []).append(entry)
        async with asyncio.TaskGroup() as group:
            for line in lines.values():
                group.create_task(self._line(line))

    async def _line(self, entries: Sequence[Entry]) -> None:
        async with self._gate:
            for entry in entries:
                await until_durable(
                    lambda entry=entry: self._one(entry),  # type: ignore[misc]
                    "wecom.message", entry.get("msgid"), self._count, self._persistence,
                )  # fmt: skip

    async def _one(self, entry: Entry) -> None:
        try:
            meaning = self._reading.understand(entry, self._clock())
        except Malformed as problem:
            self._count("wecom.malformed")
            log.warning("wecom.malformed", why=str(problem))
            return
        if isinstance(meaning, Ignored):
            self._count(f"wecom.ignored.{meaning.kind}")
        elif isinstance(meaning, Entered):
            await self._welcome(meaning)
        elif isinstance(meaning, Failed):
            await self._failed(meaning)
        elif isinstance(meaning, SessionChanged):
            # Where agents work in our console, what they have is not taken from them by an end in WeCom.
            if meaning.by_person or self._sessions.transfers:
                await self._desk.attended(meaning.address, meaning.by_person)
        elif isinstance(meaning, Overheard):
            await self._desk.noted(meaning.said)
        else:
            await self._receive(meaning)

    async def _receive(self, inbound: Inbound) -> None:
        taken = await self._desk.receive(inbound)
        if taken.deliveries or taken.duplicate:
            return  # what is sent settles the session
        try:
            await self._sessions.settle(inbound.address)
        except TryLater as problem:
            log.warning("wecom.not_settled", reason=str(problem))

    async def _welcome(self, entered: Entered) -> None:
        """The greeting travels with the code; whatever it cannot carry waits for the customer's message."""
        taken = await self._desk.receive(entered.inbound)
        if taken.duplicate:
            return
        try:
            async with self._desk.handing_over(taken, self._fitting) as deliveries:
                for delivery in deliveries:
                    await self._send_on_event(entered.code, delivery)
        except (ApiProblem, TryLater) as problem:
            log.warning("wecom.not_welcomed", reason=str(problem))

    def _fitting(self, deliveries: tuple[Delivery, ...]) -> int:
        """A code carries one message."""
        first = deliveries[:1]
        return int(bool(first) and len(messages(first[0], self._public_url)) == 1)

    async def _send_on_event(self, code: str, delivery: Delivery) -> None:
        (message,) = messages(delivery, self._public_url)
        try:
            await self._api.call(ON_EVENT, {"code": code, "msgid": f"{message_id(delivery)}_0", **message})
        except OutcomeUnknown as problem:
            # The code is spent or as good as: a greeting shown twice would be worse than none.
            log.warning("wecom.welcome_unknown", outbox=delivery.id, reason=str(problem))

    async def _failed(self, failed: Failed) -> None:
        """The event may overtake the record of the sending: then it is looked for again, a little later."""
        lost = failed.lost
        if failed.closed:
            await self._ledger.close(lost.address)
        for wait in LOST_WAITS:
            await self._sleep(wait)
            if await self._desk.lost(lost.address, lost.external_id, lost.reason):
                self._count("wecom.lost")
                return
        self._count("wecom.lost_of_others")
