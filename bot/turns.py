"""A turn: one customer message taken in one transaction.

Remember the message, load the conversation, let the dialogue decide, write the replies to the outbox.
Nothing here waits or touches the network; an error rolls the whole turn back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from bot import metrics
from bot.bubbles import merge
from bot.choices import choice_seq, spoken, tapped
from bot.dialogue import Dialogue, Heard
from bot.messages import Address, Delivery, Inbound, Reply, Taken
from handlers import ownership
from handlers.advice import NO_ADVICE, Advice
from handlers.desk import Desk
from handlers.notices.templates import TEMPLATE
from nlu.understanding import Understanding
from storage import Tx
from storage.conversations import Conversation
from storage.outbox import OutboxRow
from storage.windows import ReplyWindow

DeskFor = Callable[[Tx, Conversation, int, datetime], Desk]


class Turns:
    """Takes messages; holds no state of its own."""

    def __init__(self, dialogue: Dialogue, desk_for: DeskFor) -> None:
        self._dialogue = dialogue
        self._desk_for = desk_for

    def take(
        self,
        tx: Tx,
        inbound: Inbound,
        understanding: Understanding | None,
        now: datetime,
        advice: Advice = NO_ADVICE,
    ) -> Taken:
        """One turn; raises `NotUnderstoodYet` or `AdviceWanted` when it must be tried again with more."""
        with metrics.step("turn"):
            return self._take(tx, inbound, understanding, now, advice)

    def _take(
        self,
        tx: Tx,
        inbound: Inbound,
        understanding: Understanding | None,
        now: datetime,
        advice: Advice,
    ) -> Taken:
        place = inbound.address
        conversation = tx.conversations.enter(place.channel, place.account, place.peer, now)
        body = stored_form(inbound)
        message_id = tx.messages.take(conversation, inbound.external_id, body, inbound.sent_at, now)
        if message_id is None:
            return self._taken_before(tx, conversation, inbound)
        attachments = [
            tx.attachments.want(message_id, conversation.id, asdict(found), now)
            for found in inbound.attachments
        ]
        due_at = now + timedelta(seconds=inbound.hold)
        unparked = self._reopen(tx, conversation, inbound, due_at, now)
        heard = _heard(tx, conversation, inbound, understanding, attachments)
        desk = self._desk_for(tx, conversation, message_id, now)
        desk.advice = advice
        before = conversation.owner
        if before == "closed" and inbound.event is None:
            desk.take_up()
        with metrics.step("dialogue"):
            outcome = self._dialogue.take(heard, conversation.state, desk)
        conversation.state = outcome.state
        if inbound.group:
            conversation.state["group"] = inbound.group
        replies = merge(outcome.replies)
        deliveries = tuple(say(tx, conversation, reply, now, due_at, answers=message_id) for reply in replies)
        remember_choices(conversation, deliveries)
        _wait(desk, conversation, inbound, bool(deliveries))
        tx.conversations.save(conversation, now)
        if (before, conversation.owner) != ("bot", "bot"):
            tx.signs.wrote(conversation.id)
            tx.live.note([conversation.id], now)
        asking = outcome.state.get("loop") is not None
        return Taken(
            conversation.id, False, deliveries, message_id, asking=asking, unparked=unparked,
            last_seq=conversation.last_seq, opened=tuple(desk.opened),
        )  # fmt: skip

    def attended(self, tx: Tx, place: Address, by_person: bool, now: datetime) -> None:
        """A person of the platform's own desk has the conversation now, or no longer."""
        conversation = tx.conversations.enter(place.channel, place.account, place.peer, now)
        desk = self._desk_for(tx, conversation, 0, now)
        desk.attended(by_person)
        tx.conversations.save(conversation, now)
        tx.live.note([conversation.id], now)

    def noted(self, tx: Tx, said: Inbound, now: datetime) -> None:
        """Keep what a person of the platform's own desk wrote to the customer, once."""
        place = said.address
        conversation = tx.conversations.enter(place.channel, place.account, place.peer, now)
        message_id = tx.messages.take(
            conversation, said.external_id, stored_form(said), said.sent_at, now, author="agent"
        )
        if message_id is None:
            return
        for found in said.attachments:
            tx.attachments.want(message_id, conversation.id, asdict(found), now)
        ownership.answered(tx, conversation, now)
        tx.conversations.save(conversation, now)
        tx.live.note([conversation.id], now)

    def _taken_before(self, tx: Tx, conversation: Conversation, inbound: Inbound) -> Taken:
        place = inbound.address
        message = tx.messages.taken_before(place.channel, place.account, inbound.external_id)
        assert message is not None
        rows = tx.outbox.answers_to(message.id)
        deliveries = tuple(delivery(row) for row in rows)
        return Taken(message.conversation_id, True, deliveries, message.id, last_seq=conversation.last_seq)

    def _reopen(
        self, tx: Tx, conversation: Conversation, inbound: Inbound, due_at: datetime, now: datetime
    ) -> bool:
        """Open what the customer's message opens: the reply window, and what was parked for them, if any."""
        if inbound.event in ("blocked", "left"):
            conversation.unreachable_since = conversation.parked_since = now
            tx.outbox.stop(conversation.id, inbound.event, now)
            return False
        conversation.unreachable_since = None
        if inbound.window is not None:
            seconds, messages = inbound.window
            window = ReplyWindow(now, now + timedelta(seconds=seconds), messages)
            tx.windows.open(conversation.id, window)
        if conversation.parked_since is None:
            return False
        conversation.parked_since = None
        return tx.outbox.unpark(conversation.id, due_at) > 0


def say(
    tx: Tx,
    conversation: Conversation,
    reply: Reply,
    now: datetime,
    due_at: datetime | None = None,
    answers: int | None = None,
    author: str = "bot",
    user_id: int | None = None,
) -> Delivery:
    """Write one message to the customer and its outbox row."""
    ((_, delivery),) = say_all(tx, [(conversation, reply)], now, due_at, answers, author, user_id)
    return delivery


def say_all(
    tx: Tx,
    said: Sequence[tuple[Conversation, Reply]],
    now: datetime,
    due_at: datetime | None = None,
    answers: int | None = None,
    author: str = "bot",
    user_id: int | None = None,
) -> list[tuple[int, Delivery]]:
    """Write messages to customers and their outbox rows; each with its message's id."""
    for conversation, _ in said:
        if conversation.unreachable_since:
            conversation.parked_since = conversation.parked_since or now
    written = tx.messages.say_all(
        [(conversation, reply.as_json()) for conversation, reply in said], now, answers, author, user_id
    )
    parts = zip(said, written, strict=True)
    ahead = {message_id for (_, reply), (message_id, _) in parts if TEMPLATE in (reply.custom or {})}
    queued = tx.outbox.put(
        [(conversation, *ids) for (conversation, _), ids in zip(said, written, strict=True)],
        due_at or now, now, ahead,
    )  # fmt: skip
    return [
        (message_id, Delivery(row_id, key, _address(room), seq, reply, room.language or "zh"))
        for (room, reply), (message_id, seq), (row_id, key) in zip(said, written, queued, strict=True)
    ]


def _address(conversation: Conversation) -> Address:
    return Address(conversation.channel, conversation.account, conversation.peer)


def delivery(row: OutboxRow) -> Delivery:
    """An outbox row as a channel sees it."""
    return Delivery(
        id=row.id,
        key=row.key,
        address=Address(row.channel, row.account, row.peer),
        seq=row.seq,
        reply=Reply.from_json(row.body),
        language=row.language or "zh",
        attempts=row.attempts,
    )


def _wait(desk: Desk, conversation: Conversation, inbound: Inbound, replied: bool) -> None:
    """Since when the customer waits for an answer: where people have it, for a person's."""
    event = inbound.event is not None
    if conversation.with_person:
        conversation.waiting_since = conversation.waiting_since or (None if event else inbound.sent_at)
        if conversation.owner == "agent":
            desk.wrote()
    else:
        answered = replied or event
        conversation.waiting_since = None if answered else conversation.waiting_since or inbound.sent_at


def stored_form(inbound: Inbound) -> dict[str, Any]:
    """What is kept of an inbound message; empty parts are left out."""
    body: dict[str, Any] = {}
    for name in ("text", "payload", "choice", "event", "group", "edits", "unsupported"):
        if value := getattr(inbound, name):
            body[name] = value
    if inbound.attachments:
        body["attachments"] = [{"kind": a.kind, "name": a.name, "ref": a.ref} for a in inbound.attachments]
    for name in ("location", "contact"):
        if (part := getattr(inbound, name)) is not None:
            body[name] = asdict(part)
    return body


def _heard(
    tx: Tx,
    conversation: Conversation,
    inbound: Inbound,
    understanding: Understanding | None,
    attachments: list[int],
) -> Heard:
    payload, stale = _payload(tx, conversation, inbound)
    return Heard(
        text=inbound.text,
        payload=payload,
        understanding=understanding,
        attachments=tuple(attachments),
        attachment_kinds=tuple(found.kind for found in inbound.attachments),
        location=inbound.location,
        contact=inbound.contact,
        event=inbound.event,
        edited=inbound.edits is not None,
        stale_choice=stale,
        group_repeat=inbound.group is not None and conversation.state.get("group") == inbound.group,
        unsupported=inbound.unsupported,
        sender_name=inbound.sender_name,
        language=inbound.language,
    )


def _payload(tx: Tx, conversation: Conversation, inbound: Inbound) -> tuple[str | None, bool]:
    """The button meant, and whether it belongs to a message that is no longer the latest choice."""
    choices = conversation.choices
    if inbound.choice is not None:
        seq = choice_seq(inbound.choice)
        if choices and seq == choices["seq"]:
            return tapped(inbound.choice, choices), False
        old = tx.messages.by_seq(conversation.id, seq) if seq is not None else None
        return tapped(inbound.choice, old.body if old and old.author != "customer" else None), True
    if inbound.payload is not None:
        return inbound.payload, False
    return spoken(inbound.text, choices), False


def remember_choices(conversation: Conversation, deliveries: tuple[Delivery, ...]) -> None:
    """The buttons offered last are what numbers and titles refer to; an answer without any ends them."""
    if not deliveries:
        return
    conversation.choices = None
    for one in deliveries:
        if one.reply.buttons:
            buttons = [{"title": b.title, "payload": b.payload} for b in one.reply.buttons]
            conversation.choices = {"seq": one.seq, "buttons": buttons}
