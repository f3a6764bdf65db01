"""The webhook: WeChat's pushes in, one passive reply out.

WeChat waits five seconds, then hangs up and repeats the push with the same MsgId, three tries in all.
A turn ready in time is answered in the same request. One that is late is answered with `success` as soon
as it is durable, never before, and its replies go by customer-service message; if WeChat has hung up
meanwhile, its next try joins the turn that is still at work.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import structlog
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.bodies import BadRequest, read_body
from bot.channels.protocol import Desk
from bot.channels.wechat.envelope import Envelope, Forbidden
from bot.channels.wechat.incoming import Ignored, NotDelivered, Pushed, Windows, understand
from bot.channels.wechat.outgoing import fitting, joined
from bot.channels.wechat.xml import Malformed, text_reply
from bot.messages import Delivery, Inbound, Taken

log = structlog.get_logger()

SUCCESS = "success"
HOLD_MARGIN_SECONDS = 1.5
LOST_WAITS = (0.0, 0.5, 2.0)
"""Seconds before each look for a message of ours that WeChat could not deliver; it waits for five."""


class Webhook:
    """Answers `GET` and `POST /webhooks/wechat` for one account."""

    def __init__(
        self,
        desk: Desk,
        app_id: str,
        envelope: Envelope,
        windows: Windows,
        passive_seconds: float,
        max_body_bytes: int,
        clock: Callable[[], datetime],
        count: Callable[[str], None],
        public_url: str | None,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._desk = desk
        self._app_id = app_id
        self._envelope = envelope
        self._windows = windows
        self._passive_seconds = passive_seconds
        self._max_body_bytes = max_body_bytes
        self._clock = clock
        self._count = count
        self._public_url = public_url
        self._sleep = sleep
        self._in_time: Counter[str] = Counter()

    async def verify(self, request: Request) -> Response:
        """WeChat's check of the URL: the bare echostr."""
        try:
            return _plain(self._envelope.verify(request.query_params))
        except Forbidden as problem:
            return self._turned_away("wechat.forbidden", 403, str(problem))

    async def push(self, request: Request) -> Response:
        """A message or an event."""
        try:
            body = await read_body(request, self._max_body_bytes)
            opened = self._envelope.open(request.query_params, body)
            hold = self._passive_seconds + HOLD_MARGIN_SECONDS
            pushed = understand(opened.fields, self._app_id, hold, self._windows)
        except Forbidden as problem:
            return self._turned_away("wechat.forbidden", 403, str(problem))
        except Malformed as problem:
            return self._turned_away("wechat.malformed", 400, str(problem))
        except BadRequest as problem:
            return self._turned_away("wechat.oversized", problem.status, problem.problem)
        if isinstance(pushed.meaning, Ignored):
            self._count(f"wechat.ignored.{pushed.meaning.kind}")
            return _plain(SUCCESS)
        try:
            if isinstance(pushed.meaning, NotDelivered):
                return await self._lost(pushed.meaning)
            return await self._answer(request, pushed, pushed.meaning, opened.encrypted)
        except Exception:
            # Not durable: WeChat must try again.
            log.exception("wechat.not_taken")
            return _plain("", 503)

    async def _answer(self, request: Request, pushed: Pushed, inbound: Inbound, encrypted: bool) -> Response:
        turn = asyncio.ensure_future(self._desk.receive(inbound))
        taken = await self._taken_in_time(turn, inbound.external_id)
        if taken is None:
            taken = await asyncio.shield(turn)
            # A repeated push that still has time answers for this one.
            if not self._in_time[inbound.external_id]:
                log.info("wechat.late", message=taken.message_id)
                await self._desk.release(taken)
            return _plain(SUCCESS)
        if await request.is_disconnected():
            # The replies stay held for WeChat's next try; without one the postman takes them.
            log.info("wechat.hung_up", message=taken.message_id)
            return _plain(SUCCESS)
        async with self._desk.handing_over(taken, self._fitting) as deliveries:
            return self._reply(pushed, joined(deliveries, self._public_url), encrypted)

    async def _lost(self, told: NotDelivered) -> Response:
        """The event may overtake the record of the sending: then it is looked for again, a little later."""
        for wait in LOST_WAITS:
            await self._sleep(wait)
            if await self._desk.lost(told.address, told.external_id, told.reason):
                self._count("wechat.template_lost")
                return _plain(SUCCESS)
        self._count("wechat.template_of_others")
        return _plain(SUCCESS)

    async def _taken_in_time(self, turn: asyncio.Future[Taken], external_id: str) -> Taken | None:
        self._in_time[external_id] += 1
        try:
            return await asyncio.wait_for(asyncio.shield(turn), self._passive_seconds)
        except TimeoutError:
            return None
        finally:
            self._in_time[external_id] -= 1
            if not self._in_time[external_id]:
                del self._in_time[external_id]

    def _fitting(self, deliveries: Sequence[Delivery]) -> int:
        return fitting(deliveries, self._public_url)

    def _reply(self, pushed: Pushed, content: str, encrypted: bool) -> Response:
        if not content:
            return _plain(SUCCESS)
        at = int(self._clock().timestamp())
        xml = text_reply(content, pushed.openid, pushed.original_id, at)
        return Response(self._envelope.seal(xml) if encrypted else xml, media_type="application/xml")

    def _turned_away(self, reason: str, status: int, why: str) -> Response:
        self._count(reason)
        log.warning("wechat.turned_away", reason=reason, status=status, why=why)
        return _plain("", status)


def _plain(text: str, status: int = 200) -> Response:
    return Response(text, status, {"X-Content-Type-Options": "nosniff"}, media_type="text/plain")
