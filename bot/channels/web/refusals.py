"""Requests the chat does not take, answered in the visitor's language; headers every answer carries."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from bot.channels.bodies import BadRequest
from bot.channels.web import words

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_WORDS = words.read()
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cache-Control": "no-store",
}


class Refusal(Exception):
    """A request not taken; `code` is a key of `problems` in words.yml, `after` seconds to wait."""

    def __init__(self, status: int, code: str, after: float = 0.0) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.after = after


class GuardedRoute(APIRoute):
    """A route whose refusals become friendly JSON and whose answers carry the security headers."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle: Callable[[Request], Awaitable[Response]] = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                response = await handle(request)
            except Refusal as refusal:
                response = answer(request, refusal)
            except BadRequest as problem:
                code = "too_large" if problem.status == 413 else "malformed"
                response = answer(request, Refusal(problem.status, code), problem.problem)
            for name, value in _HEADERS.items():
                response.headers.setdefault(name, value)
            return response

        return guarded


def answer(request: Request, refusal: Refusal, detail: str = "") -> JSONResponse:
    """The refusal as `{"error": code, "message": friendly words, "detail"?}`."""
    language = words.language_of(request.headers.get("accept-language", ""), "zh")
    body = {"error": refusal.code, "message": _WORDS[language]["problems"][refusal.code]}
    if detail:
        body["detail"] = detail
    headers = {"Retry-After": str(math.ceil(refusal.after))} if refusal.after else None
    return JSONResponse(body, refusal.status, headers)


def check_same_origin(request: Request) -> None:
    """Refuse what another site's page made the visitor's browser send.

    Browsers say where a request comes from; a program that says nothing carries nobody's cookie.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise Refusal(403, "other_site")
        return
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Refusal(403, "other_site")


def check_content_type(request: Request, wanted: str) -> None:
    """Refuse a body of another content type (a form on another site cannot send JSON)."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != wanted:
        raise Refusal(415, "malformed")
