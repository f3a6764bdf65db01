"""The desk speaking of its own accord: by the clock, or outside the outbox when the database is away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime

from bot.channels.protocol import Channel, DeliveryProblem
from bot.dialogue import Dialogue
from bot.messages import Delivery
from bot.postman import Postman
from bot.turns import remember_choices, say
from storage import Tx
from storage.conversations import Conversation


class DeskVoice:
    """How scheduled jobs speak (see `scheduler.Voice`)."""

    def __init__(self, dialogue: Dialogue, postman: Postman, channels: Iterable[Channel]) -> None:
        self._dialogue = dialogue
        self._postman = postman
        self._channels = list(channels)

    def say(self, tx: Tx, conversation: Conversation, response: str, now: datetime) -> None:
        """Write the named response to the customer and its outbox row."""
        reply = self._dialogue.say(response, conversation.language or self._dialogue.language)
        remember_choices(conversation, (say(tx, conversation, reply, now),))

    def abandon(self, conversation: Conversation) -> None:
        """Forget the form the conversation is in."""
        conversation.state = self._dialogue.abandon(conversation.state)
        conversation.choices = None

    def sent(self) -> None:
        """Wake the postman for every account."""
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
