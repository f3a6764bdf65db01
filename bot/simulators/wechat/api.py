"""WeChat's server API as the simulated platform offers it, under `/simulators/wechat/cgi-bin/`."""

from __future__ import annotations

import asyncio
import hmac
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bot.simulators.wechat.menus import check
from bot.simulators.wechat.serving import Body, Work, endpoint, json_answer, uploaded
from bot.simulators.wechat.simulator import WeChatSimulator

WORDS = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40003: "invalid openid",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40037: "invalid template_id",
    40125: "invalid appsecret",
    41001: "access_token missing",
    42001: "access_token expired",
    43004: "require subscribe",
    45002: "content size out of limit",
    45009: "reach max api daily quota limit",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    47001: "data format error",
    47003: "argument invalid!",
}


class Api:
    """The API's routes; every call may first meet a fault."""

    def __init__(self, simulator: WeChatSimulator, prefix: str) -> None:
        self._simulator = simulator
        self._prefix = prefix
        self.router = APIRouter()
        self._events: set[asyncio.Task[None]] = set()
        for path, work in {
            "stable_token": self._stable_token,
            "message/custom/send": self._authorised(self._send),
            "message/template/send": self._authorised(self._notify),
            "message/custom/typing": self._authorised(self._typing),
            "menu/create": self._authorised(self._menu_create),
            "media/upload": self._authorised(self._media_upload),
        }.items():
            self._add(path, "POST", work)
        for path, work in {
            "token": self._legacy_token,
            "menu/get": self._authorised(self._menu_get),
            "menu/delete": self._authorised(self._menu_delete),
            "media/get": self._authorised(self._media_get),
        }.items():
            self._add(path, "GET", work)
        self.router.add_route(f"{prefix}/media/{{media_id}}", self._file, methods=["GET"])

    def _add(self, path: str, method: str, work: Work) -> None:
        answered = endpoint(path, work, self._simulator.calls, self._simulator.faults, _code)
        self.router.add_route(f"{self._prefix}/cgi-bin/{path}", answered, methods=[method])

    def _authorised(self, work: Work) -> Work:
        async def checked(request: Request, body: Body) -> Response:
            code = self._simulator.tokens.check(request.query_params.get("access_token"))
            return _code(code) if code else await work(request, body)

        return checked

    def _credentials(self, app_id: Any, secret: Any) -> int:
        if app_id != self._simulator.app_id:
            return 40013
        same = hmac.compare_digest(str(secret).encode(), self._simulator.app_secret.encode())
        return 0 if same else 40125

    async def _stable_token(self, request: Request, body: Body) -> Response:
        if code := self._credentials(body.get("appid"), body.get("secret")):
            return _code(code)
        if body.get("grant_type") != "client_credential":
            return _code(40002)
        code, token, seconds = self._simulator.tokens.stable(body.get("force_refresh") is True)
        return _code(code) if code else json_answer({"access_token": token, "expires_in": seconds})

    async def _legacy_token(self, request: Request, body: Body) -> Response:
        query = request.query_params
        if code := self._credentials(query.get("appid"), query.get("secret")):
            return _code(code)
        token, seconds = self._simulator.tokens.legacy()
        return json_answer({"access_token": token, "expires_in": seconds})

    async def _send(self, request: Request, body: Body) -> Response:
        return _code(self._simulator.deliver(body))

    async def _notify(self, request: Request, body: Body) -> Response:
        code, msgid = self._simulator.notify(body)
        if code:
            return _code(code)
        # Told apart from the answer, as WeChat does it; what is not said here is told by an event.
        customer = self._simulator.by_openid(body["touser"])
        self._events.add(task := asyncio.create_task(customer.finishes_template(msgid)))
        task.add_done_callback(self._events.discard)
        return json_answer({"errcode": 0, "errmsg": "ok", "msgid": int(msgid)})

    async def _typing(self, request: Request, body: Body) -> Response:
        return _code(0 if body.get("command") in ("Typing", "CancelTyping") else 45080)

    async def _menu_create(self, request: Request, body: Body) -> Response:
        code = check(body)
        if not code:
            self._simulator.menu = body
        return _code(code)

    async def _menu_get(self, request: Request, body: Body) -> Response:
        menu = self._simulator.menu
        return json_answer({"menu": menu}) if menu else _code(46003)

    async def _menu_delete(self, request: Request, body: Body) -> Response:
        self._simulator.menu = None
        return _code(0)

    async def _media_get(self, request: Request, body: Body) -> Response:
        media_id = request.query_params.get("media_id", "")
        media = self._simulator.media.get(media_id)
        if media is None:
            return _code(40007)
        if media.mime.startswith("video/"):
            base = str(request.base_url).rstrip("/")
            return json_answer({"video_url": f"{base}{self._prefix}/media/{media_id}"})
        return Response(media.content, media_type=media.mime)

    async def _media_upload(self, request: Request, body: Body) -> Response:
        kind = request.query_params.get("type", "")
        if kind not in ("image", "voice", "video", "thumb"):
            return _code(40004)
        if (media_id := await uploaded(request, self._simulator.media)) is None:
            return _code(41005)
        return json_answer(
            {"type": kind, "media_id": media_id, "created_at": int(self._simulator.clock().timestamp())}
        )

    async def _file(self, request: Request) -> Response:
        media = self._simulator.media.get(request.path_params["media_id"])
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        if media is None:
            return Response(status_code=404)
        return Response(media.content, media_type=media.mime, headers=headers)


def _code(code: int) -> Response:
    words = "ok" if code == 0 else WORDS.get(code, "refused by the simulated platform")
    return json_answer({"errcode": code, "errmsg": words})
