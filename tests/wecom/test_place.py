"""The place in WeCom's log, on both databases: kept, shared, given up by who dies (I2, I4)."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.channels.wecom.place import LEASE_SECONDS, Place
from storage import Store


async def test_one_process_reads_and_the_next_goes_on_there(store: Store, clock: Any) -> None:
    """I4: the other is kept out until the log's end is reached, then reads on from the moved cursor."""
    one, other = (Place(store, "wecom", "wk1", name, clock) for name in ("one", "other"))
    assert await one.enter() == ""
    assert await other.enter() is None
    assert await one.advance("c1", more=True)
    assert await other.enter() is None
    assert await one.advance("c2", more=False)
    assert await other.enter() == "c2"
    await other.leave()
    assert await Place(store, "wecom", "wk2", "one", clock).enter() == ""


async def test_who_is_silent_loses_the_place_and_cannot_set_it_back(store: Store, clock: Any) -> None:
    """I2: a reader that hung is overtaken; its late page does not move the cursor."""
    one, other = (Place(store, "wecom", "wk1", name, clock) for name in ("one", "other"))
    assert await one.enter() == ""
    clock.forward(seconds=LEASE_SECONDS + 1)
    assert await other.enter() == ""
    assert await other.advance("c5", more=True)
    assert not await one.advance("c1", more=False)
    await one.leave()
    assert await other.advance("c6", more=False)
    assert await one.enter() == "c6"


async def test_many_at_once_are_one(store: Store, clock: Any) -> None:
    """I4"""
    places = [Place(store, "wecom", "wk1", f"p{n}", clock) for n in range(8)]
    entered = await asyncio.gather(*(place.enter() for place in places))
    assert entered.count("") == 1
    assert entered.count(None) == 7
