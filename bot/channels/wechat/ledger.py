"""What the desk's memory does for this channel: the reply window's quota and the shared token."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.messages import Address
from storage import Store, Tx
from storage.tokens import AccessToken
from storage.windows import ReplyWindow


class WindowLedger(Protocol):
    """How many customer-service messages each customer may still get, durably."""

    async def take(self, address: Address, messages: int, now: datetime) -> bool:
        """Spend so many; False, with nothing spent, when the window is closed or has not enough."""
        ...

    async def give_back(self, address: Address, messages: int) -> None:
        """Undo `take` for messages that certainly were not delivered."""
        ...

    async def close(self, address: Address) -> None:
        """The platform says that nothing more may be sent."""
        ...


class MemoryLedger:
    """A ledger for one process and for tests; `open` is what the turn does in the real one."""

    def __init__(self) -> None:
        self.windows: dict[Address, ReplyWindow] = {}

    def open(self, address: Address, window: ReplyWindow) -> None:
        """The customer has written."""
        self.windows[address] = window

    async def take(self, address: Address, messages: int, now: datetime) -> bool:
        """Spend so many of the window's messages."""
        window = self.windows.get(address)
        if window is None or window.until <= now or window.left < messages:
            return False
        self._set(address, window, window.left - messages)
        return True

    async def give_back(self, address: Address, messages: int) -> None:
        """Put back what was not used."""
        window = self.windows[address]
        self._set(address, window, window.left + messages)

    async def close(self, address: Address) -> None:
        """Nothing is left."""
        if window := self.windows.get(address):
            self._set(address, window, 0)

    def _set(self, address: Address, window: ReplyWindow, left: int) -> None:
        self.windows[address] = ReplyWindow(window.opened_at, window.until, left)


class StoredLedger:
    """The ledger in the store, where turns open the windows."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def take(self, address: Address, messages: int, now: datetime) -> bool:
        """Spend so many of the window's messages."""

        def spend(tx: Tx) -> bool:
            conversation_id = _conversation(tx, address)
            return conversation_id is not None and tx.windows.spend(conversation_id, messages, now)

        return await self._store.transact(spend)

    async def give_back(self, address: Address, messages: int) -> None:
        """Put back what was not used."""
        await self._store.transact(lambda tx: _correct(tx, address, messages))

    async def close(self, address: Address) -> None:
        """Nothing is left."""
        await self._store.transact(lambda tx: _correct(tx, address, None))


class TokenShelfInStore:
    """One account's access token in the store."""

    def __init__(self, store: Store, channel: str, account: str) -> None:
        self._store = store
        self._channel = channel
        self._account = account

    async def get(self) -> AccessToken | None:
        """The token put last by any process."""
        return await self._store.read(lambda tx: tx.tokens.get(self._channel, self._account))

    async def put(self, token: AccessToken) -> None:
        """Share a token with every process."""
        await self._store.transact(lambda tx: tx.tokens.put(self._channel, self._account, token))


def _conversation(tx: Tx, address: Address) -> int | None:
    found = tx.conversations.find(address.channel, address.account, address.peer)
    return found.id if found else None


def _correct(tx: Tx, address: Address, give_back: int | None) -> None:
    """Add to what is left, or set it to nothing for None."""
    conversation_id = _conversation(tx, address)
    if conversation_id is None:
        return
    tx.conversations.get(conversation_id, lock=True)
    window = tx.windows.get(conversation_id)
    if window is None:
        return
    left = 0 if give_back is None else window.left + give_back
    tx.windows.put(conversation_id, ReplyWindow(window.opened_at, window.until, left))
