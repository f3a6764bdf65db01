"""What the topics mask, told to the one agent who needs it, on record: an alert that nobody else sees."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.console.acting import as_now
from bot.console.masking import REVEALED, numbers_in
from bot.console.means import Doer
from storage import Tx
from storage.desk_topics import Topic
from storage.messages import Message

LOOKED_AT = 100
"""The last messages in which the customer's numbers are looked for."""


def personal(tx: Tx, doer: Doer, topic: Topic, limit: int, now: datetime) -> str | None:
    """The customer's telephone, address and numbers they wrote, the newest first, as many as have room.

    None for who has nothing to do with them; raises NotMoved for who works here no more.
    """
    user = as_now(tx, doer)
    found = tx.conversations.get(topic.conversation_id)
    if not user.rules and (found.owner, found.agent_id) != ("agent", user.id):
        return None
    customer = tx.customers.get(found.customer_id)
    said = tx.messages.of_conversation(found.id, before=found.last_seq + 1, limit=LOOKED_AT)
    written = [number for one in reversed(said) if one.author == "customer" for number in _numbers(one)]
    told = ""
    for one in dict.fromkeys(filter(None, (customer.phone, customer.address, *written))):
        if len(told) + len(one) + 1 <= limit:
            told = f"{told}\n{one}".strip()
    if told:
        tx.audit.note(REVEALED, user.id, now, about=f"customer:{customer.id}", address=doer.address)
    return told


def _numbers(message: Message) -> Iterator[str]:
    yield from numbers_in(message.body.get("text") or "")
    if phone := (message.body.get("contact") or {}).get("phone"):
        yield phone
