"""The page's routes: GET /chat and what its script calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from bot.channels.bodies import BadRequest, check_declared, limited, read_object
from bot.channels.protocol import Desk
from bot.channels.web import inbound
from bot.channels.web.assets import Assets
from bot.channels.web.history import History, external_id, presented, shown_file
from bot.channels.web.hub import Hub
from bot.channels.web.kinds import KINDS
from bot.channels.web.limits import Doorkeeper
from bot.channels.web.page import STATIC, Page
from bot.channels.web.refusals import GuardedRoute, Refusal, check_content_type, check_same_origin
from bot.channels.web.stream import events, last_seen
from bot.channels.web.uploads import NotTaken, Stored, TooLarge, Uploads, called
from bot.channels.web.visitors import Visitors
from bot.channels.web.words import Catalogue
from bot.messages import Address, Attachment, Inbound, Taken

HISTORY_PAGE = 50
FORM_OVERHEAD = 65_536
SIGN_BYTES = 16


@dataclass(frozen=True, slots=True)
class ChatRoutes:
    """What the routes work with."""

    history: History
    hub: Hub
    uploads: Uploads
    visitors: Visitors
    doorkeeper: Doorkeeper
    page: Page
    catalogue: Catalogue
    clock: Callable[[], datetime]
    address: Callable[[str], Address]
    max_body_bytes: int
    max_upload_bytes: int
    heartbeat: float

    def router(self, desk: Desk) -> APIRouter:
        """Every route under /chat."""
        assets = Assets(STATIC / "chat")
        routes = APIRouter(prefix="/chat", route_class=GuardedRoute, tags=["web"])

        @routes.get("")
        async def page(request: Request) -> Response:
            response = self.page.answer(request)
            self.visitors.welcome(request, response)
            return response

        @routes.get("/static/{name}")
        async def static(name: str, request: Request) -> Response:
            return assets.serve(name, request)

        @routes.post("/messages")
        async def messages(request: Request) -> Response:
            return await self.take_message(request, desk)

        @routes.post("/files")
        async def files(request: Request) -> Response:
            return await self.take_file(request, desk)

        @routes.post("/typing")
        async def typing(request: Request) -> Response:
            return await self.take_sign(request, desk)

        @routes.get("/history")
        async def history(request: Request) -> Response:
            return await self.show_history(request)

        @routes.get("/stream")
        async def stream(request: Request) -> Response:
            return self.open_stream(request)

        @routes.get("/media/{name}")
        async def media(name: str, request: Request) -> Response:
            return await self.show_media(name, request)

        return routes

    async def take_message(self, request: Request, desk: Desk) -> Response:
        """Text, a choice, a command or a place becomes one turn."""
        peer = self._admit(request, "messages")
        check_content_type(request, "application/json")
        body = await read_object(request, self.max_body_bytes)
        said = inbound.read(body, self.address(peer), self.clock(), self.catalogue)
        return self._took(peer, await desk.receive(said))

    async def take_file(self, request: Request, desk: Desk) -> Response:
        """A photo, video, voice or document, fields `file`, `id`, optionally `language`, becomes one turn."""
        peer = self._admit(request, "files")
        check_content_type(request, "multipart/form-data")
        limit = self.max_upload_bytes + FORM_OVERHEAD
        check_declared(request.headers, limit)
        form = MultiPartParser(request.headers, limited(request.stream(), limit), max_files=1, max_fields=4)
        try:
            fields = await form.parse()
        except MultiPartException as problem:
            raise BadRequest(400, problem.message) from None
        try:
            file = fields.get("file")
            if not isinstance(file, UploadFile):
                raise BadRequest(400, "the form has no file 'file'")
            message_id = inbound.client_id(fields.get("id"))
            stored = await self._store(peer, file)
            kind, name = stored.kind, ""
            if kind.sort == "document":
                name = called(file.filename or "", kind.suffix)
        finally:
            await fields.close()
        sent = Attachment(kind.sort, stored.ref, name, kind.mime, stored.size)
        said = Inbound(
            address=self.address(peer),
            external_id=external_id(peer, message_id),
            sent_at=self.clock(),
            attachments=(sent,),
            language=inbound.language(fields.get("language")),
        )
        taken = await desk.receive(said)
        if taken.duplicate:
            await asyncio.to_thread(self.uploads.forget, stored)
        return self._took(peer, taken, shown_file(kind.sort, stored.ref, name))

    async def take_sign(self, request: Request, desk: Desk) -> Response:
        """The visitor types; what, is not said."""
        peer = self._admit(request, "typing")
        check_content_type(request, "application/json")
        if await read_object(request, SIGN_BYTES):
            raise BadRequest(400, "a sign says nothing")
        await desk.writes(self.address(peer))
        return Response(status_code=204)

    async def show_history(self, request: Request) -> Response:
        """`?before=` a number: the page of lines before it; `?after=`: what came since; else the newest."""
        peer = self._visitor(request)
        after, before = request.query_params.get("after"), request.query_params.get("before")
        if after is not None:
            lines = await self.history.after(peer, last_seen("", after), HISTORY_PAGE + 1)
            more, lines = len(lines) > HISTORY_PAGE, lines[:HISTORY_PAGE]
        else:
            newest = last_seen("", before) if before is not None else None
            lines = await self.history.before(peer, newest, HISTORY_PAGE + 1)
            more, lines = len(lines) > HISTORY_PAGE, lines[-HISTORY_PAGE:]
        return JSONResponse({"messages": await presented(self.history, lines, peer), "more": more})

    def open_stream(self, request: Request) -> Response:
        """Server-sent events from Last-Event-ID (or `?after=`) on."""
        peer = self._visitor(request)
        seen = last_seen(request.headers.get("last-event-id", ""), request.query_params.get("after", ""))
        if self.hub.crowded(peer):
            raise Refusal(503, "crowded", after=10)

        async def body() -> AsyncIterator[bytes]:
            with self.hub.listening(peer, seen) as listener:
                async for event in events(self.history, listener, peer, self.heartbeat):
                    yield event

        headers = {"X-Accel-Buffering": "no"}
        return StreamingResponse(body(), media_type="text/event-stream", headers=headers)

    async def show_media(self, name: str, request: Request) -> Response:
        """A file, to the visitor who sent it and to nobody else; a document is only ever saved."""
        peer = self._visitor(request)
        path = await asyncio.to_thread(self.uploads.path, peer, name)
        if path is None:
            return Response(status_code=404)
        kind = KINDS[path.suffix[1:]]
        headers = {"Cache-Control": "private, max-age=86400, immutable"}
        if kind.sort == "document":
            headers["Content-Disposition"] = f'attachment; filename="document.{kind.suffix}"'
        return FileResponse(path, media_type=kind.mime, headers=headers)

    def _visitor(self, request: Request) -> str:
        peer = self.visitors.peer(request)
        if peer is None:
            raise Refusal(401, "no_visitor")
        return peer

    def _admit(self, request: Request, kind: str) -> str:
        check_same_origin(request)
        peer = self._visitor(request)
        wait = self.doorkeeper.wait(kind, peer, request.client.host if request.client else "")
        if wait:
            raise Refusal(429, "slow_down", after=wait)
        return peer

    async def _store(self, peer: str, file: UploadFile) -> Stored:
        try:
            return await asyncio.to_thread(self.uploads.save, peer, file.file, file.content_type or "")
        except NotTaken:
            raise Refusal(415, "not_taken") from None
        except TooLarge:
            raise Refusal(413, "too_large") from None
        except OSError:
            raise Refusal(507, "no_space") from None

    def _took(self, peer: str, taken: Taken, file: dict[str, str] | None = None) -> Response:
        self.hub.wake(peer)
        last = max((delivery.seq for delivery in taken.deliveries), default=0)
        body: dict[str, Any] = {"replies": len(taken.deliveries), "last": last, "duplicate": taken.duplicate}
        if taken.delayed:
            # Nothing of it is in the history yet, so the word of the delay travels with the answer.
            body |= {"delayed": True, "notice": "\n\n".join(d.reply.text for d in taken.deliveries)}
        if file:
            body["file"] = file
        return JSONResponse(body)
