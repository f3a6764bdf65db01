"""Pictures of ours as WeChat shows them: uploaded first, then sent by their media id."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import structlog

from bot.channels.protocol import Pictures, TryLater
from bot.channels.wechat.api import WeChatApi
from bot.channels.wechat.problems import ApiProblem
from bot.messages import Delivery
from storage import StoreProblem

log = structlog.get_logger()

REMEMBERED = 1000


class Uploads:
    """Uploads a delivery's picture once; its later tries send the same, or do without as the first did."""

    def __init__(self, api: WeChatApi, pictures: Pictures | None) -> None:
        self._api = api
        self._pictures = pictures
        self._media: OrderedDict[str, str | None] = OrderedDict()

    async def shown(self, delivery: Delivery) -> list[dict[str, Any]]:
        """The message that shows the picture; none where there is none of ours or WeChat refuses it."""
        address = delivery.reply.image
        if address is None or self._pictures is None:
            return []
        if delivery.key not in self._media:
            self._media[delivery.key] = await self._uploaded(delivery, address, self._pictures)
            while len(self._media) > REMEMBERED:
                self._media.popitem(last=False)
        media_id = self._media[delivery.key]
        return [{"msgtype": "image", "image": {"media_id": media_id}}] if media_id else []

    def forget(self, delivery: Delivery) -> None:
        """The delivery is done."""
        self._media.pop(delivery.key, None)

    async def _uploaded(self, delivery: Delivery, address: str, pictures: Pictures) -> str | None:
        try:
            picture = await pictures(address)
            return await self._api.upload(picture) if picture else None
        except StoreProblem as problem:
            raise TryLater(f"no picture: {problem}") from None
        except ApiProblem as problem:
            log.warning("wechat.picture_refused", code=problem.code, outbox=delivery.id)
            return None
