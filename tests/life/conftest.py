"""Orders to move: in a store of each kind, and in memory."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from handlers.testing import MemoryTx
from storage import Store, Tx
from storage.orders import Order
from tests.conftest import NOON

Opened = Callable[..., Order]


def open_order(tx: Tx | MemoryTx, key: str = "k", kind: str = "fault", **fields: str) -> Order:
    """A new order of a customer called by the key, in the store or in memory."""
    if isinstance(tx, MemoryTx):
        conversation = tx.conversation(NOON)
    else:
        conversation = tx.conversations.enter("rest", "rest", key, NOON)
    return tx.orders.open(
        request_key=key, kind=kind, customer_id=conversation.customer_id, conversation_id=conversation.id,
        fields=fields, local_day="20260302", now=NOON,
    )  # fmt: skip


@pytest.fixture
def opened(store: Store) -> Opened:
    """Opens an order in the store."""
    return lambda key="k", **values: store.run(lambda tx: open_order(tx, key, **values))
