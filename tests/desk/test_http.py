"""The door: limits, health, and errors that show nothing of our insides."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter, HTTPException, Request

from bot.http import build_http, operations_router
from storage import StoreUnavailable

LIMIT = 2000
UPLOAD = 5000


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    router = APIRouter()
    parts = {"database": "ok"}

    async def ready() -> dict[str, str]:
        return parts

    @router.post("/echo")
    async def echo(request: Request) -> int:
        return len(await request.body())

    @router.post("/chat/files")
    async def upload(request: Request) -> int:
        return len(await request.body())

    @router.post("/away")
    async def away() -> None:
        raise StoreUnavailable("OperationalError")

    @router.post("/broken")
    async def broken() -> None:
        raise RuntimeError("secret detail")

    @router.post("/missing")
    async def missing() -> None:
        raise HTTPException(404, "There is no such thing.")

    @router.post("/break-database")
    async def break_database() -> None:
        parts["database"] = "OperationalError"

    web = build_http([router, operations_router(ready, True)], max_body=LIMIT, max_upload=UPLOAD)
    transport = httpx.ASGITransport(web, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as opened:
        yield opened


async def test_a_body_over_the_limit_gets_413(client: httpx.AsyncClient) -> None:
    assert (await client.post("/echo", content=b"x" * LIMIT)).json() == LIMIT
    assert (await client.post("/echo", content=b"x" * (LIMIT + 1))).status_code == 413


async def test_a_body_that_grows_over_the_limit_gets_413_too(client: httpx.AsyncClient) -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"x" * 100

    assert (await client.post("/echo", content=drip())).status_code == 413


async def test_uploads_have_their_own_limit(client: httpx.AsyncClient) -> None:
    assert (await client.post("/chat/files", content=b"x" * (LIMIT + 1000))).status_code == 200
    assert (await client.post("/chat/files", content=b"x" * (UPLOAD + 70_000))).status_code == 413


async def test_a_lying_length_is_not_believed(client: httpx.AsyncClient) -> None:
    answer = await client.post("/echo", content=b"x" * 3000, headers={"content-length": "9999999999"})
    assert answer.status_code == 413


async def test_errors_show_nothing_of_our_insides(client: httpx.AsyncClient) -> None:
    broken = await client.post("/broken")
    assert broken.status_code == 500
    assert "secret" not in broken.text
    away = await client.post("/away")
    assert away.status_code == 503
    assert away.headers["retry-after"] == "5"
    assert (await client.post("/missing")).json() == {"detail": "There is no such thing."}
    assert (await client.get("/nowhere")).status_code == 404
    assert (await client.get("/openapi.json")).status_code == 404


async def test_health_is_alive_and_ready_says_what_is_not(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health")).json() == {"status": "ok"}
    assert (await client.get("/ready")).status_code == 200
    await client.post("/break-database")
    ready = await client.get("/ready")
    assert ready.status_code == 503
    assert ready.json()["database"] == "OperationalError"
    assert (await client.get("/health")).status_code == 200


async def test_metrics_are_prometheus_text(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics")
    assert "baoxiu_turns" in answer.text
    assert answer.headers["content-type"].startswith("text/plain")
