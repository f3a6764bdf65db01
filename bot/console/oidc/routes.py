"""To the provider and back; what goes wrong is told on the sign-in page, where the password still works."""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

import structlog
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from bot.console import PREFIX
from bot.console.door import address_of, inside
from bot.console.entering import Entered, Shut
from bot.console.oidc.joining import Told, joined, told
from bot.console.oidc.provider import OidcProblem, Provider
from bot.console.parts import Parts
from bot.console.signing import entered, sign_in_page
from storage import Tx
from storage.users import User

log = structlog.get_logger()

WITHIN_SECONDS = 600
"""How long somebody may take at the provider."""
STATUS = {"oidc_down": 503, "oidc_failed": 401, "oidc_denied": 401, "oidc_nobody": 403}
NAMES = ("state", "nonce", "verifier", "next")


def router(parts: Parts) -> APIRouter:
    """The routes; where it is off, nothing is there."""
    routes, settings = APIRouter(), parts.settings.console.oidc
    back = f"{(parts.settings.http.public_url or '').rstrip('/')}{PREFIX}/sign-in/oidc/back"
    provider = Provider(settings, back, parts.clock)
    cookie = "__Host-baoxiu-oidc" if parts.guard.secure else "baoxiu_oidc"

    @routes.get("/sign-in/oidc")
    async def away(request: Request) -> Response:
        _there(settings.enabled)
        kept = {name: secrets.token_urlsafe(48) for name in NAMES[:3]}
        kept["next"] = inside(request.query_params.get("next", ""))
        try:
            address = await provider.address(kept["state"], kept["nonce"], kept["verifier"])
        except OidcProblem as problem:
            return _refused(parts, request, problem, kept["next"])
        response = RedirectResponse(address, 303)
        response.set_cookie(
            cookie, _packed(kept), path="/", httponly=True, samesite="lax", secure=parts.guard.secure,
            max_age=WITHIN_SECONDS,
        )  # fmt: skip
        return response

    @routes.get("/sign-in/oidc/back")
    async def returned(request: Request) -> Response:
        _there(settings.enabled)
        kept = _unpacked(request.cookies.get(cookie, ""))
        wanted = inside(kept["next"]) if kept else PREFIX
        try:
            code = _code(request, kept, str(settings.issuer))
            if wait := await parts.entrance.shut_out(address_of(request)):
                return _locked(parts, request, wait, wanted)
            claims = await provider.claims(code, kept["nonce"], kept["verifier"])
            response = await _let_in(parts, request, told(claims, settings), wanted)
        except OidcProblem as problem:
            if problem.word != "oidc_down":
                await parts.entrance.refused(address_of(request), "oidc")
            response = _refused(parts, request, problem, wanted)
        response.delete_cookie(cookie, path="/", httponly=True, samesite="lax", secure=parts.guard.secure)
        return response

    return routes


def _there(enabled: bool) -> None:
    if not enabled:
        raise HTTPException(404)


async def _let_in(parts: Parts, request: Request, one: Told, wanted: str) -> Response:
    """Raises OidcProblem for whoever has no account, or one that is switched off."""
    from bot.console.passwords import hashed

    address, rule = address_of(request), bool(parts.settings.console.oidc.roles)
    nobodys = await asyncio.to_thread(hashed, secrets.token_urlsafe(32)) if rule else ""
    now = parts.clock()

    def who(tx: Tx) -> User | None:
        return joined(tx, one, rule, nobodys, address, now)

    found = await parts.entrance.vouched(who, address, "oidc")
    if isinstance(found, Entered):
        return entered(parts, found, wanted)
    if isinstance(found, Shut) and found.wait:
        return _locked(parts, request, found.wait, wanted)
    raise OidcProblem("oidc_nobody", "no account that may enter")


def _code(request: Request, kept: dict[str, str], issuer: str) -> str:
    """The code in the address, which this browser was sent for; raises OidcProblem."""
    given = request.query_params
    state = given.get("state", "")
    if not kept or not hmac.compare_digest(state.encode(), kept["state"].encode()):
        raise OidcProblem("oidc_failed", "state")
    if given.get("iss", issuer) != issuer:
        raise OidcProblem("oidc_failed", "iss")
    if "error" in given:
        away = given["error"] in ("temporarily_unavailable", "server_error")
        raise OidcProblem("oidc_down" if away else "oidc_denied", "the provider gave an error")
    if not given.get("code"):
        raise OidcProblem("oidc_failed", "no code")
    return given["code"]


def _refused(parts: Parts, request: Request, problem: OidcProblem, wanted: str) -> Response:
    log.warning("console.oidc_refused", word=problem.word, reason=str(problem))
    return sign_in_page(parts, request, STATUS[problem.word], wanted=wanted, problem=problem.word)


def _locked(parts: Parts, request: Request, wait: int, wanted: str) -> Response:
    return sign_in_page(parts, request, 429, wanted=wanted, problem="locked", wait=wait)


def _packed(kept: dict[str, str]) -> str:
    return urlsafe_b64encode(json.dumps(kept).encode()).decode()


def _unpacked(given: str) -> dict[str, str]:
    """What the cookie holds; empty where it is not one of ours."""
    try:
        kept = json.loads(urlsafe_b64decode(given))
    except ValueError:
        return {}
    whole = isinstance(kept, dict) and all(isinstance(kept.get(name), str) for name in NAMES)
    return kept if whole else {}
