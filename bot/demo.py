"""The demo: simulated platforms where no credentials are given, and a staff where there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random

from fastapi import APIRouter
from pydantic import SecretStr

from bot.settings import Settings
from bot.simulators.demo import demo_page_router
from bot.simulators.telegram import TelegramSimulator
from bot.simulators.telegram import simulator_router as telegram_router
from bot.simulators.wechat import WeChatSimulator, over_http
from bot.simulators.wechat import routers as wechat_routers
from storage import Store

STAFF = Path(__file__).with_name("demo_staff.yml")
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


@dataclass(frozen=True, slots=True)
class Demo:
    """The settings with simulators filled in, their routes, and the simulators themselves."""

    settings: Settings
    routers: Sequence[APIRouter]
    telegram: TelegramSimulator | None
    wechat: WeChatSimulator | None

    async def close(self) -> None:
        """End the simulated customers' live streams."""
        if self.telegram is not None:
            await self.telegram.close()
        if self.wechat is not None:
            self.wechat.close()


def with_simulators(settings: Settings, port: int, clock: Callable[[], datetime], rng: Random) -> Demo:
    """A demo of these settings; channels with credentials of their own are left as they are."""
    base = f"http://{_reachable(settings.http.host)}:{port}"
    telegram = None if settings.channels.telegram.enabled else TelegramSimulator(clock, rng)
    wechat = None if settings.channels.wechat.enabled else _wechat(settings, base, clock, rng)
    changed: dict[str, object] = {"rest": settings.channels.rest.model_copy(update={"enabled": True})}
    if telegram is not None:
        changed["telegram"] = settings.channels.telegram.model_copy(
            update={
                "enabled": True,
                "mode": "polling",
                "token": SecretStr(telegram.token),
                "api_base": f"{base}/simulators/telegram",
            }
        )
    if wechat is not None:
        changed["wechat"] = settings.channels.wechat.model_copy(
            update={
                "enabled": True,
                "mode": "safe",
                "app_id": wechat.app_id,
                "app_secret": SecretStr("simulated-secret"),
                "token": SecretStr("simulated-token"),
                "encoding_aes_key": SecretStr(AES_KEY),
                "api_base": f"{base}/simulators/wechat",
            }
        )
    channels = settings.channels.model_copy(update=changed)
    routers = [demo_page_router(settings)]
    if telegram is not None:
        routers.append(telegram_router(telegram))
    if wechat is not None:
        routers += wechat_routers(wechat)
    return Demo(settings.model_copy(update={"channels": channels}), routers, telegram, wechat)


def employ_staff(settings: Settings, store: Store, now: datetime) -> None:
    """Where nobody works yet, the shipped demo staff does."""
    if store.run(lambda tx: tx.staff.all()):
        return
    from handlers.dispatch import staff_file, staffing

    text = STAFF.read_text(encoding="utf-8")
    found = staff_file.read(text, settings.dispatch, settings.service.countries)
    store.run(lambda tx: staffing.employ(tx, found.people, now))


def _wechat(settings: Settings, base: str, clock: Callable[[], datetime], rng: Random) -> WeChatSimulator:
    return WeChatSimulator(
        over_http(f"{base}/webhooks/wechat"),
        encoding_aes_key=AES_KEY,
        mode="safe",
        clock=clock,
        random=rng,
    )


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
