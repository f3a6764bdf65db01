"""Who is chatting: a random token in a cookie; only what is derived from it is ever stored."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable

from fastapi import Request, Response

YEAR_SECONDS = 365 * 24 * 3600
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class Visitors:
    """Issues and reads the visitor cookie; `secure` where the page is served by HTTPS."""

    def __init__(
        self, secure: bool, new_token: Callable[[], str] = lambda: secrets.token_urlsafe(32)
    ) -> None:
        self.cookie = "__Host-visitor" if secure else "visitor"
        self._secure = secure
        self._new_token = new_token

    def peer(self, request: Request) -> str | None:
        """The visitor's peer id, or None for someone who has not opened the page."""
        token = request.cookies.get(self.cookie, "")
        return peer_of(token) if _TOKEN.fullmatch(token) else None

    def welcome(self, request: Request, response: Response) -> None:
        """Give the cookie to a new visitor; renew it for a known one."""
        token = request.cookies.get(self.cookie, "")
        response.set_cookie(
            self.cookie,
            token if _TOKEN.fullmatch(token) else self._new_token(),
            max_age=YEAR_SECONDS,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )


def peer_of(token: str) -> str:
    """The peer id of a token; the token cannot be found from it."""
    return "v" + hashlib.sha256(token.encode()).hexdigest()[:40]
