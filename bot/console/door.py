"""What stands before every page: who asks, from which page, with which rights."""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import urlsplit

import structlog
from fastapi import Request, Response
from starlette.datastructures import FormData, UploadFile

from bot.console import PREFIX, rights
from bot.console.entering import Entrance, Visitor

log = structlog.get_logger()


class SignInWanted(Exception):
    """Nobody is signed in, or not any more."""


class AccountFirst(Exception):
    """Signed in, but first another password, or a second factor, is wanted at the account's page."""


class Forbidden(Exception):
    """Not with these rights, or not from another site's page; `word` is a key of `problems`."""

    def __init__(self, word: str = "forbidden") -> None:
        super().__init__(word)
        self.word = word


class Unseen(Forbidden):
    """Not with these rights, at an address that names one thing: the same answer as for what is not there."""

    def __init__(self) -> None:
        super().__init__("not_found")


class Guard:
    """Knows the visitor of a request by the cookie; `secure` says that browsers come by HTTPS."""

    def __init__(self, entrance: Entrance, secure: bool) -> None:
        self._entrance = entrance
        self.secure = secure
        self.cookie = "__Host-baoxiu" if secure else "baoxiu_console"

    def give(self, response: Response, token: str, hours: float) -> None:
        """The session's cookie, to the browser."""
        response.set_cookie(
            self.cookie, token, path="/", httponly=True, samesite="lax", secure=self.secure,
            max_age=round(hours * 3600),
        )  # fmt: skip

    async def visitor(self, request: Request, *, active: bool = True) -> Visitor:
        """Who asks; raises SignInWanted, or Forbidden for one without the right that `rights.yml` wants.

        `active`: a person did something, so the session goes on; what the page does by itself is not that.
        """
        token = request.cookies.get(self.cookie, "")
        found = await self._entrance.visitor(token) if token else None
        if found is None:
            raise SignInWanted
        request.state.visitor = found
        path = request.scope["route"].path
        right = rights.needed(request.method, path)
        if right is None or not found.may(right):
            log.warning("console.refused", user=found.user.id, method=request.method, path=path, right=right)
            raise Unseen if "{" in path else Forbidden
        if right != rights.OWN and found.wanted is not None:
            raise AccountFirst
        if active:
            await self._entrance.active(found)
        return found

    async def half(self, request: Request) -> Visitor:
        """Who gave their password and not yet the code; raises SignInWanted."""
        token = request.cookies.get(self.cookie, "")
        found = await self._entrance.visitor(token, partial=True) if token else None
        if found is None:
            raise SignInWanted
        return found

    async def posted(self, request: Request, *, active: bool = True) -> tuple[Visitor, dict[str, str]]:
        """Who posts which form; raises Forbidden where the form is not one of this session's pages."""
        same_origin(request)
        visitor = await self.visitor(request, active=active)
        form = await request.form()
        given = form.get("csrf") or request.headers.get("x-csrf", "")
        if not isinstance(given, str) or not hmac.compare_digest(given.encode(), visitor.csrf.encode()):
            raise Forbidden("stale_form")
        return visitor, words_of(form)


def same_origin(request: Request) -> None:
    """Refuse what another site's page made the browser send."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise Forbidden("other_site")
        return
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Forbidden("other_site")


def words_of(form: FormData) -> dict[str, str]:
    """The form's words, without the character that no database keeps; files are not among them."""
    return {
        name: value.replace("\0", "") for name, value in form.items() if not isinstance(value, UploadFile)
    }


def address_of(request: Request) -> str:
    """The network address; behind a proxy on this machine it is the one the proxy names."""
    client: Any = request.client
    return str(client.host)[:64] if client else "unknown"


def inside(wanted: str) -> str:
    """The page asked for, if it is one of ours: no form sends anybody to another site."""
    ours = wanted == PREFIX or wanted.startswith((f"{PREFIX}/", f"{PREFIX}?"))
    clean = wanted.isprintable() and "\\" not in wanted and "//" not in wanted
    return wanted if ours and clean else PREFIX
