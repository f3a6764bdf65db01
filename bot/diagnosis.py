"""The doctor's examinations: each looks at one part and says what it found."""

from __future__ import annotations

import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import urlencode

import aiohttp
from sqlalchemy import Engine, text

from bot.checks import check
from bot.console.oidc.provider import OidcProblem, Provider
from bot.console.oidc.settings import OidcSettings
from bot.packages import shadowed
from bot.settings import Settings, SettingsProblem
from handlers.promises import WorkingTime
from storage import StoreProblem, migrations
from storage.database import open_engine

SKEW_SECONDS = 30
HOLIDAYS_AHEAD = timedelta(days=60)
"""Promises begun now may reach so far."""
FREE_BYTES = 500 * 1024 * 1024
TIMEOUT_SECONDS = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """What one examination found."""

    subject: str
    state: Literal["ok", "warning", "FAILED"] = "ok"
    detail: str = ""


async def examine(settings: Settings, offline: bool = False) -> list[Finding]:
    """Every finding, in the order an operator would mend them."""
    findings = [_together(settings), *_packages(), _disk(settings), _database(settings), _model(settings)]
    findings += [_zone(settings), _calendar(settings)]
    if not offline:
        for ask in _platforms(settings):
            findings += await ask()
    return findings


def _together(settings: Settings) -> Finding:
    try:
        check(settings)
    except SettingsProblem as problem:
        return Finding("settings fit together", "FAILED", str(problem))
    return Finding("settings fit together")


def _packages() -> list[Finding]:
    return [Finding("packages", "FAILED", found) for found in shadowed()] or [Finding("packages")]


def _disk(settings: Settings) -> Finding:
    folder = settings.data_path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".doctor"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as problem:
        return Finding("data_dir", "FAILED", f"{folder} cannot be written ({problem.strerror})")
    free = shutil.disk_usage(folder).free
    if free < FREE_BYTES:
        return Finding("data_dir", "warning", f"only {free // 2**20} MB free")
    return Finding("data_dir", detail=f"{free // 2**30} GB free")


def _database(settings: Settings) -> Finding:
    try:
        engine = open_engine(settings.database_url)
    except StoreProblem as problem:
        return Finding("database", "FAILED", str(problem))
    try:
        current = migrations.current(engine)
        skew = _database_skew(engine)
    except Exception as problem:  # noqa: BLE001 - whatever a driver raises, the operator gets one line
        return Finding("database", "FAILED", f"cannot connect ({type(problem).__name__})")
    finally:
        engine.dispose()
    if current != migrations.head() and engine.dialect.name != "sqlite":
        return Finding("database", "FAILED", "the schema is old: run `python -m bot db upgrade`")
    if abs(skew) > SKEW_SECONDS:
        return Finding("database", "warning", f"its clock differs by {skew:.0f} s")
    return Finding("database", detail=f"{engine.dialect.name}, schema {current or 'new (made at start)'}")


def _database_skew(engine: Engine) -> float:
    if engine.dialect.name != "postgresql":
        return 0.0
    with engine.connect() as connection:
        theirs: datetime = connection.execute(text("SELECT now()")).scalar_one()
    return (theirs - datetime.now(UTC)).total_seconds()


def _model(settings: Settings) -> Finding:
    from bot.understanding import open_interpreter

    began = time.perf_counter()
    try:
        interpreter = open_interpreter(settings)
    except Exception as problem:  # noqa: BLE001 - whatever is wrong with it, the operator gets one line
        return Finding("model", "FAILED", f"{type(problem).__name__}: {problem}")
    intents = len(interpreter.model.classes)
    return Finding("model", detail=f"{intents} intents, loaded in {time.perf_counter() - began:.1f} s")


def _zone(settings: Settings) -> Finding:
    from zoneinfo import ZoneInfo

    local = datetime.now(ZoneInfo(settings.service.zone))
    if local.year < 2026:
        return Finding("clock", "FAILED", f"the machine believes it is {local:%Y-%m-%d}")
    return Finding("clock", detail=f"{local:%Y-%m-%d %H:%M} in {settings.service.zone}")


def _calendar(settings: Settings) -> Finding:
    working_time = WorkingTime(settings.calendar.days(), settings.service.zone)
    if years := working_time.unknown_years(datetime.now(UTC), HOLIDAYS_AHEAD):
        named = " and ".join(map(str, years))
        return Finding(
            "calendar",
            "warning",
            f"the public holidays of {named} are not known, plain weekdays count:"
            " bring chinesecalendar up to date, or name the days under calendar.closed and calendar.extra",
        )
    return Finding("calendar", detail=f"holidays: {settings.calendar.holidays or 'none'}")


def _platforms(settings: Settings) -> list[Callable[[], Awaitable[list[Finding]]]]:
    asks: list[Callable[[], Awaitable[list[Finding]]]] = []
    telegram, wechat, wecom = settings.channels.telegram, settings.channels.wechat, settings.channels.wecom
    if telegram.enabled and telegram.token is not None:
        url = f"{telegram.api_base}/bot{telegram.token.get_secret_value()}/getMe"
        asks.append(lambda: _ask("telegram", "GET", url, None, _telegram_answer))
    if wechat.enabled and wechat.app_secret is not None:
        body: dict[str, object] = {
            "grant_type": "client_credential",
            "appid": wechat.app_id,
            "secret": wechat.app_secret.get_secret_value(),
        }
        base = f"{wechat.api_base}/cgi-bin/stable_token"
        asks.append(lambda: _ask("wechat", "POST", base, body, _wechat_answer))
    if wecom.enabled and wecom.secret is not None:
        named = urlencode({"corpid": wecom.corp_id, "corpsecret": wecom.secret.get_secret_value()})
        address = f"{wecom.api_base}/cgi-bin/gettoken?{named}"
        asks.append(lambda: _ask("wecom", "GET", address, None, _wechat_answer))
    if settings.console.oidc.enabled:
        asks.append(lambda: asked_of(settings.console.oidc))
    if settings.advisor.enabled:
        asks.append(lambda: _advisor(settings))
    return asks


async def _advisor(settings: Settings) -> list[Finding]:
    from bot.advice.trial import readable_on_the_way, try_out

    findings = []
    if readable_on_the_way(str(settings.advisor.base_url)):
        findings.append(
            Finding("advisor", "warning", "base_url is not https: masked messages travel readable")
        )
    works, detail = await try_out(settings.advisor)
    return [*findings, Finding("advisor", "ok" if works else "FAILED", detail)]


async def asked_of(settings: OidcSettings) -> list[Finding]:
    """Whether the provider of single sign-on is there and is the one that is meant."""
    provider = Provider(settings, "", lambda: datetime.now(UTC))
    try:
        await provider.address("state", "nonce", "v" * 43)
    except OidcProblem as problem:
        return [Finding("single sign-on", "FAILED", str(problem))]
    return [Finding("single sign-on", detail=str(settings.issuer))]


async def _ask(
    name: str,
    method: str,
    url: str,
    body: dict[str, object] | None,
    judge: Callable[[dict[str, object]], str],
) -> list[Finding]:
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.request(method, url, json=body) as response,
        ):
            answer = await response.json(content_type=None)
            date = response.headers.get("Date")
    except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
        # The address holds the token: only the kind of problem is told.
        return [Finding(f"{name} credentials", "FAILED", f"no answer ({type(problem).__name__})")]
    complaint = judge(answer if isinstance(answer, dict) else {})
    findings = [Finding(f"{name} credentials", "FAILED" if complaint else "ok", complaint)]
    if date:
        skew = (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()
        if abs(skew) > SKEW_SECONDS:
            findings.append(Finding("clock", "warning", f"{name}'s clock differs by {skew:.0f} s"))
    return findings


def _telegram_answer(answer: dict[str, object]) -> str:
    return "" if answer.get("ok") else str(answer.get("description", "refused"))


def _wechat_answer(answer: dict[str, object]) -> str:
    return "" if answer.get("access_token") else f"errcode {answer.get('errcode', 'unknown')}"
