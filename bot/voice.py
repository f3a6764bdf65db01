"""The desk speaking of its own accord: by the clock, or outside the outbox when the database is away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.bubbles import merge
from bot.channels.protocol import Channel, DeliveryProblem, TextLimit, Way
from bot.dialogue import Amended, Dialogue, Filled, Held
from bot.messages import Address, AttachmentKind, Delivery, Reply
from bot.postman import Postman
from bot.turns import remember_choices, say_all
from handlers.desk import Desk
from handlers.notices.templates import TEMPLATE
from storage import Tx
from storage.conversations import Conversation


class DeskVoice:
    """How scheduled jobs and commands speak (see `scheduler.Voice`).

    Without a postman of this process, the one of the running desk finds what was written.
    """

    def __init__(
        self,
        dialogue: Dialogue,
        postman: Postman | None = None,
        channels: Iterable[Channel] = (),
        also: Callable[[], None] = lambda: None,
    ) -> None:
        self._dialogue = dialogue
        self._postman = postman
        self._channels = list(channels)
        self._also = also
        self._typing: set[asyncio.Task[None]] = set()

    def language(self, conversation: Conversation) -> str:
        """The customer's language, or the one the desk begins with."""
        return conversation.language or self._dialogue.language

    def say(self, tx: Tx, conversation: Conversation, response: str, now: datetime, **values: Any) -> None:
        """Write the named response to the customer and its outbox row; `values` fill its names.

        Choices offered before stay open where the response offers none.
        """
        self.say_all(tx, [(conversation, response, values)], now, {})

    def say_all(
        self,
        tx: Tx,
        said: Iterable[tuple[Conversation, str, dict[str, Any]]],
        now: datetime,
        cards: Mapping[int, Mapping[str, Any]],
    ) -> list[int]:
        """The same to many; returns the messages' ids. `cards`: template messages, by their places."""
        replies = [
            (conversation, self._dialogue.say(response, self.language(conversation), **values))
            for conversation, response, values in said
        ]
        for place, card in cards.items():
            conversation, reply = replies[place]
            replies[place] = conversation, replace(reply, custom={**(reply.custom or {}), TEMPLATE: card})
        return self._written(tx, replies, now)

    def repeat(self, tx: Tx, conversation: Conversation, body: Mapping[str, Any], now: datetime) -> int:
        """Say in this conversation what was said in another; returns the message's id."""
        said = Reply.from_json({name: part for name, part in body.items() if name != "custom"})
        return self._written(tx, [(conversation, said)], now)[0]

    def _written(self, tx: Tx, replies: Sequence[tuple[Conversation, Reply]], now: datetime) -> list[int]:
        written = say_all(tx, replies, now)
        for (conversation, reply), (_, delivery) in zip(replies, written, strict=True):
            if reply.buttons:
                remember_choices(conversation, (delivery,))
        tx.live.note([conversation.id for conversation, _ in replies if conversation.owner != "bot"], now)
        return [message_id for message_id, _ in written]

    def keep(self, conversation: Conversation, slots: Mapping[str, Any]) -> None:
        """Remember in the conversation what was asked there."""
        known = dict(conversation.state.get("slots") or {})
        conversation.state = {**conversation.state, "slots": {**known, **slots}}

    def abandon(self, conversation: Conversation) -> None:
        """Forget the form the conversation is in."""
        conversation.state = self._dialogue.abandon(conversation.state)
        conversation.choices = None

    def held(self, conversation: Conversation) -> Held | None:
        """What the form under way there holds."""
        return self._dialogue.held(conversation.state)

    def amend(self, conversation: Conversation, desk: Desk, slot: str, told: str, language: str) -> Amended:
        """Put an agent's value into the form under way there; the state is changed where it was taken."""
        found = self._dialogue.amend(conversation.state, desk, slot, told, language)
        conversation.state = found.state
        return found

    def resume(self, desk: Desk) -> None:
        """Ask the next question of the form that waited behind a person."""
        outcome = self._dialogue.resume(desk.conversation.state, desk)
        desk.conversation.state = outcome.state
        if outcome.replies:
            said = [(desk.conversation, reply) for reply in merge(outcome.replies)]
            self._written(desk.tx, said, desk.now)

    def fill(self, desk: Desk, kind: str, told: dict[str, str], photos: list[int], language: str) -> Filled:
        """A whole form for an order of that kind, filled in by an agent, refused in their language."""
        desk.conversation.language = self.language(desk.conversation)
        return self._dialogue.fill(desk, kind, told, photos, language)

    def submit(self, desk: Desk, filled: Filled, language: str) -> dict[str, str]:
        """Do what the filled form is for, and tell the customer; or why it could not be done, by field."""
        done = self._dialogue.submit(desk, filled, language)
        if done.replies:
            self._written(desk.tx, [(desk.conversation, reply) for reply in merge(done.replies)], desk.now)
        return done.problems

    def takes(self, conversation: Conversation, kind: AttachmentKind) -> Way | None:
        """How a file of that kind reaches the customer; None: not at all, or not through this process."""
        channel = self._channel(conversation)
        return channel.takes(kind) if channel is not None else None

    def text_limit(self, conversation: Conversation) -> TextLimit | None:
        """How much of a text to the customer goes into one message; None: all of it, or nobody here knows."""
        channel = self._channel(conversation)
        return channel.text_limit if channel is not None else None

    def typing(self, conversation: Conversation) -> None:
        """Show the customer that a person writes, where the channel has a sign for it."""
        if (channel := self._channel(conversation)) is not None:
            place = Address(conversation.channel, conversation.account, conversation.peer)
            task = asyncio.create_task(channel.typing(place), name="voice.typing")
            self._typing.add(task)
            task.add_done_callback(self._typing.discard)

    def _channel(self, conversation: Conversation) -> Channel | None:
        place = (conversation.channel, conversation.account)
        return next((one for one in self._channels if (one.name, one.account) == place), None)

    def sent(self) -> None:
        """Wake the postman for every account, and who else carries what was written."""
        self._also()
        if self._postman is not None:
            for channel in self._channels:
                self._postman.wake(channel.name, channel.account)


class Telling:
    """Sends a word past the outbox, once, without a promise that it arrives."""

    def __init__(self, channels: Iterable[Channel]) -> None:
        self._channels = {(channel.name, channel.account): channel for channel in channels}
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, delivery: Delivery) -> None:
        task = asyncio.create_task(self._send(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, delivery: Delivery) -> None:
        channel = self._channels.get((delivery.address.channel, delivery.address.account))
        if channel is None:
            return
        try:
            await channel.send(delivery)
        except DeliveryProblem:
            return
