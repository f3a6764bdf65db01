"""When people answered customers who waited for them, and who got no answer; read for the response times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select

from storage.schema import handovers, messages

if TYPE_CHECKING:
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's first message to a customer who waited; `user_id` None: somebody of a platform's own desk.

    `first`: it was the first that the customer heard from a person since they were handed over.
    """

    channel: str
    user_id: int | None
    waited_since: datetime
    at: datetime
    first: bool


def answers(tx: Tx, since: datetime, until: datetime) -> list[Answer]:
    """Those given in that time; what was taken back before it left is none."""
    began = and_(
        handovers.c.conversation_id == messages.c.conversation_id,
        handovers.c.answered_at == messages.c.created_at,
    )
    found = select(
        messages.c.channel, messages.c.user_id, messages.c.waited_since, messages.c.sent_at,
        handovers.c.id.is_not(None),
    )  # fmt: skip
    found = found.outerjoin(handovers, began).where(
        messages.c.waited_since.is_not(None), messages.c.sent_at >= since, messages.c.sent_at < until
    )
    return [Answer(*tuple(row)) for row in tx.execute(found)]


def unanswered(tx: Tx, since: datetime, until: datetime) -> int:
    """How many hand-overs ended then without a word from a person; not those an agent took unasked."""
    counted = select(func.count()).select_from(handovers)
    counted = counted.where(handovers.c.ended_at >= since, handovers.c.ended_at < until)
    counted = counted.where(handovers.c.answered_at.is_(None), handovers.c.reason != "take")
    return int(tx.execute(counted).scalar_one())
