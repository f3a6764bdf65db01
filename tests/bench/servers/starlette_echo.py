"""The floor: a bare Starlette route that echoes JSON, under uvicorn."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.bench.servers.serving import serve


async def echo(request: Request) -> JSONResponse:
    """The body, as it came."""
    return JSONResponse(await request.json())


if __name__ == "__main__":
    serve(Starlette(routes=[Route("/webhooks/telegram", echo, methods=["POST"])]))
