"""The reply window and the access token in the real store, on both databases (F6, I4)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from bot.channels.wechat import StoredLedger, TokenShelfInStore
from bot.messages import Address
from storage import Store
from storage.tokens import AccessToken
from storage.windows import ReplyWindow

PLACE = Address("wechat", "wx1", "openid")


async def opened(store: Store, clock: Any, messages: int = 5) -> StoredLedger:
    def open_window(tx: Any) -> None:
        conversation = tx.conversations.enter(PLACE.channel, PLACE.account, PLACE.peer, clock())
        window = ReplyWindow(clock(), clock() + timedelta(hours=48), messages)
        tx.windows.open(conversation.id, window)

    await store.transact(open_window)
    return StoredLedger(store)


async def test_the_quota_is_spent_and_given_back(store: Store, clock: Any) -> None:
    ledger = await opened(store, clock)
    assert await ledger.take(PLACE, 4, clock())
    assert not await ledger.take(PLACE, 2, clock())
    await ledger.give_back(PLACE, 1)
    assert await ledger.take(PLACE, 2, clock())
    assert not await ledger.take(PLACE, 1, clock())


async def test_two_processes_cannot_overspend(store: Store, clock: Any) -> None:
    ledger = await opened(store, clock)
    taken = await asyncio.gather(*(StoredLedger(store).take(PLACE, 1, clock()) for _ in range(20)))
    assert taken.count(True) == 5
    await ledger.close(PLACE)


async def test_a_window_ends(store: Store, clock: Any) -> None:
    ledger = await opened(store, clock)
    clock.forward(hours=48, seconds=1)
    assert not await ledger.take(PLACE, 1, clock())


async def test_a_window_the_platform_closed_stays_closed(store: Store, clock: Any) -> None:
    ledger = await opened(store, clock)
    await ledger.close(PLACE)
    assert not await ledger.take(PLACE, 1, clock())


async def test_strangers_have_no_window(store: Store, clock: Any) -> None:
    ledger = StoredLedger(store)
    stranger = Address("wechat", "wx1", "stranger")
    assert not await ledger.take(stranger, 1, clock())
    await ledger.give_back(stranger, 1)
    await ledger.close(stranger)


async def test_a_token_put_by_one_is_seen_by_the_other(store: Store, clock: Any) -> None:
    token = AccessToken("t1", clock() + timedelta(hours=2), None)
    one, other = (TokenShelfInStore(store, "wechat", "wx1") for _ in range(2))
    assert await other.get() is None
    await one.put(token)
    assert await other.get() == token
    forced = AccessToken("t2", clock() + timedelta(hours=2), clock())
    await other.put(forced)
    assert await one.get() == forced
    assert await TokenShelfInStore(store, "wechat", "wx2").get() is None
