"""Somebody with chats on several channels, by the repositories alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from handlers.desk import Desk, Terms
from handlers.identities import joining
from storage import Tx
from storage.conversations import Conversation
from storage.orders import Order
from tests.conftest import NOON


def chat(tx: Tx, channel: str, peer: str = "p1", at: datetime = NOON) -> Conversation:
    """A conversation with a customer of its own."""
    return tx.conversations.enter(channel, channel, peer, at)


def order(tx: Tx, room: Conversation, at: datetime = NOON, key: str = "", **fields: Any) -> Order:
    """An order opened in that chat."""
    current = tx.conversations.get(room.id)
    desk = Desk(tx, current, None, Terms(), at, f"m{room.id}{key}")  # type: ignore[arg-type]
    told = {"product": "refrigerator", "model": f"BCD-{room.id}", "phone": "+8613800138000", **fields}
    return desk.open_order("fault", told)


def owner(tx: Tx, room: Conversation) -> int:
    """Whose the conversation is now."""
    return tx.conversations.get(room.id).customer_id


def join(tx: Tx, one: Conversation, other: Conversation, at: datetime = NOON) -> joining.Joined | None:
    """Join the customers of two chats."""
    return joining.join(tx, owner(tx, one), owner(tx, other), "code", "customer", "", at)
