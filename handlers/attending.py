"""Who has a conversation: the bot or a person."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage import Tx
    from storage.conversations import Conversation


def give_to_person(tx: Tx, conversation: Conversation, now: datetime) -> None:
    """The bot is silent from the next message on."""
    if conversation.owner != "human":
        tx.reports.handed_over(conversation.id, now)
    conversation.owner = "human"


def give_to_bot(conversation: Conversation) -> None:
    """The bot answers again."""
    conversation.owner = "bot"
