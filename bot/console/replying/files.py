"""Photos and files in replies, as the composer sends them: one with each reply."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from bot.console import PREFIX, acting, signs
from bot.console.acting import BadText, Flagged, Sending
from bot.console.forms import LARGEST_ID
from bot.console.parts import Parts
from bot.console.replying import afterwards, drafting, enclosing
from handlers.ownership import NotMoved


def router(parts: Parts) -> APIRouter:
    """The route that takes a reply with a file."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages

    @routes.post("/talks/{talk_id:int}/upload")
    async def upload(request: Request, talk_id: int) -> Response:
        visitor, form = await guard.posted(request)
        known = talk_id if talk_id < LARGEST_ID else 0
        if await parts.store.read(lambda tx: tx.conversations.known(known)) is None:
            return pages.problem(request, 404, "not_found")
        anyway = form.get("anyway") == "1"
        if not anyway and (who := await signs.writing(parts, visitor, talk_id)):
            return pages.answer(request, "talk/others_write.html", 422, who=who)
        then = afterwards.wished(form)
        try:
            sending = await _taken(parts, request, form.get("kind", ""))
            writing = acting.write(
                parts, visitor, talk_id, form.get("text", ""), form.get("key", ""), note=False,
                held=timedelta(seconds=parts.settings.console.undo_seconds), anyway=anyway,
                marks=form.get("marks", ""), file=sending, then=then, stamp=drafting.stamp(form),
            )  # fmt: skip
            await enclosing.written(parts, sending, writing)
        except Flagged as flagged:
            return pages.answer(request, "talk/flags.html", 422, flags=flagged.flags, stops=flagged.stops)
        except BadText as problem:
            status = 413 if problem.word == "file_too_large" else 422
            return pages.problem(request, status, problem.word, enclosing.kinds(parts.settings.console))
        except NotMoved as refused:
            names = await parts.store.read(lambda tx: {one.id: one.shown for one in tx.users.all()})
            return pages.problem(request, 409, refused.why, who=names.get(refused.agent_id or 0, ""))
        if request.headers.get("hx-request") == "true":
            return Response(status_code=204)
        return RedirectResponse(f"{PREFIX}/talks/{talk_id}", 303)

    return routes


async def _taken(parts: Parts, request: Request, kind: str) -> Sending:
    """The file, kept; raises BadText for one that is not sent, or too large, or stands in a note."""
    if kind == "note":
        raise BadText("file_in_note")
    file = (await request.form()).get("file")
    if not isinstance(file, UploadFile):
        raise BadText("file_missing")
    settings = parts.settings.console
    content = await file.read(max(settings.photo_bytes, settings.file_bytes) + 1)
    found = enclosing.checked(settings, content)
    return await enclosing.enclosed(parts, content, found, file.filename or "")
