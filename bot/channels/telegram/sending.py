"""Replies on their way to Telegram.

There is no idempotent send: a request that went out and was not answered may have been delivered, and is
reported as such instead of being repeated. A reply of several messages remembers how far it came, so that
a retry goes on from there; only a restart in that gap repeats the first of them.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import structlog
from telegram.error import BadRequest, TelegramError

from bot.channels.protocol import DeliveryProblem, Pictures, Refused, TryLater, Unreachable
from bot.channels.telegram.api import BotApi
from bot.channels.telegram.parts import Part, parts_of, picture
from bot.channels.telegram.problems import problem_of
from bot.channels.telegram.request import File
from bot.messages import Address, Delivery, absolute
from storage import StoreProblem

log = structlog.get_logger(__name__)

Sleep = Callable[[float], Awaitable[None]]
REMEMBERED = 1000
TYPING_SECONDS = 3.0
MEDIA = ("sendPhoto", "sendDocument", "sendVoice")


class Sender:
    """Sends the replies of one bot; `interval` seconds lie between two messages of one reply."""

    def __init__(
        self,
        api: BotApi,
        interval: float,
        public_url: str | None = None,
        sleep: Sleep = asyncio.sleep,
        articles: Path | None = None,
        pictures: Pictures | None = None,
    ) -> None:
        self._api = api
        self._interval = interval
        self._public_url = public_url
        self._sleep = sleep
        self._articles = articles
        self._pictures = pictures
        self._progress: OrderedDict[str, int] = OrderedDict()

    async def send(self, delivery: Delivery) -> str | None:
        """Deliver one reply; returns the last message's number. Raises a DeliveryProblem."""
        try:
            return await self._send(delivery, await self._parts(delivery))
        except TelegramError as error:
            raise problem_of(error) from None

    async def typing(self, address: Address) -> None:
        """Show "typing…" in the chat; failures do not matter."""
        try:
            parameters = {"chat_id": _chat(address), "action": "typing"}
            await self._api.call("sendChatAction", parameters, timeout=TYPING_SECONDS)
        except (TelegramError, DeliveryProblem):
            pass

    async def _parts(self, delivery: Delivery) -> list[Part]:
        image = await self._image(delivery.reply.image) if delivery.reply.image else None
        if delivery.reply.image and image is None:
            log.warning("telegram.image_missing", delivery=delivery.id)
        file = await self._ours(delivery.reply.file.address) if delivery.reply.file else None
        if delivery.reply.file and file is None:
            raise Refused("the file is no longer there")
        parts = parts_of(delivery, _chat(delivery.address), image, file)
        if not parts:
            raise Refused("the reply has no words, no picture and no file")
        return parts

    async def _image(self, address: str) -> str | File | None:
        """What Telegram is given for a picture's address: a file of ours, or where it can be fetched."""
        if (drawn := await self._ours(address)) is not None:
            return drawn
        return await asyncio.to_thread(picture, address, self._public_url, self._articles)

    async def _ours(self, address: str) -> File | None:
        try:
            found = await self._pictures(address) if self._pictures else None
        except StoreProblem as problem:
            raise TryLater(f"no picture: {problem}") from None
        return (found.name, found.content, found.mime) if found is not None else None

    async def _send(self, delivery: Delivery, parts: list[Part]) -> str | None:
        sent = self._progress.get(delivery.key, 0)
        last: str | None = None
        for index, part in enumerate(parts[sent:], start=sent):
            if index > sent:
                await self._sleep(self._interval)
            try:
                result = await self._api.call(part.method, part.parameters, part.files)
            except BadRequest as error:
                if part.method not in MEDIA or not isinstance(problem_of(error), Refused):
                    raise
                log.warning("telegram.media_refused", delivery=delivery.id, reason=error.message)
                return await self._send(delivery, await self._parts(self._in_words(delivery)))
            last = _message_id(result)
            if index + 1 < len(parts):
                self._remember(delivery.key, index + 1)
        self._progress.pop(delivery.key, None)
        return last

    def _in_words(self, delivery: Delivery) -> Delivery:
        """The same reply in words: the customer gets the address of what Telegram would not take."""
        reply = delivery.reply
        named = [reply.image, reply.file.address if reply.file else None]
        addresses = (absolute(one, self._public_url) for one in named if one)
        text = "\n\n".join(filter(None, (reply.text, *addresses)))
        return replace(delivery, reply=replace(reply, text=text, image=None, file=None))

    def _remember(self, key: str, sent: int) -> None:
        self._progress[key] = sent
        self._progress.move_to_end(key)
        while len(self._progress) > REMEMBERED:
            self._progress.popitem(last=False)


def _chat(address: Address) -> int:
    try:
        return int(address.peer)
    except ValueError:
        raise Unreachable("the peer is not a Telegram chat") from None


def _message_id(result: object) -> str | None:
    number = result.get("message_id") if isinstance(result, dict) else None
    return str(number) if isinstance(number, int) else None
