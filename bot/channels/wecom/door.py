"""The door: WeCom's callback says that an account has news; it is answered at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.bodies import BadRequest, read_body
from bot.channels.wechat.envelope import Forbidden
from bot.channels.wechat.xml import Fields, Malformed
from bot.channels.wecom.envelope import CorpEnvelope

log = structlog.get_logger()

PATH = "/webhooks/wecom"
NEWS = "kf_msg_or_event"
SUCCESS = "success"
MAX_TOKEN = 128


class Door:
    """Answers `GET` and `POST /webhooks/wecom` for all accounts of one corporation.

    `wake` rings an account, by its open_kfid, with the callback's token.
    """

    def __init__(
        self,
        envelope: CorpEnvelope,
        wake: Mapping[str, Callable[[str], None]],
        max_body_bytes: int,
        count: Callable[[str], None],
    ) -> None:
        self._envelope = envelope
        self._wake = wake
        self._max_body_bytes = max_body_bytes
        self._count = count

    def router(self) -> APIRouter:
        """The two routes."""
        router = APIRouter()
        router.add_route(PATH, self.verify, methods=["GET"])
        router.add_route(PATH, self.called, methods=["POST"])
        return router

    async def verify(self, request: Request) -> Response:
        """WeCom's check of the address."""
        try:
            return _plain(self._envelope.verify(request.query_params))
        except Forbidden as problem:
            return self._turned_away("wecom.forbidden", 403, str(problem))

    async def called(self, request: Request) -> Response:
        """A callback."""
        try:
            body = await read_body(request, self._max_body_bytes)
            fields = self._envelope.open(request.query_params, body)
        except Forbidden as problem:
            return self._turned_away("wecom.forbidden", 403, str(problem))
        except Malformed as problem:
            return self._turned_away("wecom.malformed", 400, str(problem))
        except BadRequest as problem:
            return self._turned_away("wecom.oversized", problem.status, problem.problem)
        self._ring(fields)
        return _plain(SUCCESS)

    def _ring(self, fields: Fields) -> None:
        if fields.get("Event") != NEWS:
            self._count("wecom.ignored.callback")
            return
        wake = self._wake.get(str(fields.get("OpenKfId")))
        if wake is None:
            self._count("wecom.ignored.account")
            log.warning("wecom.unknown_account", to_do="add its open_kfid to channels.wecom.accounts")
            return
        token = fields.get("Token")
        wake(token if isinstance(token, str) and len(token) <= MAX_TOKEN else "")

    def _turned_away(self, reason: str, status: int, why: str) -> Response:
        self._count(reason)
        log.warning("wecom.turned_away", reason=reason, status=status, why=why)
        return _plain("", status)


def _plain(text: str, status: int = 200) -> Response:
    return Response(text, status, {"X-Content-Type-Options": "nosniff"}, media_type="text/plain")
