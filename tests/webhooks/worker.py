"""A process that delivers webhooks until it is killed: DATABASE URL SECRET."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from random import Random

from bot.webhooks.courier import Courier
from handlers.webhooks.settings import Receiver, WebhookSettings
from storage import open_store


async def main(database: str, url: str, secret: str) -> None:
    """Deliver for ever."""
    receiver = Receiver.model_validate({"name": "crm", "url": url, "secret": secret})
    courier = Courier(
        open_store(database), WebhookSettings(receivers=(receiver,)), lambda: datetime.now(UTC), Random()
    )
    courier.start()
    await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
