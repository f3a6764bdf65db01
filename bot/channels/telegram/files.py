"""Files customers sent, fetched from Telegram by their file id."""

from __future__ import annotations

from collections.abc import AsyncIterator

from telegram.error import BadRequest, Forbidden, TelegramError

from bot.channels.protocol import DeliveryProblem, MediaGone, TryLater
from bot.channels.telegram.api import BotApi
from bot.channels.telegram.contents import LARGEST
from bot.channels.telegram.problems import problem_of
from bot.messages import Attachment


async def fetch(api: BotApi, attachment: Attachment) -> AsyncIterator[bytes]:
    """The file in chunks; raises MediaGone when Telegram will not hand it out, else TryLater."""
    if attachment.size is not None and attachment.size > LARGEST:
        raise MediaGone("larger than the 20 MB Telegram hands out")
    try:
        async for chunk in api.download(await _path(api, attachment.ref)):
            yield chunk
    except (BadRequest, Forbidden) as error:
        raise MediaGone(error.message) from None
    except TelegramError as error:
        problem = problem_of(error)
        raise problem if isinstance(problem, TryLater) else _later(problem) from None


async def _path(api: BotApi, file_id: str) -> str:
    """Where the file is for about an hour."""
    found = await api.call("getFile", {"file_id": file_id})
    path = found.get("file_path") if isinstance(found, dict) else None
    if not isinstance(path, str) or not path:
        raise MediaGone("Telegram has no path for the file")
    return path


def _later(problem: DeliveryProblem) -> TryLater:
    return TryLater(str(problem))  # reading twice does no harm
