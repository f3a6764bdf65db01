"""When customers wrote to people, and when people settled conversations; read for the heat maps."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import String, exists, literal_column, or_, select

from storage.schema import handovers, messages

if TYPE_CHECKING:
    from storage.transaction import Tx

_CUSTOMERS = messages.c.author == literal_column("'customer'", String)  # as the index has it


def written(tx: Tx, since: datetime, until: datetime) -> list[datetime]:
    """The moments at which a customer wrote while a person had the conversation, or was to have it."""
    handed = exists().where(
        handovers.c.conversation_id == messages.c.conversation_id,
        handovers.c.at <= messages.c.created_at,
        or_(handovers.c.ended_at.is_(None), messages.c.created_at < handovers.c.ended_at),
    )
    found = select(messages.c.created_at).where(_CUSTOMERS, handed)
    found = found.where(messages.c.created_at >= since, messages.c.created_at < until)
    return list(tx.execute(found).scalars())


def settled(tx: Tx, since: datetime, until: datetime) -> list[datetime]:
    """The moments at which people settled conversations; what was undone was not settled."""
    found = select(handovers.c.ended_at).where(handovers.c.outcome == "closed")
    found = found.where(handovers.c.ended_at >= since, handovers.c.ended_at < until)
    return list(tx.execute(found).scalars())
