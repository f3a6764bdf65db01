"""The same scripts through every channel and database, with equal outcomes (A1, A2, C10)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random, SystemRandom
from typing import Any, TypeVar

import pytest

from bot.dialogue import wording
from bot.dialogue.wording import Wording
from bot.messages import Reply
from storage import Tx
from tests.contract import staging
from tests.contract.drivers import DRIVERS, Driver, RestDriver, TelegramDriver, WeComDriver
from tests.contract.expected import Expected, expected, order_of, representative
from tests.contract.playing import conversation_of, plain, settled
from tests.contract.running import FromNoon, Running, running
from tests.contract.stage import SETTINGS, Stage
from tests.dialogue.players import Mind
from tests.dialogue.scripts import Script, load, staged

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("channels")]  # all scripts are played once before
AT_ONCE = 8
ONLY = os.environ.get("SCRIPTS", "")
"""Words of the names of the only scripts to play, on every channel that can and on both databases."""
EVERY = ONLY == "all"
"""Whether every script is played so (`make scripts`)."""
SEED = os.environ.get("SCRIPTS_SEED") or str(SystemRandom().randrange(1_000_000))
"""What is drawn beside the choice, another share in every run, comes of it."""
DRAWN, DRAWN_STAGED = 2, 1


Some = TypeVar("Some")


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
    if ONLY and not EVERY:
        return [one for one in playable if ONLY in one.script.name]
    if EVERY or (sqlite and driver is RestDriver):
        return playable
    chosen = representative(playable)
    if sqlite and driver is TelegramDriver:
        chosen += [one for one in playable if not one.kinds <= RestDriver.kinds and one not in chosen]
    return [*chosen, *drawn(playable, chosen, DRAWN, driver, sqlite)]


def drawn(
    playable: Sequence[Some], chosen: Sequence[Some], count: int, driver: type[Driver], sqlite: bool
) -> list[Some]:
    """Some more of them, others in every run; the seed says which."""
    left = [one for one in playable if one not in chosen]
    return Random(f"{SEED} {driver.channel} {sqlite}").sample(left, min(count, len(left)))


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """The texts that each response is rendered to in this test."""
    texts: dict[str, set[str]] = {}
    render = Wording.render

    def noted(self: Wording, name: str, *values: Any, **more: Any) -> Reply:
        reply = render(self, name, *values, **more)
        texts.setdefault(name, set()).add(reply.text)
        return reply

    monkeypatch.setattr(Wording, "render", noted)
    return texts


def acts(driver: type[Driver], sqlite: bool) -> list[Script]:
    """The scripts with staff and clock that a channel plays on a kind of database."""
    playable = [one for one in staged() if staging.needs(one) <= driver.kinds]
    if ONLY and not EVERY:
        return [one for one in playable if ONLY in one.name]
    if EVERY or (driver is TelegramDriver and sqlite):
        return playable
    chosen = staging.representative(playable) if sqlite or driver is TelegramDriver else []
    return [*chosen, *drawn(playable, chosen, DRAWN_STAGED, driver, sqlite)]


def test_every_script_reaches_a_channel(played: list[Expected]) -> None:
    """A script is played through REST where it is only words, else through Telegram, which has every kind."""
    native = {one.script.name for one in plays(TelegramDriver, True, played)}
    rest = {one.script.name for one in plays(RestDriver, True, played)}
    assert rest | native == {one.script.name for one in played}
    assert rest == {one.script.name for one in played if one.kinds == {"text"}}
    assert acts(TelegramDriver, True) == staged()


@pytest.mark.parametrize("sqlite", [True, False])
@pytest.mark.parametrize("driver", DRIVERS, ids=[d.channel for d in DRIVERS])
def test_every_form_passes_every_channel(driver: type[Driver], sqlite: bool, played: list[Expected]) -> None:
    """Whatever can be sent and shown on a channel is, on either kind of database."""
    chosen = plays(driver, sqlite, played)
    shown = {form for one in chosen for form in one.forms}
    assert shown == {form for one in played if one.kinds <= driver.kinds for form in one.forms}
    forms = ("a tap", "2 bubbles", "long text", "lines", "few buttons", "many buttons")
    assert shown >= {f"{tongue}: {form}" for tongue in ("zh", "en") for form in forms}
    assert {"zh: a number", "owner queue", "fault order, urgent", "complaint order, normal"} <= shown
    lived = {form for one in acts(driver, True) for form in staging.forms(one)}
    assert lived >= {f"{tongue}: {form}" for tongue in ("zh", "en") for form in staging.EVERYWHERE}


def test_every_story_of_staff_and_clock_is_told_in_both_languages() -> None:
    """C7, F1-F5: the same steps for customers of either language."""
    stories = {one.name: [turn.kind for turn in one.turns] for one in staged()}
    for name, kinds in stories.items():
        assert name.endswith(staging.ENGLISH) or stories.get(f"{name}{staging.ENGLISH}") == kinds, name


@pytest.mark.parametrize("driver", DRIVERS, ids=[d.channel for d in DRIVERS])
async def test_channel(
    driver: type[Driver],
    database_url: str,
    tmp_path: Path,
    model_dir: Path,
    played: list[Expected],
    rendered: dict[str, set[str]],
) -> None:
    """Each script shows the customer what the engine says, and leaves the same orders behind."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(desk: Running, number: int, script: Expected) -> str | None:
        async with gate:
            return await _played(driver(desk, f"customer-{number}", tmp_path), script)

    sqlite, clock = database_url.startswith("sqlite"), FromNoon()
    print(f"SCRIPTS_SEED={SEED}")
    if driver is WeComDriver and not sqlite and not ONLY:
        pytest.skip("what differs from WeChat is no matter of the database; its place is tested on both")
    chosen = plays(driver, sqlite, played)
    async with running(database_url, tmp_path / "data", model_dir, clock, **SETTINGS) as desk:
        wrong = await asyncio.gather(*(one(desk, n, s) for n, s in enumerate(chosen)))
        assert not [problem for problem in wrong if problem]
        stage = Stage(desk, clock)
        await stage.clear()
        wrong = await asyncio.gather(
            *(
                staging.perform(driver(desk, f"staged-{n}", tmp_path), script, stage, rendered)
                for n, script in enumerate(acts(driver, sqlite))
            )
        )
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
        await settled(customer, count)
        shown = (await customer.shown()).removeprefix(before)
        if problem := _difference(step.texts, shown):
            return f"{script.script.name}, after {step.turn.user!r}: {problem}"
    return await customer.desk.app.store.read(lambda tx: _outcome_differs(tx, customer, script))


def _difference(texts: Sequence[str], shown: str) -> str | None:
    if not texts:
        return f"expected silence, got {shown!r}" if plain(shown) and "▸" in shown else None
    for text in texts:
        if plain(text) not in plain(shown):
            return f"expected {text!r} in {shown!r}"
    return None


def _outcome_differs(tx: Tx, customer: Driver, script: Expected) -> str | None:
    conversation = conversation_of(tx, customer)
    assert conversation is not None
    found = [order_of(order) for order in reversed(tx.orders.of_customer(conversation.customer_id))]
    if found != script.orders:
        return f"{script.script.name}: orders {found} instead of {script.orders}"
    left = (conversation.owner, conversation.state["loop"])
    if left != script.left:
        return f"{script.script.name}: owner and form {left} instead of {script.left}"
    return None
