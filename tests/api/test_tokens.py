"""Tokens come to their end, keep a pace, and show whether anybody uses them (I3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from bot.api import PREFIX
from bot.api.app import build_api
from bot.api.pace import Pace
from bot.api.settings import ApiSettings, ApiToken
from bot.api.tokens import digest
from bot.commands import tokens
from bot.http import build_http
from storage import Store
from tests.api.conftest import service_of, token
from tests.conftest import NOON, Clock


def client_of(store: Store, clock: Clock, **values: Any) -> httpx.AsyncClient:
    """A program whose token is so."""
    service = service_of(store, clock)
    row = ApiToken.model_validate(
        {"name": "crm", "sha256": digest(token("crm")), "scopes": ("orders:read",), **values}
    )
    changed = service.settings.model_copy(update={"api": ApiSettings(enabled=True, tokens=(row,))})
    web = build_http(
        [], max_body=1024, max_upload=1024, mounted={PREFIX: build_api(replace(service, settings=changed))}
    )
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(web), base_url=f"http://desk{PREFIX}",
        headers={"Authorization": f"Bearer {token('crm')}"},
    )  # fmt: skip


async def test_a_token_is_good_until_the_end_of_its_day(lone: Store, clock: Clock) -> None:
    """I3: on the service's clock; then 401 as with any other token that is none."""
    async with client_of(lone, clock, expires="2026-03-02") as client:
        assert (await client.get("/orders")).status_code == 200
        clock.now = datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC)
        assert (await client.get("/orders")).status_code == 200
        clock.forward(seconds=1)
        answer = await client.get("/orders")
        assert (answer.status_code, answer.json()["detail"]) == (401, "The token has expired.")


async def test_too_many_requests_are_told_when_to_come_again(lone: Store, clock: Clock) -> None:
    """I3: 429 with Retry-After as a problem document; then it goes on."""
    async with client_of(lone, clock, per_minute=3) as client:
        assert [(await client.get("/orders")).status_code for _ in range(4)] == [200, 200, 200, 429]
        answer = await client.get("/orders")
        assert (answer.headers["retry-after"], answer.json()["title"]) == ("20", "Too many requests")
        assert answer.headers["content-type"] == "application/problem+json"
        clock.forward(seconds=20)
        assert [(await client.get("/orders")).status_code for _ in range(2)] == [200, 429]


def test_the_pace_fills_steadily() -> None:
    """I3: never more than a minute's requests at once, and a clock set back is no gift."""
    pace = Pace()
    assert sum(pace.wait("a", 60, NOON) == 0 for _ in range(100)) == 60
    assert pace.wait("b", 60, NOON) == 0
    assert pace.wait("a", 60, NOON - timedelta(hours=1)) == 1
    assert sum(pace.wait("a", 60, NOON + timedelta(hours=1)) == 0 for _ in range(100)) == 60
    assert all(pace.wait("c", None, NOON) == 0 for _ in range(1000))


async def test_a_use_is_noted_once_an_hour(store: Store, clock: Clock) -> None:
    """I3: which token nobody needs any more can be seen, on both databases."""
    async with client_of(store, clock) as client:
        await client.get("/orders")
        clock.forward(minutes=30)
        await client.get("/orders")
        assert store.run(lambda tx: tx.tokens.uses()) == {"crm": NOON}
        clock.forward(minutes=31)
        await client.get("/orders")
        assert store.run(lambda tx: tx.tokens.uses()) == {"crm": NOON + timedelta(minutes=61)}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., str]:
    """The command with its words."""
    monkeypatch.setenv("BOT__DATA_DIR", str(tmp_path))

    def invoke(*words: str, wrong: bool = False) -> str:
        result = CliRunner().invoke(tokens.group, list(words))
        assert (result.exit_code != 0) == wrong, result.output
        return result.output

    return invoke


def test_the_command_makes_and_lists_them(run: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """I3: the row it prints is the row that is read."""
    told = run("new", "crm", "--scope", "orders:read", "--expires", "2026-06-30", "--per-minute", "60")
    row = told.splitlines()[-1].strip().removeprefix("- ")
    assert "expires: 2026-06-30, per_minute: 60}" in row
    monkeypatch.setenv("BOT__API__TOKENS", f"[{row}]")
    monkeypatch.setattr(tokens, "utc_now", lambda: NOON)
    assert "60 requests a minute; good until 2026-06-30; last used never" in run("list")
    monkeypatch.setattr(tokens, "utc_now", lambda: NOON + timedelta(days=200))
    assert "expired 2026-06-30" in run("list")
    assert "--expires" in run("new", "crm", "--scope", "orders:read", "--expires", "soon", wrong=True)
    assert "NAME" in run("new", "C R M", "--scope", "orders:read", wrong=True)


def test_wrong_limits_stop_the_start() -> None:
    for wrong in ({"expires": "2026-02-30"}, {"per_minute": 0}):
        with pytest.raises(ValidationError):
            ApiToken.model_validate({"name": "a", "sha256": "0" * 64, "scopes": ("orders:read",), **wrong})
    assert ApiToken(name="a", sha256="0" * 64, scopes=("orders:read",), expires=date(2026, 3, 1)).good_until(
        "Asia/Shanghai"
    ) == datetime(2026, 3, 1, 16, tzinfo=UTC)
