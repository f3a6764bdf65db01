"""The same scripts through every channel and database, with equal outcomes (A1, A2, C10)."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from storage import Tx
from storage.conversations import Conversation
from storage.schema import messages, outbox
from tests.conftest import NOON
from tests.contract.drivers import DRIVERS, Driver
from tests.contract.running import Running, running
from tests.dialogue.players import Mind, Player
from tests.dialogue.scripts import Script, load

SCRIPTS = load()
AT_ONCE = 8
PATIENCE_SECONDS = 20.0
_CHANGING = re.compile(
    r"SR-\d{12}|\d{1,2}:\d\d|今天|明天|today|tomorrow"
    r"|\d{4}年\d{1,2}月(?:\d{1,2}日)?|\d{1,2} [A-Z][a-z]{2} \d{4}"
    r"|(?:保修：|Warranty: ).*"
)
VOLATILE_FIELDS = ("since", "purchase_date", "warranty", "warranty_reasons")


@pytest.mark.parametrize("driver", DRIVERS, ids=[d.channel for d in DRIVERS])
async def test_channel(
    driver: type[Driver], database_url: str, tmp_path: Path, model_dir: Path, mind: Mind
) -> None:
    """Each script shows the customer what the engine says, and leaves the same orders behind."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(desk: Running, number: int, script: Script) -> str | None:
        async with gate:
            return await _played(driver(desk, f"customer-{number}", tmp_path), script, Player(mind, NOON))

    playable = [s for s in SCRIPTS if {turn.kind for turn in s.turns} <= driver.kinds]
    assert len(playable) >= 25
    if not database_url.startswith("sqlite"):
        playable = playable[::4]  # the channel is the same; what differs is the store
    async with running(database_url, tmp_path / "data", model_dir) as desk:
        wrong = await asyncio.gather(*(one(desk, n, s) for n, s in enumerate(playable)))
    assert not [problem for problem in wrong if problem]


async def _played(customer: Driver, script: Script, player: Player) -> str | None:
    """What differs between the channel and the engine in this script, or None."""
    await customer.enter()
    for count, turn in enumerate(script.turns, 1):
        offered = [b["title"] for b in (player.choices or {"buttons": []})["buttons"]]
        player.say(turn.user, turn.kind)
        before = await customer.shown()
        if turn.kind == "text" and turn.user in offered:
            await customer.tap(turn.user, offered.index(turn.user))
        else:
            await customer.send(turn.user, turn.kind)
        await _settled(customer, count)
        shown = (await customer.shown()).removeprefix(before)
        if problem := _difference(player.texts, shown):
            return f"{script.name}, after {turn.user!r}: {problem}"
    return await customer.desk.app.store.read(lambda tx: _outcome_differs(tx, customer, script, player))


async def _settled(customer: Driver, count: int) -> None:
    """Wait until the desk has taken `count` messages of the customer and delivered every answer."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await customer.desk.app.store.read(  # noqa: ASYNC110 - the store tells nobody
            lambda tx: _delivered(tx, customer, count)
        ):
            await asyncio.sleep(0.01)


def _delivered(tx: Tx, customer: Driver, count: int) -> bool:
    conversation = _conversation(tx, customer)
    if conversation is None:
        return False
    taken = select(func.count()).where(
        messages.c.conversation_id == conversation.id, messages.c.author == "customer"
    )
    waiting = select(func.count()).where(
        outbox.c.conversation_id == conversation.id, outbox.c.state.in_(("pending", "sending"))
    )
    return bool(tx.execute(taken).scalar_one() >= count and tx.execute(waiting).scalar_one() == 0)


def _conversation(tx: Tx, customer: Driver) -> Conversation | None:
    account = next(
        (c.account for c in customer.desk.app.channels if c.name == customer.channel), customer.channel
    )
    return tx.conversations.find(customer.channel, account, customer.peer)


def _difference(texts: list[str], shown: str) -> str | None:
    if not texts:
        return f"expected silence, got {shown!r}" if _plain(shown) and "▸" in shown else None
    for text in texts:
        if _plain(text) not in _plain(shown):
            return f"expected {text!r} in {shown!r}"
    return None


def _plain(text: str) -> str:
    """The text without spaces and without what depends on the day."""
    return re.sub(r"\s+", "", _CHANGING.sub("", text))


def _outcome_differs(tx: Tx, customer: Driver, script: Script, player: Player) -> str | None:
    conversation = _conversation(tx, customer)
    assert conversation is not None
    found = [_order(order) for order in reversed(tx.orders.of_customer(conversation.customer_id))]
    expected = [_order(order) for order in player.tx.orders.rows]
    if found != expected:
        return f"{script.name}: orders {found} instead of {expected}"
    ours = (conversation.owner, conversation.state["loop"])
    theirs = (player.conversation.owner, player.conversation.state["loop"])
    return None if ours == theirs else f"{script.name}: owner and form {ours} instead of {theirs}"


def _order(order: Any) -> dict[str, Any]:
    fields = {name: value for name, value in order.fields.items() if name not in VOLATILE_FIELDS}
    return {"kind": order.kind, "status": order.status, "priority": order.priority, "fields": fields}
