"""The same scripts through every channel and database, with equal outcomes (A1, A2, C10)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.dialogue import wording
from storage import Tx
from storage.conversations import Conversation
from storage.schema import messages, outbox
from tests.contract.drivers import DRIVERS, Driver, RestDriver, TelegramDriver
from tests.contract.expected import Expected, expected, order_of, representative
from tests.contract.running import Running, running
from tests.dialogue.players import Mind
from tests.dialogue.scripts import load

AT_ONCE = 8
PATIENCE_SECONDS = 20.0
_CHANGING = re.compile(r"SR-\d{12}|\d{1,2}:\d\d")
THOROUGH = (RestDriver, TelegramDriver)


@pytest.fixture(scope="module")
def first_variation() -> Iterator[None]:
    """Which variation of a response is said depends on the conversation's number; here it is the first."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(wording, "crc32", lambda seed: 0)
        yield


@pytest.fixture(scope="module")
def played(mind: Mind, first_variation: None) -> list[Expected]:
    """Every script, played on the engine alone."""
    return [expected(mind, script) for script in load()]


def plays(driver: type[Driver], sqlite: bool, played: list[Expected]) -> list[Expected]:
    """The scripts of a channel on a kind of database; the rule is told in tests/conversations/README.md."""
    playable = [one for one in played if one.kinds <= driver.kinds]
    return playable if sqlite and driver in THOROUGH else representative(playable)


def test_every_script_reaches_a_channel(played: list[Expected]) -> None:
    """A script is played through a channel of a platform, and through REST too where it is only words."""
    native = {one.script.name for one in plays(TelegramDriver, True, played)}
    rest = {one.script.name for one in plays(RestDriver, True, played)}
    assert native == {one.script.name for one in played}
    assert rest == {one.script.name for one in played if one.kinds == {"text"}}


@pytest.mark.parametrize("sqlite", [True, False])
@pytest.mark.parametrize("driver", DRIVERS, ids=[d.channel for d in DRIVERS])
def test_every_form_passes_every_channel(driver: type[Driver], sqlite: bool, played: list[Expected]) -> None:
    """Whatever can be sent and shown on a channel is, on either kind of database."""
    chosen = plays(driver, sqlite, played)
    shown = {form for one in chosen for form in one.forms}
    assert shown == {form for one in played if one.kinds <= driver.kinds for form in one.forms}
    forms = ("a tap", "2 bubbles", "long text", "lines", "few buttons", "many buttons")
    assert shown >= {f"{tongue}: {form}" for tongue in ("zh", "en") for form in forms}
    assert {"zh: a number", "owner human", "fault order, urgent", "complaint order, normal"} <= shown


@pytest.mark.parametrize("driver", DRIVERS, ids=[d.channel for d in DRIVERS])
async def test_channel(
    driver: type[Driver], database_url: str, tmp_path: Path, model_dir: Path, played: list[Expected]
) -> None:
    """Each script shows the customer what the engine says, and leaves the same orders behind."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(desk: Running, number: int, script: Expected) -> str | None:
        async with gate:
            return await _played(driver(desk, f"customer-{number}", tmp_path), script)

    chosen = plays(driver, database_url.startswith("sqlite"), played)
    async with running(database_url, tmp_path / "data", model_dir) as desk:
        wrong = await asyncio.gather(*(one(desk, n, s) for n, s in enumerate(chosen)))
    assert not [problem for problem in wrong if problem]


async def _played(customer: Driver, script: Expected) -> str | None:
    """What differs between the channel and the engine in this script, or None."""
    await customer.enter()
    for count, step in enumerate(script.steps, 1):
        before = await customer.shown()
        if step.tapped is not None:
            await customer.tap(step.turn.user, step.tapped)
        else:
            await customer.send(step.turn.user, step.turn.kind)
        await _settled(customer, count)
        shown = (await customer.shown()).removeprefix(before)
        if problem := _difference(step.texts, shown):
            return f"{script.script.name}, after {step.turn.user!r}: {problem}"
    return await customer.desk.app.store.read(lambda tx: _outcome_differs(tx, customer, script))


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


def _difference(texts: Sequence[str], shown: str) -> str | None:
    if not texts:
        return f"expected silence, got {shown!r}" if _plain(shown) and "▸" in shown else None
    for text in texts:
        if _plain(text) not in _plain(shown):
            return f"expected {text!r} in {shown!r}"
    return None


def _plain(text: str) -> str:
    """The text without spaces and without what depends on the minute."""
    return re.sub(r"\s+", "", _CHANGING.sub("", text))


def _outcome_differs(tx: Tx, customer: Driver, script: Expected) -> str | None:
    conversation = _conversation(tx, customer)
    assert conversation is not None
    found = [order_of(order) for order in reversed(tx.orders.of_customer(conversation.customer_id))]
    if found != script.orders:
        return f"{script.script.name}: orders {found} instead of {script.orders}"
    left = (conversation.owner, conversation.state["loop"])
    if left != script.left:
        return f"{script.script.name}: owner and form {left} instead of {script.left}"
    return None
