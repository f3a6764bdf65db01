"""What every play through a channel needs: whose conversation it is, when all is delivered, plain texts."""

from __future__ import annotations

import asyncio
import re

from sqlalchemy import func, select

from storage import Tx
from storage.conversations import Conversation
from storage.schema import messages, outbox
from tests.contract.drivers import Driver

PATIENCE_SECONDS = 20.0
_CHANGING = re.compile(r"SR-\d{12}|\d{1,2}:\d\d")


def conversation_of(tx: Tx, customer: Driver) -> Conversation | None:
    """The customer's conversation on their channel, or None."""
    account = next(
        (c.account for c in customer.desk.app.channels if c.name == customer.channel), customer.channel
    )
    return tx.conversations.find(customer.channel, account, customer.peer)


async def settled(customer: Driver, count: int, delivered: bool = True) -> None:
    """Wait until the desk has taken `count` messages of the customer and `delivered` all that it said."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await customer.desk.app.store.read(  # noqa: ASYNC110 - the store tells nobody
            lambda tx: _settled(tx, customer, count, delivered)
        ):
            await asyncio.sleep(0.02)


def _settled(tx: Tx, customer: Driver, count: int, delivered: bool) -> bool:
    conversation = conversation_of(tx, customer)
    if conversation is None:
        return False
    taken = select(func.count()).where(
        messages.c.conversation_id == conversation.id, messages.c.author == "customer"
    )
    waiting = select(func.count()).where(
        outbox.c.conversation_id == conversation.id, outbox.c.state.in_(("pending", "sending"))
    )
    if tx.execute(taken).scalar_one() < count:
        return False
    return not delivered or tx.execute(waiting).scalar_one() == 0


def plain(text: str) -> str:
    """The text without spaces and without what depends on the minute."""
    return re.sub(r"\s+", "", _CHANGING.sub("", text))
