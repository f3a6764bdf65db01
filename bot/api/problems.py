"""Problems as RFC 9457 writes them (`application/problem+json`): each has a type, a title and words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from storage import StoreProblem

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:baoxiu:problem:"


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of problem: its status and its title."""

    status: int
    title: str


KINDS = {
    "bad-request": Kind(400, "The request cannot be read"),
    "no-token": Kind(401, "A valid token is needed"),
    "not-allowed": Kind(403, "The token does not allow this"),
    "not-found": Kind(404, "There is no such thing"),
    "no-such-method": Kind(405, "This method is not offered here"),
    "refused": Kind(409, "The order cannot be moved so"),
    "not-now": Kind(409, "It cannot be done now"),
    "changed": Kind(412, "It was changed meanwhile"),
    "too-large": Kind(413, "The request is too large"),
    "invalid": Kind(422, "The request has a wrong value"),
    "against-policy": Kind(422, "The policy does not allow this return"),
    "key-used": Kind(422, "The Idempotency-Key was used for something else"),
    "too-many": Kind(429, "Too many requests"),
    "version-needed": Kind(428, "If-Match is needed"),
    "broken": Kind(500, "Something went wrong on our side"),
    "away": Kind(503, "The desk cannot do this right now"),
}
_OF_STATUS = {400: "bad-request", 404: "not-found", 405: "no-such-method", 413: "too-large"}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "A problem as RFC 9457 writes it.",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "enum": [TYPE + name for name in KINDS]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong here, in words."},
        "reason": {"type": "string", "description": "Why it is refused, as a code."},
        "possible": {
            "type": "array",
            "items": {"type": "string"},
            "description": "The moves that this token may make now.",
        },
        "instead": {
            "type": "array",
            "items": {"type": "string", "enum": ["exchange", "repair"]},
            "description": "What the policy allows instead of a return.",
        },
        "free": {
            "type": "array",
            "description": "The times at which somebody can visit instead.",
            "items": {
                "type": "object",
                "required": ["day", "slot"],
                "properties": {"day": {"type": "string"}, "slot": {"type": "string"}},
            },
        },
        "errors": {
            "type": "array",
            "description": "Each wrong value.",
            "items": {
                "type": "object",
                "required": ["in", "detail"],
                "properties": {
                    "in": {"type": "string", "enum": ["body", "query", "header", "path"]},
                    "pointer": {"type": "string", "description": "Of the body: a JSON pointer (RFC 6901)."},
                    "name": {"type": "string", "description": "Of a parameter: its name."},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


class ApiProblem(Exception):
    """What the caller is told instead of a result; `more` are further members of the document."""

    def __init__(self, name: str, detail: str = "", **more: Any) -> None:
        super().__init__(detail)
        self.name = name
        self.detail = detail
        self.more = more


def wrong(pointer: str, detail: str, where: str = "body") -> ApiProblem:
    """One wrong value of the body, by its JSON pointer, or of a parameter, by its name."""
    return ApiProblem("invalid", errors=[at(pointer, detail, where)])


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """An operation's problems for OpenAPI; those that any operation may have are added."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    every = sorted({401, 403, 413, 422, 429, 500, 503, *statuses})
    titles = {kind.status: kind.title for kind in reversed(KINDS.values())}
    return {status: {"description": titles[status], "content": content} for status in every}


def response(name: str, detail: str = "", headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    """The document; every character beyond ASCII is escaped, as what was sent may hold anything."""
    kind = KINDS[name]
    body = {"type": TYPE + name, "title": kind.title, "status": kind.status}
    body |= {"detail": detail} if detail else {}
    if name == "no-token":
        headers = {**(headers or {}), "WWW-Authenticate": "Bearer"}
    return Response(json.dumps({**body, **more}), kind.status, headers, MEDIA_TYPE)


async def _told(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, ApiProblem)
    return response(problem.name, problem.detail, **problem.more)


async def _invalid(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, RequestValidationError)
    return response("invalid", errors=[_of_pydantic(one) for one in problem.errors()])


async def _http(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    name = _OF_STATUS.get(problem.status_code, "bad-request")
    return response(name, headers=problem.headers)


async def _away(_request: Request, problem: Exception) -> Response:
    log.error("store.away", reason=str(problem))
    return response("away", headers={"Retry-After": "5"})


async def _broken(request: Request, problem: Exception) -> Response:
    log.error("request.failed", path=request.url.path, problem=type(problem).__name__, exc_info=problem)
    return response("broken")


HANDLERS: dict[Any, Any] = {
    ApiProblem: _told,
    RequestValidationError: _invalid,
    HTTPException: _http,
    StoreProblem: _away,
    Exception: _broken,
}


def _of_pydantic(found: Mapping[str, Any]) -> dict[str, str]:
    where, *path = found["loc"]
    words = str(found["msg"]).removeprefix("Value error, ")
    if found["type"] == "json_invalid":
        return {"in": "body", "pointer": "", "detail": "This is not valid JSON."}
    place = _pointer(path) if where == "body" else ".".join(map(str, path))
    return at(place, words, str(where))


def at(place: str, detail: str, where: str = "body") -> dict[str, str]:
    """A wrong value as `errors` has it."""
    return {"in": where, "pointer" if where == "body" else "name": place, "detail": detail}


def _pointer(path: Iterable[Any]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
