"""Pictures and files of ours as WeChat and WeCom show them: uploaded first, then sent by their media id."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import Any

import structlog

from bot.channels.protocol import Pictures, Refused, TryLater
from bot.channels.wechat.api import WeChatApi
from bot.channels.wechat.problems import ApiProblem
from bot.messages import Delivery
from storage import StoreProblem

log = structlog.get_logger()

REMEMBERED = 1000


class Uploads:
    """Uploads a delivery's picture or file once; later tries send the same, or do without as the first did.

    `files`: the platform takes files too; without, they stay in the reply's words.
    """

    def __init__(self, api: WeChatApi, pictures: Pictures | None, files: bool = False) -> None:
        self._api = api
        self._pictures = pictures
        self._files = files
        self._media: OrderedDict[str, str | None] = OrderedDict()

    async def shown(self, delivery: Delivery) -> tuple[list[dict[str, Any]], Delivery]:
        """The message that shows it, none where there is none or it is refused; what is left for words."""
        reply = delivery.reply
        kind, address = "image", reply.image
        if self._files and reply.file is not None:
            kind, address = "file", reply.file.address
        if address is None or self._pictures is None:
            return [], delivery
        if delivery.key not in self._media:
            self._media[delivery.key] = await self._uploaded(delivery, kind, address, self._pictures)
            while len(self._media) > REMEMBERED:
                self._media.popitem(last=False)
        media_id = self._media[delivery.key]
        if not media_id:
            return [], delivery
        worded = replace(reply, image=None, file=None if kind == "file" else reply.file)
        return [{"msgtype": kind, kind: {"media_id": media_id}}], replace(delivery, reply=worded)

    def forget(self, delivery: Delivery) -> None:
        """The delivery is done."""
        self._media.pop(delivery.key, None)

    async def _uploaded(self, delivery: Delivery, kind: str, address: str, pictures: Pictures) -> str | None:
        try:
            found = await pictures(address)
            if found is None and kind == "file":
                raise Refused("the file is no longer there")
            return await self._api.upload(found, kind) if found else None
        except StoreProblem as problem:
            raise TryLater(f"no picture: {problem}") from None
        except ApiProblem as problem:
            log.warning("wechat.upload_refused", code=problem.code, outbox=delivery.id)
            return None
