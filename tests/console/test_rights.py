"""Rights (I3): every address of the console has its right, checked for every role; data is masked by role."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from bot.console import PREFIX, passwords, rights
from bot.console.masking import FULL, MASKED, REVEALED
from bot.console.navigation import SECTIONS, open_to
from bot.console.routes import routes
from bot.settings import Settings
from bot.voice import DeskVoice
from storage import Store
from storage.users import ROLES
from tests.api.conftest import dialogue
from tests.conftest import Clock
from tests.console.conftest import PASSWORD, Add, Browser
from tests.console.test_pages import arrives, at_work
from tests.desks import desk_for


@pytest.fixture
def app(lone: Store, clock: Clock) -> FastAPI:
    return routes(lone, Settings(), clock, DeskVoice(dialogue()), lambda channel, account: None, desk_for)


def leaves(routes: list[Any]) -> Iterator[APIRoute]:
    """Every route, those of routers within included."""
    for one in routes:
        inner = getattr(one, "original_router", None)
        if inner is not None:
            yield from leaves(inner.routes)
        else:
            assert isinstance(one, APIRoute), one
            yield one


def addresses(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path of every route."""
    return [(method, one.path) for one in leaves(app.routes) for method in one.methods]


def test_every_address_has_its_right(app: FastAPI) -> None:
    """I3: an address without a right, and a right without an address, are mistakes."""
    assert {f"{method} {path}" for method, path in addresses(app)} == set(rights.pages())


def test_each_role_has_more_than_the_one_before() -> None:
    """I3: one table; a menu shows only what opens."""
    for less, more in pairwise(ROLES):
        assert {one.name for one in open_to(less)} <= {one.name for one in open_to(more)}
    assert open_to("admin") == list(SECTIONS)
    assert not rights.has("agent", "personal.reveal")
    assert rights.needed("GET", "/nowhere") is None
    assert rights.needed("HEAD", "/") == "talk"


async def _status(client: httpx.AsyncClient, method: str, path: str, csrf: str) -> int:
    """The answer's status; a stream that stays open was let in."""
    concrete = re.sub(r"\{[^}]+\}", "987654", path)
    form = {"csrf": csrf} if method != "GET" else None
    try:
        async with asyncio.timeout(0.4):
            return (await client.request(method, PREFIX + concrete, data=form)).status_code
    except TimeoutError:
        return 200


async def test_every_role_at_every_address(app: FastAPI, lone: Store, clock: Clock) -> None:
    """I3: nobody without the right gets further than the door, whatever the id; 404 where one is named."""
    from fastapi import FastAPI as Outer

    outer = Outer()
    outer.mount(PREFIX, app)
    door = [(m, p) for m, p in addresses(app) if rights.needed(m, p) != rights.OPEN]
    transport = httpx.ASGITransport(outer)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as nobody:
        for method, path in door:
            concrete = re.sub(r"\{[^}]+\}", "987654", path)
            answer = await nobody.request(method, PREFIX + concrete)
            assert (answer.status_code, answer.headers["location"][:16]) == (303, "/console/sign-in"), path
    kept = passwords.hashed(PASSWORD)
    for role in ROLES:
        lone.run(lambda tx, r=role: tx.users.add(r, r, r, kept, clock()))  # type: ignore[misc]
        async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as client:
            browser = Browser(client)
            await browser.sign_in(role)
            csrf = re.findall(r'name="csrf" value="([0-9a-f]+)"', browser.page)[0]
            for method, path in sorted(door, key=lambda one: "sign-out" in one[1]):
                status = await _status(client, method, path, csrf)
                if rights.has(role, rights.needed(method, path) or ""):
                    assert status not in (403, 500), (role, method, path)
                else:
                    assert status == (404 if "{" in path else 403), (role, method, path)


@pytest.mark.parametrize(
    ("value", "shown"),
    [("+8613800001111", "138****1111"), ("138 0000 1111", "138****1111"), ("+4479460958123", "+44****8123")],
)
def test_what_is_left_of_a_number(value: str, shown: str) -> None:
    """G2: enough to recognise it."""
    assert MASKED.phone(value) == shown
    assert MASKED.text(f"请打{value}，谢谢") == f"请打{shown}，谢谢"
    assert FULL.phone(value) == FULL.text(value) == value


def test_what_is_left_of_the_rest() -> None:
    """G2: addresses, serial numbers, what the bot collected; short figures are no telephone numbers."""
    assert MASKED.address("上海市浦东新区世纪大道1号") == "上海市浦东新****"
    assert MASKED.serial("AB1234567890") == "****7890"
    assert MASKED.text("E4 亮了 3 次，2026 年买的") == "E4 亮了 3 次，2026 年买的"
    assert MASKED.slot("phone", "+8613800001111") == "138****1111"
    assert MASKED.slot("tried", ["拨 13800001111"]) == ["拨 138****1111"]
    assert MASKED.phone(None) == MASKED.address("") == MASKED.serial(None) == ""


async def test_only_who_has_the_conversation_sees_the_number(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G2, I3: its agent in full, others masked; revealing is a deed, allowed by role, over after a while."""
    ann = await at_work(browsers(), store, clock, add("ann"))
    bob = await at_work(browsers(), store, clock, add("bob"))
    eve = await at_work(browsers(), store, clock, add("eve", "expert"))
    talk = arrives(store, clock, "我的电话13800001111", name="王芳")
    room = store.run(lambda tx: tx.conversations.get(talk))
    store.run(lambda tx: tx.customers.remember(room.customer_id, clock(), phone="+8613900002222"))
    await ann.post(f"/talks/{talk}/move/take")
    for path in (f"/talks/{talk}", "/list?view=all"):
        assert "13800001111" in (await ann.get(path)).text
        for other in (bob, eve):
            page = (await other.get(path)).text
            assert "138****1111" in page
            assert "13800001111" not in page
            assert "+8613900002222" not in page
    deed = f"/customers/{room.customer_id}/reveal"
    assert (await bob.post(deed)).status_code == 404
    assert (await eve.post("/customers/999/reveal")).status_code == 404
    back = await eve.post(deed, next=f"/console/talks/{talk}")
    assert back.headers["location"] == f"/console/talks/{talk}"
    assert "+8613900002222" in (await eve.get(f"/talks/{talk}")).text
    assert "+8613900002222" not in (await bob.get(f"/talks/{talk}")).text
    deeds = store.run(lambda tx: tx.audit.latest(about=f"customer:{room.customer_id}"))
    assert [(one.action, one.user_id) for one in deeds] == [
        (REVEALED, store.run(lambda tx: tx.users.named("eve").id))  # type: ignore[union-attr]
    ]
    clock.forward(minutes=11)
    assert "+8613900002222" not in (await eve.get(f"/talks/{talk}")).text
