"""One access token for all processes: early, shared, single-flight, never thrashed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bot.channels.protocol import TryLater
from bot.channels.wechat import MemoryShelf
from bot.channels.wechat.tokens import AccessTokens
from bot.messages import Reply

Make = Callable[..., Any]


async def two_processes(make_rig: Make) -> tuple[Any, Any]:
    """Two channels of one account with one shelf, and the platform they talk to."""
    shelf = MemoryShelf()
    one = await make_rig(served=True, shelf=shelf)
    other = await make_rig(shelf=shelf, simulator=one.simulator, base=one.base)
    for rig in (one, other):
        rig.wrote(one.customer())
    return one, other


async def test_two_processes_share_one_token(make_rig: Make) -> None:
    one, other = await two_processes(make_rig)
    for rig in (one, other, one, other):
        rig.wrote(one.customer())
        await rig.channel.send(rig.delivery(one.customer(), Reply("一")))
    assert one.simulator.calls["stable_token"] == 1


async def test_an_expired_token_is_replaced_once_for_both(make_rig: Make) -> None:
    """42001: refresh once, no thrash between processes."""
    one, other = await two_processes(make_rig)
    for rig in (one, other):
        await rig.channel.send(rig.delivery(one.customer(), Reply("一")))
    one.simulator.tokens.expire()
    for rig in (one, other, one, other):
        rig.wrote(one.customer())
        await rig.channel.send(rig.delivery(one.customer(), Reply("二"), 3))
    assert one.simulator.calls["stable_token"] == 2
    assert one.simulator.tokens.handed_out == 2


async def test_the_token_is_fetched_before_it_ends(make_rig: Make, clock: Any) -> None:
    rig = await make_rig(served=True)
    customer = rig.customer()
    rig.wrote(customer)
    await rig.channel.send(rig.delivery(customer, Reply("一")))
    clock.forward(seconds=7200 - 299)
    rig.wrote(customer)
    await rig.channel.send(rig.delivery(customer, Reply("二"), 3))
    assert rig.simulator.tokens.handed_out == 2
    assert rig.simulator.calls["message/custom/send"] == 2, "a refused token was used"


async def test_a_token_only_wechat_dislikes_is_forced_once(make_rig: Make) -> None:
    """40001 although the plain call names the same token: force_refresh."""
    rig = await make_rig(served=True)
    customer = rig.customer()
    rig.wrote(customer)
    await rig.channel.send(rig.delivery(customer, Reply("一")))
    rig.simulator.tokens.revoke()
    await rig.channel.send(rig.delivery(customer, Reply("二"), 3))
    assert [b.text for b in customer.transcript] == ["一", "二"]
    assert rig.simulator.calls["stable_token"] == 3


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_token_refused_again_and_again_is_not_chased(make_rig: Make, code: int) -> None:
    """Refresh once, never recurse."""
    rig = await make_rig(served=True)
    rig.wrote(rig.customer())
    rig.simulator.faults.answer_code(code, times=100)
    with pytest.raises(TryLater) as caught:
        await rig.channel.send(rig.delivery(rig.customer(), Reply("一")))
    assert caught.value.account_wide
    assert rig.simulator.calls["message/custom/send"] == 2
    assert rig.simulator.calls["stable_token"] <= 3


async def test_forcing_keeps_30_seconds_apart_across_processes(make_rig: Make, clock: Any) -> None:
    one, other = await two_processes(make_rig)
    await one.channel.send(one.delivery(one.customer(), Reply("一")))
    one.simulator.tokens.revoke()
    await one.channel.send(one.delivery(one.customer(), Reply("二"), 3))
    calls = one.simulator.calls["stable_token"]
    one.simulator.tokens.revoke()
    with pytest.raises(TryLater) as caught:
        await other.channel.send(other.delivery(one.customer(), Reply("三"), 4))
    assert caught.value.after == 30.0
    assert one.simulator.calls["stable_token"] == calls + 1, "only the plain call"
    clock.forward(seconds=31)
    await other.channel.send(other.delivery(one.customer(), Reply("三"), 4))


class Source:
    """A token service under the test's control."""

    def __init__(self) -> None:
        self.asked: list[bool] = []
        self.number = 0
        self.renews = True

    async def fetch(self, force: bool) -> tuple[str, float]:
        self.asked.append(force)
        await asyncio.sleep(0)
        if force or self.renews:
            self.number += 1
        return f"t{self.number}", 7200.0


async def test_many_tasks_fetch_one_token(clock: Any) -> None:
    """Single flight."""
    source = Source()
    tokens = AccessTokens(source.fetch, MemoryShelf(), clock)
    assert set(await asyncio.gather(*(tokens.current() for _ in range(50)))) == {"t1"}
    assert set(await asyncio.gather(*(tokens.replace("t1") for _ in range(50)))) == {"t2"}
    assert source.asked == [False, False]


async def test_forcing_is_limited_to_20_a_day(clock: Any) -> None:
    source = Source()
    tokens = AccessTokens(source.fetch, MemoryShelf(), clock)
    source.number = 1
    source.renews = False
    token = await tokens.current()
    for _ in range(20):
        token = await tokens.replace(token)
        clock.forward(minutes=1)
    with pytest.raises(TryLater, match="used up"):
        await tokens.replace(token)
    assert source.asked.count(True) == 20
    clock.forward(days=1)
    assert await tokens.replace(token) != token


async def test_a_short_lived_token_is_used_at_all(clock: Any) -> None:
    """A platform whose tokens live for seconds does not make us fetch one for every call."""
    source = Source()

    async def short(force: bool) -> tuple[str, float]:
        return (await source.fetch(force))[0], 60.0

    tokens = AccessTokens(short, MemoryShelf(), clock)
    assert await tokens.current() == await tokens.current()
    clock.forward(seconds=55)
    assert await tokens.current() == "t2"


@pytest.mark.parametrize(
    ("code", "words"), [(40125, "app_secret"), (40013, "app_id"), (40164, "whitelist"), (-1, "busy")]
)
async def test_no_token_is_tried_later_with_the_reason(make_rig: Make, code: int, words: str) -> None:
    rig = await make_rig(served=True)
    rig.wrote(rig.customer())
    rig.simulator.faults.answer_code(code, "stable_token")
    with pytest.raises(TryLater, match=words):
        await rig.channel.send(rig.delivery(rig.customer(), Reply("一")))
    assert rig.customer().transcript == []


async def test_a_token_service_that_hangs_is_tried_later(make_rig: Make) -> None:
    """Nothing can have reached the customer, so the outcome is not unknown."""
    rig = await make_rig(served=True, api_seconds=0.2)
    rig.wrote(rig.customer())
    rig.simulator.faults.drop_request("stable_token")
    with pytest.raises(TryLater, match="no access token"):
        await rig.channel.send(rig.delivery(rig.customer(), Reply("一")))
