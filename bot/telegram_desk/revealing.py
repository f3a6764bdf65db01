"""What the topics mask, told to the one agent who needs it, on record: an alert that nobody else sees."""

from __future__ import annotations

from datetime import datetime

from bot.console.masking import REVEALED, numbers_in
from bot.console.means import Doer
from storage import Tx
from storage.desk_topics import Topic

LOOKED_AT = 100
"""The customer's last messages in which numbers are looked for."""


def personal(tx: Tx, doer: Doer, topic: Topic, now: datetime) -> str | None:
    """The customer's telephone, address and numbers they wrote; None for who has nothing to do with them."""
    found = tx.conversations.get(topic.conversation_id)
    if not doer.user.rules and (found.owner, found.agent_id) != ("agent", doer.user.id):
        return None
    customer = tx.customers.get(found.customer_id)
    said = tx.messages.of_conversation(found.id, before=found.last_seq + 1, limit=LOOKED_AT)
    written = [n for one in said if one.author == "customer" for n in numbers_in(one.body.get("text") or "")]
    tx.audit.note(REVEALED, doer.user.id, now, about=f"customer:{customer.id}", address=doer.address)
    told = dict.fromkeys(filter(None, (customer.phone, customer.address, *reversed(written))))
    return "\n".join(told)
