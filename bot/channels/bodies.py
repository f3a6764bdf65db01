"""Request bodies: read with a limit, and JSON with friendly complaints."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any

from fastapi import Request


class BadRequest(Exception):
    """The request cannot be taken; `status` and `problem` are what the caller is told."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status
        self.problem = problem


async def limited(chunks: AsyncIterator[bytes], limit: int) -> AsyncGenerator[bytes, None]:
    """The same chunks; raises BadRequest 413 when they grow beyond `limit` bytes."""
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise BadRequest(413, f"the body is larger than {limit} bytes")
        yield chunk


def check_declared(headers: Mapping[str, str], limit: int) -> None:
    """Refuse by Content-Length what is too large, before any of it is read."""
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise BadRequest(413, f"the body is larger than {limit} bytes")


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body; raises BadRequest 413 beyond `limit` bytes."""
    check_declared(request.headers, limit)
    return b"".join([chunk async for chunk in limited(request.stream(), limit)])


async def read_object(request: Request, limit: int) -> dict[str, Any]:
    """The body as a JSON object; raises BadRequest with what is wrong with it."""
    raw = await read_body(request, limit)
    try:
        # The standard library's reader takes lone surrogates, which cleaning then mends.
        value = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadRequest(400, "the body is not valid JSON") from None
    if not isinstance(value, dict):
        raise BadRequest(400, "the body must be a JSON object")
    return value
