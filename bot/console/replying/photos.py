"""Photos in replies: taken by their bytes, within what the settings allow, kept before the message is."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from bot.channels.web.kinds import Kind, sniff
from bot.console import PREFIX, acting, signs
from bot.console.acting import BadText, Flagged
from bot.console.forms import LARGEST_ID
from bot.console.parts import Parts
from bot.media import MediaShelf
from bot.sent_photos import keep
from handlers.ownership import NotMoved


def router(parts: Parts) -> APIRouter:
    """The route that takes a reply with a photo."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages
    shelf = MediaShelf(parts.settings.data_path / "media")

    @routes.post("/talks/{talk_id:int}/upload")
    async def upload(request: Request, talk_id: int) -> Response:
        visitor, form = await guard.posted(request)
        known = talk_id if talk_id < LARGEST_ID else 0
        if await parts.store.read(lambda tx: tx.conversations.known(known)) is None:
            return pages.problem(request, 404, "not_found")
        anyway = form.get("anyway") == "1"
        if not anyway and (who := await signs.writing(parts, visitor, talk_id)):
            return pages.answer(request, "talk/others_write.html", 422, who=who)
        name, done = "", False
        try:
            content, kind = await _taken(parts, request, form.get("kind", ""))
            name = await asyncio.to_thread(keep, shelf, content)
            done = await acting.write(
                parts, visitor, talk_id, form.get("text", ""), form.get("key", ""), note=False,
                held=timedelta(seconds=parts.settings.console.undo_seconds), anyway=anyway,
                marks=form.get("marks", ""), photo=acting.Photo(name, kind.mime, len(content)),
            )  # fmt: skip
        except Flagged as flagged:
            return pages.answer(request, "talk/flags.html", 422, flags=flagged.flags, stops=flagged.stops)
        except BadText as problem:
            return pages.problem(request, 413 if problem.word == "photo_too_large" else 422, problem.word)
        except NotMoved as refused:
            names = await parts.store.read(lambda tx: {one.id: one.shown for one in tx.users.all()})
            return pages.problem(request, 409, refused.why, who=names.get(refused.agent_id or 0, ""))
        finally:
            if name and not done:
                shelf.path(name).unlink(missing_ok=True)
        if request.headers.get("hx-request") == "true":
            return Response(status_code=204)
        return RedirectResponse(f"{PREFIX}/talks/{talk_id}", 303)

    return routes


async def _taken(parts: Parts, request: Request, kind: str) -> tuple[bytes, Kind]:
    """The photo's bytes; raises BadText for what is none, or too large, or stands in a note."""
    if kind == "note":
        raise BadText("photo_in_note")
    file = (await request.form()).get("photo")
    if not isinstance(file, UploadFile):
        raise BadText("photo_missing")
    limit, kinds = parts.settings.console.photo_bytes, parts.settings.console.photo_kinds
    content = await file.read(limit + 1)
    if len(content) > limit:
        raise BadText("photo_too_large")
    found = sniff(content[:64])
    if found is None or found.suffix not in kinds:
        raise BadText("photo_kind")
    return content, found
