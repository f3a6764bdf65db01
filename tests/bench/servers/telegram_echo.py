"""The yardstick: an echo bot as python-telegram-bot's custom webhook example builds one.

`BENCH_CLIENT` chooses its HTTP client: `httpx`, the library's default, or `aiohttp`, the desk's own
`BaseRequest`.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Bot, Update
from telegram.request import BaseRequest, HTTPXRequest

from bot.channels.telegram.request import AiohttpRequest
from tests.bench.servers.serving import serve

TOKEN = "123456:echo"


def echo_bot(api_base: str, client: str) -> Starlette:
    """The echo bot: every text comes back before the webhook is answered."""
    request: BaseRequest = HTTPXRequest() if client == "httpx" else AiohttpRequest()
    bot = Bot(TOKEN, f"{api_base}/bot", f"{api_base}/file/bot", request=request)

    async def webhook(incoming: Request) -> Response:
        update = Update.de_json(await incoming.json(), bot)
        message = update.message
        assert message is not None
        assert message.text is not None
        await bot.send_message(message.chat_id, message.text)
        return Response()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await request.initialize()
        yield
        await request.shutdown()

    return Starlette(routes=[Route("/webhooks/telegram", webhook, methods=["POST"])], lifespan=lifespan)


if __name__ == "__main__":
    serve(echo_bot(os.environ["BENCH_API_BASE"], os.environ["BENCH_CLIENT"]))
