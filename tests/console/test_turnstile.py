"""G2: parts that pages fetch by themselves take turns; nobody who clicked stands behind them."""

from __future__ import annotations

import asyncio

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from bot.console.turnstile import Turnstile

BY_ITSELF = {"HX-Request": "true"}


class Route:
    """An address whose answers wait until they may go, and which counts who is inside."""

    def __init__(self) -> None:
        self.inside = self.most = 0
        self.may_go = asyncio.Event()
        self.app = FastAPI()
        turnstile = Turnstile()

        @self.app.get("/part", dependencies=turnstile.each)
        async def part(fails: bool = False) -> str:
            self.inside += 1
            self.most = max(self.most, self.inside)
            await self.may_go.wait()
            self.inside -= 1
            if fails:
                raise RuntimeError("it went wrong")
            return "made"

    def browser(self) -> AsyncClient:
        """Somebody who asks for it."""
        transport = ASGITransport(self.app, raise_app_exceptions=False)
        return AsyncClient(transport=transport, base_url="http://desk")

    async def entered(self, count: int) -> None:
        """Wait until so many are inside."""
        for _ in range(1000):
            await asyncio.sleep(0)
            if self.inside >= count:
                return
        raise AssertionError(f"{self.inside} of {count} came in")


@pytest.fixture
def route() -> Route:
    return Route()


async def test_one_after_the_other_even_when_one_fails(route: Route) -> None:
    async with route.browser() as browser, asyncio.TaskGroup() as tasks:
        asked = [
            tasks.create_task(browser.get(path, headers=BY_ITSELF))
            for path in ("/part?fails=1", *["/part"] * 4)
        ]
        await route.entered(1)
        for _ in range(50):
            await asyncio.sleep(0)
        assert route.inside == 1
        route.may_go.set()
    assert [one.result().status_code for one in asked] == [500, 200, 200, 200, 200]
    assert route.most == 1


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/part", {}), ("/part?typed=fan", BY_ITSELF)],
    ids=["a page", "a search while typing"],
)
async def test_what_somebody_asked_for_passes(route: Route, path: str, headers: dict[str, str]) -> None:
    async with route.browser() as browser, asyncio.TaskGroup() as tasks:
        tasks.create_task(browser.get("/part", headers=BY_ITSELF))
        await route.entered(1)
        tasks.create_task(browser.get(path, headers=headers))
        await route.entered(2)
        route.may_go.set()
