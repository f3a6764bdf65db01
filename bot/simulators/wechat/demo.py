"""The simulated customers over HTTP, for the demo page.

All paths begin with `/simulators/wechat`. `{id}` is any name of 1–64 letters, digits, - or _; a new
name is a new follower. Acts answer `{"bubbles": [...]}`: what the account said at once (passive reply).

    GET  /menu                        the account's menu, as menu/create gave it, or {"button": []}
    POST /customers/{id}/messages     {"text": "…"}
    POST /customers/{id}/taps         {"choice": 1 | "words" | "id", "message"?: bubble number}: of the
                                      latest menu message, or of an older one, which stays tappable
    POST /customers/{id}/menu         {"key": "/report_fault"}: key, url or name of a menu button
    POST /customers/{id}/photos       the picture itself as the body
    POST /customers/{id}/voice        {"recognition": "…"}
    POST /customers/{id}/location     {"latitude", "longitude", "label"}
    POST /customers/{id}/follow       follow again (event subscribe)
    POST /customers/{id}/unfollow
    GET  /customers/{id}/transcript   {"bubbles": […], "following": true, "left": messages still allowed}
    GET  /customers/{id}/events       Server-Sent Events, one bubble each; `Last-Event-ID` resumes
    GET  /media/{media_id}            a picture that a bubble names

A bubble: {"number", "author": customer|account|wechat, "kind", "text", "at", "via": push|passive|service,
"items": [{"id", "title"}], "media"}. Kind `failure` is WeChat's own word that the account is unavailable.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import orjson
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response, StreamingResponse

from bot.simulators.bubbles import Bubble
from bot.simulators.wechat.customers import Customer, NothingToTap
from bot.simulators.wechat.simulator import WeChatSimulator

PREFIX = "/simulators/wechat"
HEARTBEAT_SECONDS = 15.0
MAX_TEXT = 100_000
MAX_PHOTO = 10 * 1024 * 1024

Endpoint = Callable[[Request], Awaitable[Response]]

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def demo_router(simulator: WeChatSimulator) -> APIRouter:
    """The routes above."""
    router = APIRouter()

    def answers(method: str, path: str) -> Callable[[Endpoint], Endpoint]:
        def add(endpoint: Endpoint) -> Endpoint:
            # A plain route: FastAPI takes milliseconds of the start for each of its own.
            router.add_route(PREFIX + path, endpoint, [method])
            return endpoint

        return add

    def customer(request: Request) -> Customer:
        id_ = request.path_params["id_"]
        if not _ID.fullmatch(id_):
            raise HTTPException(404, "a customer's id has 1 to 64 letters, digits, - or _")
        return simulator.customer(id_)

    @answers("GET", "/menu")
    async def menu(_request: Request) -> Response:
        return _json(simulator.menu or {"button": []})

    @answers("POST", "/customers/{id_}/messages")
    async def messages(request: Request) -> Response:
        return _bubbles(await customer(request).says(_text(await _object(request), "text")))

    @answers("POST", "/customers/{id_}/taps")
    async def taps(request: Request) -> Response:
        body = await _object(request)
        choice, message = body.get("choice"), body.get("message")
        if not isinstance(choice, int | str):
            raise HTTPException(400, "'choice' must be a number or words")
        if message is not None and not isinstance(message, int):
            raise HTTPException(400, "'message' must be a bubble's number")
        return await _tapped(customer(request).taps(choice, message))

    @answers("POST", "/customers/{id_}/menu")
    async def menu_click(request: Request) -> Response:
        return await _tapped(customer(request).clicks_menu(_text(await _object(request), "key")))

    @answers("POST", "/customers/{id_}/photos")
    async def photos(request: Request) -> Response:
        content = await request.body()
        if not content or len(content) > MAX_PHOTO:
            raise HTTPException(400, "the body must be a picture of at most 10 MB")
        return _bubbles(await customer(request).sends_photo(content))

    @answers("POST", "/customers/{id_}/voice")
    async def voice(request: Request) -> Response:
        return _bubbles(await customer(request).sends_voice(_text(await _object(request), "recognition")))

    @answers("POST", "/customers/{id_}/location")
    async def location(request: Request) -> Response:
        body = await _object(request)
        latitude, longitude = _degrees(body, "latitude", 90), _degrees(body, "longitude", 180)
        return _bubbles(
            await customer(request).sends_location(latitude, longitude, str(body.get("label", ""))[:200])
        )

    @answers("POST", "/customers/{id_}/follow")
    async def follow(request: Request) -> Response:
        return _bubbles(await customer(request).follows())

    @answers("POST", "/customers/{id_}/unfollow")
    async def unfollow(request: Request) -> Response:
        return _bubbles(await customer(request).unfollows())

    @answers("GET", "/customers/{id_}/transcript")
    async def transcript(request: Request) -> Response:
        found = customer(request)
        bubbles = [bubble.as_json() for bubble in found.transcript]
        left = found.quota.left(simulator.clock())
        return _json({"bubbles": bubbles, "following": found.following, "left": left})

    @answers("GET", "/customers/{id_}/events")
    async def events(request: Request) -> Response:
        last = request.headers.get("last-event-id", "")
        stream = _stream(customer(request), int(last) if last.isdecimal() else None)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    return router


async def _stream(customer: Customer, after: int | None) -> AsyncIterator[bytes]:
    queue = customer.listen()
    try:
        yield b": open\n\n"
        missed = [b for b in customer.transcript if after is not None and b.number > after]
        for earlier in missed:
            yield _event(earlier)
        seen = missed[-1].number if missed else 0
        while True:
            bubble: Bubble | None
            try:
                bubble = await asyncio.wait_for(queue.get(), HEARTBEAT_SECONDS)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if bubble is None:
                return
            if bubble.number > seen:
                yield _event(bubble)
    finally:
        customer.leave(queue)


def _event(bubble: Bubble) -> bytes:
    return b"id: %d\ndata: %s\n\n" % (bubble.number, orjson.dumps(bubble.as_json()))


async def _tapped(act: Any) -> Response:
    try:
        return _bubbles(await act)
    except NothingToTap as problem:
        raise HTTPException(409, str(problem)) from None


async def _object(request: Request) -> dict[str, Any]:
    try:
        value = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise HTTPException(400, "the body is not valid JSON") from None
    if not isinstance(value, dict):
        raise HTTPException(400, "the body must be a JSON object")
    return value


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_TEXT:
        raise HTTPException(400, f"'{name}' must be text of 1 to {MAX_TEXT} characters")
    return value


def _degrees(body: dict[str, Any], name: str, limit: float) -> float:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= limit:
        raise HTTPException(400, f"'{name}' must be a number of degrees up to {limit}")
    return float(value)


def _bubbles(bubbles: list[Bubble]) -> Response:
    return _json({"bubbles": [bubble.as_json() for bubble in bubbles]})


def _json(value: Any) -> Response:
    return Response(orjson.dumps(value), media_type="application/json")
