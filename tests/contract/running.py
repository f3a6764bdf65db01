"""The whole desk running inside the test: channels, HTTP on a free port, simulated platforms."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
from pydantic import SecretStr

from bot.app import App, build, utc_now
from bot.channels.protocol import Pacing
from bot.demo import AES_KEY, Demo, with_simulators
from bot.server import Server, configured
from bot.settings import Settings, WeCom, WeComAccount
from bot.simulators.telegram import Limits
from bot.simulators.telegram.limits import FloodControl
from bot.simulators.wechat import over_http
from bot.simulators.wecom import PREFIX, WeComSimulator
from bot.simulators.wecom import api_router as wecom_router
from tests.conftest import NOON

Clock = Callable[[], datetime]
REST_TOKEN = "a token for tests"


@dataclass(frozen=True, slots=True)
class Running:
    """The desk, its simulated platforms and its address."""

    app: App
    clock: Clock
    demo: Demo
    wecom: WeComSimulator
    url: str
    http: httpx.AsyncClient


@asynccontextmanager
async def running(
    database_url: str, data: Path, model_dir: Path, clock: Clock | None = None, **more: Any
) -> AsyncIterator[Running]:
    """The desk on that database, with every channel open and nothing slowed down; `more` are settings."""
    prepared(data, model_dir)
    clock = clock or FromNoon()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        demo, wecom = _demo(database_url, data, port, more, clock)
        app = build(demo.settings, clock=clock, extra_routers=[*demo.routers, wecom_router(wecom)])
        for channel in app.channels:
            if channel.name == "telegram":
                channel.pacing = Pacing()
        server = Server(configured(app.web))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 - uvicorn has nothing to wait on
            await asyncio.sleep(0.005)
        await app.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        http = httpx.AsyncClient(base_url=url, timeout=30, verify=False)
        try:
            yield Running(app, clock, demo, wecom, url, http)
        finally:
            await http.aclose()
            await app.close_intake()
            await demo.close()
            server.should_exit = True
            await serving
            await app.stop()


class FromNoon:
    """A clock that runs from the noon of the engine's players on, so that days and warranties agree."""

    def __init__(self) -> None:
        self._behind = utc_now() - NOON

    def __call__(self) -> datetime:
        return utc_now() - self._behind

    def forward(self, moment: datetime) -> None:
        """Let time pass until that moment; it never goes back."""
        self._behind -= max(moment - self(), timedelta())


def prepared(data: Path, model_dir: Path) -> None:
    """A data folder that has the trained model."""
    data.mkdir(parents=True, exist_ok=True)
    (data / "model").symlink_to(model_dir)


def _demo(
    database_url: str, data: Path, port: int, more: dict[str, Any], clock: Clock
) -> tuple[Demo, WeComSimulator]:
    plain = Settings.model_validate(
        {
            "demo": True,
            "data_dir": data,
            "understanding": {"accurate": False},  # the same model everywhere, whatever is installed
            "database": {"url": database_url},
            "channels": {"rest": {"enabled": True, "token": REST_TOKEN}},
            **more,
        }
    )
    demo = with_simulators(plain, port, clock, Random(1))
    assert demo.telegram is not None
    demo.telegram.flood = FloodControl(Limits.unlimited(), clock)
    rest = demo.settings.channels.rest.model_copy(update={"token": SecretStr(REST_TOKEN)})
    wecom = WeComSimulator(
        over_http(f"http://127.0.0.1:{port}/webhooks/wecom"), encoding_aes_key=AES_KEY, clock=clock,
        random=Random(2),
    )  # fmt: skip
    account = WeCom(
        enabled=True,
        corp_id=wecom.corp_id,
        secret=SecretStr(wecom.secret),
        token=SecretStr("simulated-token"),
        encoding_aes_key=SecretStr(AES_KEY),
        accounts=tuple(WeComAccount(open_kfid=name) for name in wecom.logs),
        api_base=f"http://127.0.0.1:{port}{PREFIX}",
    )
    channels = demo.settings.channels.model_copy(update={"rest": rest, "wecom": account})
    return replace(demo, settings=demo.settings.model_copy(update={"channels": channels})), wecom
