"""The REST channel in Rasa's form: a message in, all replies of its turn out."""

from __future__ import annotations

import hmac
import unicodedata
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from bot.channels.bodies import BadRequest, read_object
from bot.channels.protocol import Desk, MediaGone, Pacing, TextLimit, Way, WindowClosed
from bot.cleaning import clean
from bot.messages import Address, Attachment, AttachmentKind, Delivery, Inbound
from bot.settings import Settings

MAX_SENDER = 128
MAX_MESSAGE_ID = 120
HOLD_SECONDS = 60.0


class RestChannel:
    """`POST /webhooks/rest/webhook {"sender", "message", "metadata"?}`, guarded by `token` when given."""

    name = "rest"
    pacing = Pacing()
    text_limit: TextLimit | None = None
    idempotent = False

    def __init__(
        self,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        token: str | None = None,
        max_body_bytes: int = 1_048_576,
        account: str = "rest",
    ) -> None:
        self.account = account
        self._clock = clock
        self._new_id = new_id
        self._token = token
        self._max_body_bytes = max_body_bytes

    @classmethod
    def from_settings(cls, settings: Settings, clock: Callable[[], datetime]) -> RestChannel:
        """The channel as the settings want it."""
        token = settings.channels.rest.token
        return cls(
            clock,
            lambda: uuid.uuid4().hex,
            token=token.get_secret_value() if token else None,
            max_body_bytes=settings.http.max_body_bytes,
        )

    def router(self, desk: Desk) -> APIRouter:
        """`GET /webhooks/rest/` and `POST /webhooks/rest/webhook`."""
        routes = APIRouter(prefix="/webhooks/rest", tags=["rest"])

        @routes.get("/")
        async def health() -> dict[str, str]:
            return {"status": "ok"}

        @routes.post("/webhook")
        async def webhook(request: Request) -> JSONResponse:
            try:
                self._check_token(request.headers.get("authorization", ""))
                inbound = self.inbound(await read_object(request, self._max_body_bytes))
            except BadRequest as problem:
                return _refusal(problem)
            return JSONResponse(await _answer(desk, inbound))

        return routes

    def inbound(self, body: dict[str, Any]) -> Inbound:
        """The message in the desk's form; raises BadRequest naming the first bad field."""
        sender = _words(body, "sender", MAX_SENDER)
        if not sender.strip():
            raise BadRequest(400, "'sender' must not be empty")
        message = body.get("message", "")
        if not isinstance(message, str):
            raise BadRequest(400, "'message' must be a string")
        metadata = body.get("metadata")
        if metadata is None:
            metadata = {}
        if not isinstance(metadata, dict):
            raise BadRequest(400, "'metadata' must be an object")
        message_id = metadata.get("message_id")
        if message_id is not None:
            message_id = _words(metadata, "message_id", MAX_MESSAGE_ID)
        text = clean(message)
        return Inbound(
            address=Address(self.name, self.account, sender),
            external_id=f"{sender}:{message_id or self._new_id()}",
            sent_at=self._clock(),
            text="" if text.startswith("/") else text,
            payload=text if text.startswith("/") else None,
            language=_language(metadata.get("language")),
            hold=HOLD_SECONDS,
        )

    async def start(self, desk: Desk) -> None:
        """Nothing to start: the channel lives in its route."""

    async def stop(self) -> None:
        """Nothing to stop."""

    async def send(self, delivery: Delivery) -> str | None:
        """There is no way to reach a REST caller between its requests."""
        raise WindowClosed("a REST caller is answered in its own request only")

    async def fetch(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """The channel carries no files."""
        raise MediaGone("the REST channel carries no files")
        yield b""

    def takes(self, kind: AttachmentKind) -> Way | None:
        """Callers get the address of whatever is sent."""
        return "file"

    async def typing(self, address: Address) -> None:
        """Nobody could see it."""

    def _check_token(self, given: str) -> None:
        if self._token is None:
            return
        scheme, _, token = given.partition(" ")
        same = hmac.compare_digest(token.strip().encode(), self._token.encode())
        if scheme.lower() != "bearer" or not same:
            raise BadRequest(401, "missing or wrong token; send 'Authorization: Bearer <token>'")


def rendered(delivery: Delivery) -> dict[str, Any]:
    """One reply as Rasa's REST channel writes it."""
    bubble: dict[str, Any] = {"recipient_id": delivery.address.peer}
    stored = delivery.reply.as_json()
    for name in ("text", "buttons", "image", "custom"):
        if name in stored:
            bubble[name] = stored[name]
    if (file := delivery.reply.file) is not None:
        bubble["attachment"] = {"type": "file", "payload": {"url": file.address, "name": file.name}}
    return bubble


async def _answer(desk: Desk, inbound: Inbound) -> list[dict[str, Any]]:
    taken = await desk.receive(inbound)
    async with desk.handing_over(taken) as deliveries:
        # A repeated request gets what the first one got, even when that was long ago.
        replies = deliveries or (taken.deliveries if taken.duplicate else ())
        return [rendered(delivery) for delivery in replies]


def _refusal(problem: BadRequest) -> JSONResponse:
    headers = {"WWW-Authenticate": "Bearer"} if problem.status == 401 else None
    return JSONResponse({"error": problem.problem}, problem.status, headers)


def _words(values: dict[str, Any], name: str, limit: int) -> str:
    value = values.get(name)
    if not isinstance(value, str):
        raise BadRequest(400, f"'{name}' must be a string")
    if len(value) > limit:
        raise BadRequest(400, f"'{name}' must have at most {limit} characters")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
        raise BadRequest(400, f"'{name}' must have no control characters or lone surrogates")
    return value


def _language(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadRequest(400, "'language' must be a string such as zh or en")
    short = value.lower()[:2]
    return short if short in ("zh", "en") else None
