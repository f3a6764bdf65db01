"""The console behind `/console`; its pages are made at the first request, the desk starts without them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.api.app import Later
from bot.http import BodyLimit, Receive, Scope, Send
from bot.settings import Settings
from bot.voice import DeskVoice
from storage import Store


def build_console(
    store: Store,
    settings: Settings,
    clock: Callable[[], datetime],
    voice: DeskVoice,
    wake: Callable[[str, str], None],
) -> Any:
    """The ASGI application to be mounted at `PREFIX`."""

    def make() -> Any:
        from bot.console.routes import routes

        return routes(store, settings, clock, voice, wake)

    limits = settings.http
    return BodyLimit(Inbox(Later(make)), limits.max_body_bytes, limits.max_upload_bytes, ("/upload",))


class Inbox:
    """ASGI: the bare address of the console is its first page."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") == scope.get("root_path"):
            scope = {**scope, "path": f"{scope['path']}/"}
        await self._app(scope, receive, send)
