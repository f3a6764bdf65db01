"""The console behind `/console`; its pages are made at the first request, the desk starts without them."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from datetime import datetime
from typing import Any

from bot import metrics
from bot.api.app import Later
from bot.console.means import DeskFor
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
    desk_for: DeskFor,
) -> Any:
    """The ASGI application to be mounted at `PREFIX`."""

    def make() -> Any:
        from bot.console.routes import routes

        return routes(store, settings, clock, voice, wake, desk_for)

    limits = settings.http
    inner = Inbox(Later(make))
    large = TooLarge(inner)
    return BodyLimit(inner, limits.max_body_bytes, limits.max_upload_bytes, ("/upload",), large)


class TooLarge:
    """ASGI: the page that says so, whatever was asked; what was sent is not read."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        path = f"{scope.get('root_path', '')}/too-large"
        metrics.count("body_too_large")
        await self._app({**scope, "method": "GET", "path": path, "raw_path": path.encode()}, _nothing, send)


async def _nothing() -> MutableMapping[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


class Inbox:
    """ASGI: the bare address of the console is its first page; no search holds what no database keeps."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") == scope.get("root_path"):
            scope = {**scope, "path": f"{scope['path']}/"}
        if b"%00" in scope.get("query_string", b""):
            scope = {**scope, "query_string": scope["query_string"].replace(b"%00", b"")}
        await self._app(scope, receive, send)
