"""WeCom's server API as the simulated platform offers it, under `/simulators/wecom/cgi-bin/`."""

from __future__ import annotations

import hmac

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bot.simulators.wechat.serving import Body, Work, endpoint, json_answer, uploaded
from bot.simulators.wecom.simulator import UNKNOWN_ACCOUNT, WeComSimulator

PREFIX = "/simulators/wecom"


def api_router(simulator: WeComSimulator) -> APIRouter:
    """The API's routes; every call may first meet a fault."""
    return _Api(simulator).router


class _Api:
    def __init__(self, simulator: WeComSimulator) -> None:
        self._simulator = simulator
        self.router = APIRouter()
        for path, work in {
            "kf/sync_msg": self._sync,
            "kf/send_msg": self._send,
            "kf/send_msg_on_event": self._send_on_event,
            "kf/service_state/get": self._state,
            "kf/service_state/trans": self._transfer,
            "media/upload": self._upload,
        }.items():
            self._add(path, "POST", self._authorised(work))
        self._add("gettoken", "GET", self._gettoken)
        self._add("media/get", "GET", self._authorised(self._media))

    def _add(self, path: str, method: str, work: Work) -> None:
        answered = endpoint(path, work, self._simulator.calls, self._simulator.faults, _code)
        self.router.add_route(f"{PREFIX}/cgi-bin/{path}", answered, methods=[method])

    def _authorised(self, work: Work) -> Work:
        async def checked(request: Request, body: Body) -> Response:
            code = self._simulator.tokens.check(request.query_params.get("access_token"))
            return _code(40014 if code == 40001 else code) if code else await work(request, body)

        return checked

    async def _gettoken(self, request: Request, body: Body) -> Response:
        query = request.query_params
        if query.get("corpid") != self._simulator.corp_id:
            return _code(40013)
        given = query.get("corpsecret", "")
        if not hmac.compare_digest(given.encode(), self._simulator.secret.encode()):
            return _code(40001)
        _, token, seconds = self._simulator.tokens.stable(False)
        return json_answer({"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": seconds})

    async def _sync(self, request: Request, body: Body) -> Response:
        log = self._simulator.logs.get(str(body.get("open_kfid")))
        if log is None:
            return _code(UNKNOWN_ACCOUNT)
        code, entries, cursor, more = log.read(body)
        if code:
            return _code(code)
        return json_answer(
            {"errcode": 0, "errmsg": "ok", "next_cursor": cursor, "has_more": int(more), "msg_list": entries}
        )

    async def _send(self, request: Request, body: Body) -> Response:
        return _sent(*self._simulator.send(body))

    async def _send_on_event(self, request: Request, body: Body) -> Response:
        return _sent(*self._simulator.send_on_event(body))

    async def _state(self, request: Request, body: Body) -> Response:
        customer = self._simulator.by_userid(body.get("external_userid"))
        if customer is None:
            return _code(40096)
        state = {"service_state": customer.state, "servicer_userid": customer.servicer}
        return json_answer({"errcode": 0, "errmsg": "ok", **state})

    async def _transfer(self, request: Request, body: Body) -> Response:
        return _code(self._simulator.transfer(body))

    async def _upload(self, request: Request, body: Body) -> Response:
        kind = request.query_params.get("type", "")
        if kind not in ("image", "voice", "video", "file"):
            return _code(40004)
        media_id = await uploaded(request, self._simulator.media)
        if media_id is None:
            return _code(41005)
        return json_answer({"errcode": 0, "errmsg": "ok", "type": kind, "media_id": media_id})

    async def _media(self, request: Request, body: Body) -> Response:
        media = self._simulator.media.get(request.query_params.get("media_id", ""))
        return Response(media.content, media_type=media.mime) if media else _code(40007)


def _sent(code: int, msgid: str) -> Response:
    return _code(code) if code else json_answer({"errcode": 0, "errmsg": "ok", "msgid": msgid})


def _code(code: int) -> Response:
    words = "ok" if code == 0 else "refused by the simulated platform"
    return json_answer({"errcode": code, "errmsg": words})
