"""Photos, documents and voice messages that members put in a topic, on their way to the customer."""

from __future__ import annotations

from typing import Any

import structlog

from bot.channels.protocol import DeliveryProblem, MediaGone
from bot.channels.telegram import files
from bot.channels.telegram.api import BotApi
from bot.channels.telegram.contents import LARGEST, content_of
from bot.console.acting import BadText, Sending
from bot.console.means import Means
from bot.console.replying import enclosing
from bot.messages import Attachment

log = structlog.get_logger(__name__)

CARRIED = ("photo", "document", "voice")
SPOKEN = "voice.ogg"
"""What a voice message is called where it arrives as a file."""


def carried(message: dict[str, Any]) -> Attachment | None:
    """The file in a member's message; None where it holds something that is not sent on. Raises Malformed."""
    for one in content_of(message, {}).get("attachments", ()):
        if one.kind in CARRIED:
            return one
    return None


async def enclosed(means: Means, api: BotApi, found: Attachment) -> Sending:
    """The file, fetched and kept on disk; raises BadText for one that is not sent or cannot be had."""
    content = await _fetched(api, found)
    spoken = found.kind == "voice"
    kind = enclosing.checked(means.settings.console, content, spoken)
    return await enclosing.enclosed(means, content, kind, SPOKEN if spoken else found.name)


async def _fetched(api: BotApi, found: Attachment) -> bytes:
    if (found.size or 0) > LARGEST:
        raise BadText("too_large_here")
    content = bytearray()
    try:
        async for chunk in files.fetch(api, found):
            content += chunk
            if len(content) > LARGEST:
                raise BadText("too_large_here")
    except (DeliveryProblem, MediaGone) as problem:
        log.warning("telegram_desk.not_fetched", reason=str(problem))
        raise BadText("not_fetched") from None
    return bytes(content)
