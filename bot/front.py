"""The front desk: takes what channels bring in, one turn at a time per conversation."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime

import structlog

from bot import metrics
from bot.advice.advisor import Advisor
from bot.bubbles import QUOTED
from bot.cleaning import clean
from bot.delays import Delays
from bot.dialogue import NotUnderstoodYet
from bot.messages import Address, Delivery, Inbound, Taken
from bot.postman import Postman
from bot.questions import OpenQuestions
from bot.queues import Queues
from bot.turns import Turns, delivery
from bot.understanding import Understander
from handlers.advice import NO_ADVICE, Advice, AdviceWanted
from handlers.notices.again import undelivered
from nlu.context import Context
from nlu.understanding import Understanding
from storage import Store, StoreProblem, StoreUnavailable, Tx
from storage.conversations import Conversation
from storage.outbox import OutboxRow, Settled
from storage.signs import CUSTOMER

log = structlog.get_logger()

Clock = Callable[[], datetime]
ContextFor = Callable[[datetime], Context]


class FrontDesk:
    """What channels call: `receive`, and for replies in the same request `handing_over`."""

    def __init__(
        self,
        store: Store,
        turns: Turns,
        understander: Understander,
        postman: Postman,
        context_for: ContextFor,
        clock: Clock,
        delays: Delays,
        on_attachments: Callable[[], None] = lambda: None,
        advisor: Advisor | None = None,
    ) -> None:
        self.store = store
        self._turns = turns
        self._understander = understander
        self._postman = postman
        self._context_for = context_for
        self._clock = clock
        self._delays = delays
        self._on_attachments = on_attachments
        self._advisor = advisor
        self._queues = Queues()
        self._questions = OpenQuestions()

    async def receive(self, inbound: Inbound) -> Taken:
        """Take the message in one turn; returns only when it is durable.

        While the database is away it is kept on disk and taken later. Raises `storage.StoreUnavailable`
        when it could be kept nowhere.
        """
        began = time.perf_counter()
        inbound = _cleaned(inbound)
        async with self._queues.turn_of(inbound.address):
            if self._delays.waiting:
                return self._delays.keep(inbound)
            try:
                taken = await self._take(inbound, came=time.monotonic())
            except StoreUnavailable:
                return self._delays.keep(inbound)
        self._questions.note(inbound.address, taken.asking)
        spent = time.perf_counter() - began
        channel = inbound.address.channel
        outcome = "duplicate" if taken.duplicate else "taken"
        metrics.TURNS.labels(channel, outcome).inc()
        metrics.TURN_SECONDS.labels(channel).observe(spent)
        for kind in taken.opened:
            metrics.ORDERS.labels(kind).inc()
        log.info(
            f"turn.{outcome}", channel=channel, conversation=taken.conversation_id,
            message=taken.message_id, replies=len(taken.deliveries), ms=round(spent * 1000, 1),
        )  # fmt: skip
        for one in taken.deliveries:
            for quoted in (one.reply.custom or {}).get(QUOTED, ()):
                log.info("answer.quoted", conversation=taken.conversation_id, seq=one.seq, **quoted)
        if not inbound.hold:
            self._postman.wake(channel, inbound.address.account)
        if inbound.attachments:
            self._on_attachments()
        return taken

    @asynccontextmanager
    async def handing_over(
        self, taken: Taken, fits: Callable[[tuple[Delivery, ...]], int] | None = None
    ) -> AsyncIterator[tuple[Delivery, ...]]:
        """Claim the turn's held replies for the caller to deliver itself (see channels.protocol.Desk)."""
        if taken.delayed:
            yield taken.deliveries
            return
        if not (taken.deliveries or taken.unparked or taken.duplicate):
            yield ()
            return
        claimed: list[OutboxRow] = []
        try:
            rows = await self.store.transact(lambda tx: self._carry(tx, taken, fits, claimed))
        except StoreProblem as problem:
            # Whether they are claimed is not known: the postman gets them.
            log.warning("turn.not_handed_over", message=taken.message_id, reason=str(problem))
            self._postman.settle_later([self._handed(row, "pending", row.attempts - 1) for row in claimed])
            rows = []
        if not rows:
            self._wake_for(taken)
        try:
            yield tuple(delivery(row) for row in rows)
        except BaseException:
            self._postman.settle_later([self._handed(row, "pending", row.attempts) for row in rows])
            raise
        rest = bool(rows and taken.deliveries) and rows[-1].seq < taken.deliveries[-1].seq
        self._postman.settle_later([self._handed(row, "sent", row.attempts) for row in rows], wake=rest)

    def _wake_for(self, taken: Taken) -> None:
        for one in taken.deliveries[:1]:
            self._postman.wake(one.address.channel, one.address.account)

    def _handed(self, row: OutboxRow, state: str, attempts: int) -> Settled:
        reason = None if state == "sent" else "not handed over"
        return Settled(
            row.id, state, self._clock(), attempts, reason=reason, holder=self._postman.holder,
            attempt=row.attempts, claimed_at=row.attempt_at, shown=row.shown,
        )  # fmt: skip

    async def release(self, taken: Taken) -> None:
        """Give the turn's held replies to the postman at once."""
        if taken.delayed:
            return
        now = self._clock()
        await self.store.transact(lambda tx: _release(tx, taken, now))
        self._wake_for(taken)

    async def lost(self, address: Address, external_id: str, reason: str) -> bool:
        """The platform could not deliver what it had taken (see channels.protocol.Desk)."""
        now = self._clock()
        return await self.store.transact(lambda tx: _lost(tx, address, external_id, reason, now))

    async def attended(self, address: Address, by_person: bool) -> None:
        """A person of the platform's own desk has it, or no longer (see channels.protocol.Desk)."""
        now = self._clock()
        async with self._queues.turn_of(address):
            await self.store.transact(lambda tx: self._turns.attended(tx, address, by_person, now))

    async def writes(self, address: Address) -> None:
        """The customer types (see channels.protocol.Desk); the bot takes no notice."""
        now = self._clock()
        with suppress(StoreProblem):
            if await self.store.read(lambda tx: _with_person(tx, address)) is not None:
                await self.store.transact(lambda tx: _writes(tx, address, now))

    async def noted(self, said: Inbound) -> None:
        """Keep what a person of the platform's own desk wrote (see channels.protocol.Desk)."""
        said, now = _cleaned(said), self._clock()
        async with self._queues.turn_of(said.address):
            await self.store.transact(lambda tx: self._turns.noted(tx, said, now))
        if said.attachments:
            self._on_attachments()

    async def retake(self, inbound: Inbound) -> Taken:
        """Take a message that was kept on disk; raises StoreUnavailable while the database is away.

        One that no turn can take is somebody's all the same: their conversation is there, so that they are
        known where their data are taken out or erased.
        """
        try:
            taken = await self._take(replace(inbound, hold=0.0))
        except StoreProblem:
            raise
        except Exception:
            place, now = inbound.address, self._clock()
            await self.store.transact(
                lambda tx: tx.conversations.enter(place.channel, place.account, place.peer, now)
            )
            raise
        self._postman.wake(inbound.address.channel, inbound.address.account)
        if inbound.attachments:
            self._on_attachments()
        return taken

    async def _take(self, inbound: Inbound, came: float | None = None) -> Taken:
        """Take a message; one that `came` just now may be helped by the model, within its time from then."""
        context = self._context_for(inbound.sent_at)
        advice = self._advisor.advice() if self._advisor and came is not None else NO_ADVICE
        understanding = await self._first_understanding(inbound, context)
        while True:
            now = self._clock()
            known, chosen = understanding, advice
            try:
                with metrics.step("transaction"):
                    return await self.store.transact(
                        lambda tx, known=known, now=now, chosen=chosen: self._turns.take(  # type: ignore[misc]
                            tx, inbound, known, now, chosen
                        )
                    )
            except NotUnderstoodYet:
                understanding = await self._classified(inbound, context)
            except AdviceWanted as wanted:
                advice = await self._advised(wanted, advice, inbound, context, came)

    async def _advised(
        self,
        wanted: AdviceWanted,
        before: Advice,
        inbound: Inbound,
        context: Context,
        came: float | None,
    ) -> Advice:
        """The model's choices; those of a customer who has written on meanwhile are not waited for."""
        if self._advisor is None or came is None or self._queues.waiting(inbound.address):
            return NO_ADVICE
        named = AdviceWanted(wanted.text, wanted.choices, (*wanted.private, inbound.sender_name))
        with metrics.step("advice"):
            return await self._advisor.advise(named, before, context, inbound.address, came)

    async def _first_understanding(self, inbound: Inbound, context: Context) -> Understanding | None:
        """What the words mean; None where an open question may take them as they are."""
        if not inbound.text or inbound.payload is not None or inbound.choice is not None:
            return None
        settled = self._understander.interpreter.settle(inbound.text, context)
        if settled is not None or inbound.address in self._questions:
            return settled
        return await self._classified(inbound, context)

    async def _classified(self, inbound: Inbound, context: Context) -> Understanding:
        with metrics.step("understand"):
            return await self._understander.parse(inbound.text, context)

    def _carry(
        self,
        tx: Tx,
        taken: Taken,
        fits: Callable[[tuple[Delivery, ...]], int] | None,
        claimed: list[OutboxRow],
    ) -> list[OutboxRow]:
        """The rows that the message's own response carries; `claimed` gets them as well."""
        claimed.clear()
        now, carrier, holder = self._clock(), taken.message_id, self._postman.holder
        if taken.duplicate:
            carried = tx.outbox.carried_by(taken.conversation_id, carrier)
            if carried and all(row.state in ("sending", "sent", "unknown") for row in carried):
                tx.outbox.hand_over_again((row.id for row in carried), holder, now)
                claimed.extend(_attempted(row, carrier, now) for row in carried)
                return claimed
        rows = self._open(tx, taken)
        free = all(row.state == "pending" for row in rows)  # one being sent must not be overtaken
        count = 0 if not free else fits(tuple(delivery(row) for row in rows)) if fits else len(rows)
        if count:
            wanted = {row.id for row in rows[:count]}
            if tx.outbox.claim(wanted, holder, now, carried_by=carrier) != wanted:
                raise ClaimLost
            claimed.extend(_attempted(row, carrier, now) for row in rows[:count])
        if count < len(rows):
            tx.outbox.bring_forward(taken.conversation_id, _held_up_to(taken), now)
        return claimed

    def _open(self, tx: Tx, taken: Taken) -> list[OutboxRow]:
        """What is not settled up to this turn; what was handed over a moment ago is recorded first."""
        rows = tx.outbox.open_of(taken.conversation_id, _held_up_to(taken))
        handed = self._postman.handed(row.id for row in rows)
        if not handed:
            return rows
        tx.outbox.settle(handed)
        return tx.outbox.open_of(taken.conversation_id, _held_up_to(taken))


class ClaimLost(StoreProblem):
    """The postman was quicker."""


def _lost(tx: Tx, address: Address, external_id: str, reason: str, now: datetime) -> bool:
    conversation = tx.conversations.find(address.channel, address.account, address.peer)
    row_id = tx.outbox.lost(conversation.id, external_id, reason) if conversation else None
    if row_id is None:
        return False
    undelivered(tx, [row_id], now)
    return True


def _release(tx: Tx, taken: Taken, now: datetime) -> None:
    if taken.deliveries or taken.unparked:
        tx.outbox.bring_forward(taken.conversation_id, _held_up_to(taken), now)


def _held_up_to(taken: Taken) -> int:
    """The last of the conversation's messages that are held for this one's response."""
    return taken.deliveries[-1].seq if taken.deliveries else taken.last_seq


def _attempted(row: OutboxRow, carrier: int, now: datetime) -> OutboxRow:
    return replace(row, attempts=row.attempts + 1, attempt_at=now, carried_by=carrier)


def _cleaned(inbound: Inbound) -> Inbound:
    contact = inbound.contact
    if contact is not None:
        contact = replace(contact, phone=clean(contact.phone, 40), name=clean(contact.name, 100))
    return replace(
        inbound,
        text=clean(inbound.text),
        payload=clean(inbound.payload) if inbound.payload else inbound.payload,
        sender_name=clean(inbound.sender_name, 100),
        contact=contact,
        attachments=tuple(
            replace(a, name=clean(a.name, 200), mime=clean(a.mime, 100)) for a in inbound.attachments
        ),
    )


def _with_person(tx: Tx, place: Address) -> Conversation | None:
    """The conversation, where people have it or it waits for one."""
    found = tx.conversations.find(place.channel, place.account, place.peer)
    return found if found is not None and found.with_person else None


def _writes(tx: Tx, place: Address, now: datetime) -> None:
    room = _with_person(tx, place)
    if room is not None and tx.signs.show(room.id, CUSTOMER, True, now):
        tx.live.note([room.id], now)
