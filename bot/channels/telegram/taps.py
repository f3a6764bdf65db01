"""After a press on an inline button: the query is answered and the choices are taken away."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any

from telegram.constants import CallbackQueryLimit
from telegram.error import TelegramError

from bot.channels.telegram.api import BotApi
from bot.channels.telegram.parts import TEXT_LIMIT
from bot.channels.telegram.splitting import utf16_length
from bot.channels.telegram.updates import Tap

SECONDS = 5.0
REMEMBERED = 2000
TOAST_LIMIT = int(CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH)


class Taps:
    """Answers presses in the background, so that no reply waits for it."""

    def __init__(self, api: BotApi) -> None:
        self._api = api
        self._tasks: set[asyncio.Task[None]] = set()
        self._settled: OrderedDict[tuple[int, int], None] = OrderedDict()

    def settle(self, tap: Tap) -> None:
        """Answer the query and show the choice in place of the buttons; failures do not matter."""
        for work in (self._answer(tap), self._show(tap)):
            task = asyncio.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def idle(self) -> None:
        """Wait until every press so far has been dealt with."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _answer(self, tap: Tap) -> None:
        parameters = {"callback_query_id": tap.query}
        if tap.title:
            parameters["text"] = f"✓ {tap.title}"[:TOAST_LIMIT]
        await self._try("answerCallbackQuery", parameters)

    async def _show(self, tap: Tap) -> None:
        # Without the pressed button the keyboard is gone already, or too old to be seen.
        if tap.chat is None or tap.message is None or tap.title is None:
            return
        if not self._first(tap.chat, tap.message):
            return
        message = {"chat_id": tap.chat, "message_id": tap.message}
        shown = f"{tap.text}\n\n✓ {tap.title}"
        if tap.text and utf16_length(shown) <= TEXT_LIMIT:
            options = {"link_preview_options": {"is_disabled": True}}
            if await self._try("editMessageText", {**message, "text": shown, **options}):
                return
        await self._try("editMessageReplyMarkup", {**message, "reply_markup": {"inline_keyboard": []}})

    def _first(self, chat: int, message: int) -> bool:
        """False for a second press before the buttons were gone: the first choice is the shown one."""
        if (chat, message) in self._settled:
            return False
        self._settled[chat, message] = None
        while len(self._settled) > REMEMBERED:
            self._settled.popitem(last=False)
        return True

    async def _try(self, method: str, parameters: dict[str, Any]) -> bool:
        try:
            await self._api.call(method, parameters, timeout=SECONDS)
        except TelegramError:
            return False
        return True
