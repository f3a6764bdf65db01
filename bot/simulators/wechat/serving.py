"""How the simulated server APIs of WeChat and WeCom serve a call: counted, with faults, bodies in JSON."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import Response

from bot.simulators.wechat.faults import Fault, Faults
from bot.simulators.wechat.media import MediaStore

Body = dict[str, Any]
Work = Callable[[Request, Body], Awaitable[Response]]
UPLOAD = "media/upload"


def endpoint(
    path: str, work: Work, calls: Counter[str], faults: Faults, refusal: Callable[[int], Response]
) -> Callable[[Request], Awaitable[Response]]:
    """The route of one call, which may meet a fault; `refusal` answers an error code."""

    async def serve(request: Request) -> Response:
        calls[path] += 1
        fault = faults.next(path)
        if fault is not None and (answer := await _suffer(fault, request, refusal)) is not None:
            return answer
        answer = await work(request, await _body(request) if path != UPLOAD else {})
        if fault is not None and fault.kind == "lose":
            await _until_hung_up(request)
        return answer

    return serve


def json_answer(value: Body) -> Response:
    """A JSON object as the answer."""
    return Response(orjson.dumps(value), media_type="application/json")


async def uploaded(request: Request, media: MediaStore) -> str | None:
    """The media id of the file in the form's field `media`; None where there is none."""
    async with request.form(max_files=1) as form:
        file = form.get("media")
        if file is None or isinstance(file, str):
            return None
        mime = file.content_type or "application/octet-stream"
        return media.keep(await file.read(), mime, file.filename or "")


async def _suffer(fault: Fault, request: Request, refusal: Callable[[int], Response]) -> Response | None:
    """What the fault answers instead of the platform, or None when the call goes on."""
    if fault.kind == "delay":
        await asyncio.sleep(fault.value)
        return None
    if fault.kind == "code":
        return refusal(int(fault.value))
    if fault.kind == "status":
        return Response(status_code=int(fault.value))
    if fault.kind == "drop":
        await _until_hung_up(request)
        return Response(status_code=504)
    return None


async def _until_hung_up(request: Request) -> None:
    await request.body()
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _body(request: Request) -> Body:
    if request.method != "POST":
        return {}
    # WeChat does not undo \u escapes in text: the customer would see them.
    raw = (await request.body()).replace(b"\\u", b"\\\\u")
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}
