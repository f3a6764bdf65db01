"""The bot's side over HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import UploadFile

from bot.simulators.telegram.errors import Refusal, bad_request
from bot.simulators.telegram.faults import Delay, Fail, LoseAnswer, LoseRequest
from bot.simulators.telegram.methods import Methods

if TYPE_CHECKING:
    from bot.simulators.telegram.simulator import TelegramSimulator

STRUCTURED = (
    "reply_markup",
    "link_preview_options",
    "allowed_updates",
    "commands",
    "scope",
    "reply_parameters",
)


def bot_routes(platform: TelegramSimulator) -> APIRouter:
    """The Bot API of this platform."""
    routes = APIRouter()
    methods = Methods(platform)

    @routes.api_route("/bot{token}/{method}", methods=["GET", "POST"], include_in_schema=False)
    async def call(token: str, method: str, request: Request) -> JSONResponse:
        try:
            _check_token(platform, token)
            result = await _with_faults(platform, methods, method, await _parameters(request))
        except Refusal as refusal:
            return JSONResponse(refusal.as_json(), refusal.code)
        return JSONResponse({"ok": True, "result": result})

    @routes.get("/file/bot{token}/{path:path}", include_in_schema=False)
    async def download(token: str, path: str) -> Response:
        try:
            _check_token(platform, token)
        except Refusal as refusal:
            return JSONResponse(refusal.as_json(), refusal.code)
        file = platform.files.at(path)
        if file is None:
            return JSONResponse(Refusal(404, "Not Found").as_json(), 404)
        return Response(file.content, media_type="application/octet-stream")

    return routes


async def _with_faults(
    platform: TelegramSimulator, methods: Methods, method: str, parameters: dict[str, Any]
) -> Any:
    fault = platform.faults.meet(method)
    if isinstance(fault, Fail):
        raise Refusal(fault.code, fault.description, fault.retry_after)
    if isinstance(fault, Delay):
        await asyncio.sleep(fault.seconds)
    if isinstance(fault, LoseRequest):
        await asyncio.sleep(fault.seconds)
        raise Refusal(504, "Gateway Timeout")
    result = await methods.call(method, parameters)
    if isinstance(fault, LoseAnswer):
        await asyncio.sleep(fault.seconds)
        raise Refusal(504, "Gateway Timeout")
    return result


def _check_token(platform: TelegramSimulator, token: str) -> None:
    if token == platform.token:
        return
    if token.partition(":")[0].isdecimal() and ":" in token:
        raise Refusal(401, "Unauthorized")
    raise Refusal(404, "Not Found")


async def _parameters(request: Request) -> dict[str, Any]:
    """JSON, form, multipart and query alike; uploaded files become bytes."""
    parameters: dict[str, Any] = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError:
            raise bad_request("can't parse JSON object") from None
        if not isinstance(body, dict):
            raise bad_request("object expected as parameters")
        return parameters | body
    if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        async with request.form() as form:
            for name, value in form.multi_items():
                parameters[name] = await value.read() if isinstance(value, UploadFile) else value
                if isinstance(value, UploadFile):
                    parameters[f"{name}_name"] = value.filename or ""
    for name in STRUCTURED:
        if isinstance(parameters.get(name), str) and parameters[name]:
            try:
                parameters[name] = json.loads(parameters[name])
            except ValueError:
                raise bad_request(f"can't parse {name} JSON object") from None
    return parameters
