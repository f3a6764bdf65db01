"""Trying a message again that did not arrive, or may not have: only because somebody asks for it."""

from __future__ import annotations

from bot.console import acting
from bot.console.acting import BadText
from bot.console.means import Doer, Means
from storage import Tx
from storage.conversations import Conversation

TRIED_AGAIN = ("unknown", "undeliverable")
"""What is parked leaves by itself when the customer writes; trying it before is of no use."""


async def send_again(means: Means, doer: Doer, conversation_id: int, seq: int) -> None:
    """Queue it again; raises BadText where there is nothing to try, NotMoved where it is not theirs."""
    now = means.clock()

    def work(tx: Tx) -> Conversation:
        row = tx.outbox.of_message(conversation_id, seq)
        if row is None:
            raise BadText("not_found")
        found = tx.conversations.get(conversation_id, lock=True)
        acting.theirs(found, doer)
        if row.state not in TRIED_AGAIN or not tx.outbox.retry(row.id, now):
            raise BadText("not_stuck")
        acting.noted(tx, doer, "send_again", found, now, seq=seq, before=row.state)
        return found

    found = await means.store.transact(work)
    means.wake(found.channel, found.account)
