"""The pages where agents work: lists of conversations, one conversation, what can be done with it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.console import PREFIX, acting, first_steps, looking, reading, saved_views, signs
from bot.console.acting import BadText, Flagged
from bot.console.door import inside
from bot.console.entering import Visitor
from bot.console.forms import LARGEST_ID, row_id
from bot.console.masking import sight
from bot.console.panel import routes as panel
from bot.console.parts import Parts
from bot.console.replying import afterwards, drafting, enclosing
from handlers import ownership
from handlers.ownership import NotMoved
from storage import Tx
from storage.presence import STATES

INBOX = "inbox.html"
LIST, TALK = "list.html", "talk_live.html"
"""The parts of pages that are fetched again by themselves: each reads only what it shows."""


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages

    async def shown(request: Request, template: str, talk_id: int | None) -> Response:
        visitor = await guard.visitor(request, active=request.headers.get("hx-request") != "true")
        look = looking.look(request.query_params, parts.settings)
        since = parts.reveals_since()
        wanted = talk_id if template != LIST else None
        board = template != TALK
        back = row_id(request.query_params.get("from", "")) or 0
        found = await parts.store.read(
            lambda tx: _everything(tx, parts, visitor, look, wanted, back, board, since)
        )
        if template == INBOX:
            user = visitor.user
            found["steps"] = await parts.store.read(lambda tx: first_steps.left(tx, parts.settings, user))
        if template == "talk.html" and talk_id is not None:
            side = await parts.store.read(lambda tx: panel.everything(tx, parts, visitor, request, talk_id))
            found |= side or {}
            mine = visitor.user.id
            found["kept"] = await parts.store.read(lambda tx: drafting.kept(tx, mine, talk_id))
        if wanted is not None and found["talk"] is None:
            return pages.problem(request, 404, "not_found")
        talk = found["talk"]
        if talk is not None and request.headers.get("x-visible") != "no":
            await looking.seen(parts, visitor, talk.conversation.id, talk.seen)
        return pages.answer(
            request,
            template,
            view=look.view,
            look=look,
            now=parts.clock(),
            problem=None,
            files=enclosing.offered(parts, talk.conversation) if talk is not None else None,
            limit=parts.voice.text_limit(talk.conversation) if talk is not None else None,
            longest=acting.LONGEST,
            around=reading.AROUND,
            opened=talk_id,
            **found,
        )

    @routes.get("/")
    async def inbox(request: Request) -> Response:
        return await shown(request, INBOX, None)

    @routes.get("/list", dependencies=parts.by_itself.each)
    async def rows(request: Request, open: str = "") -> Response:
        return await shown(request, LIST, row_id(open))

    @routes.get("/talks/{talk_id:int}")
    async def talk(request: Request, talk_id: int) -> Response:
        return await shown(request, "talk.html", _known(talk_id))

    @routes.get("/talks/{talk_id:int}/live")
    async def talk_live(request: Request, talk_id: int) -> Response:
        return await shown(request, TALK, _known(talk_id))

    @routes.post("/talks/{talk_id:int}/move/{name}")
    async def move(request: Request, talk_id: int, name: str) -> Response:
        visitor, form = await guard.posted(request)
        if name not in acting.MOVES or await _missing(talk_id):
            return pages.problem(request, 404, "not_found")
        how: dict[str, Any] = {}
        if name == "assign":
            to = form.get("to", "")
            how["agent_id"] = int(to) if to.isdecimal() and int(to) < LARGEST_ID else None
        if name in ownership.SETTLING and form.get("seen", "").isdecimal():
            how["seen"] = int(form["seen"])
        if name == "refer":
            how["skill"] = form.get("skill", "").strip()[:64] or None
        try:
            await acting.move(parts, visitor, talk_id, name, **how)
        except NotMoved as refused:
            return await _refused(request, refused)
        return RedirectResponse(inside(form.get("next") or f"{PREFIX}/talks/{talk_id}"), 303)

    @routes.post("/talks/{talk_id:int}/say")
    async def say(request: Request, talk_id: int) -> Response:
        visitor, form = await guard.posted(request)
        if await _missing(talk_id):
            return pages.problem(request, 404, "not_found")
        note = form.get("kind") == "note"
        if not note and form.get("anyway") != "1" and (who := await signs.writing(parts, visitor, talk_id)):
            return pages.answer(request, "talk/others_write.html", 422, who=who)
        try:
            await acting.write(
                parts, visitor, talk_id, form.get("text", ""), form.get("key", ""), note,
                held=timedelta(seconds=parts.settings.console.undo_seconds), anyway=form.get("anyway") == "1",
                marks=form.get("marks", ""), then=afterwards.wished(form), stamp=drafting.stamp(form),
            )  # fmt: skip
        except Flagged as flagged:
            return pages.answer(request, "talk/flags.html", 422, flags=flagged.flags, stops=flagged.stops)
        except BadText as problem:
            return pages.problem(request, 422, problem.word)
        except NotMoved as refused:
            return await _refused(request, refused)
        if request.headers.get("hx-request") == "true":
            return Response(status_code=204)
        return RedirectResponse(f"{PREFIX}/talks/{talk_id}", 303)

    @routes.post("/presence")
    async def presence(request: Request) -> Response:
        visitor, form = await guard.posted(request)
        state = form.get("state", "")
        if state not in STATES:
            return pages.problem(request, 422, "bad_request")
        await acting.be(parts, visitor, state)
        return RedirectResponse(PREFIX, 303)

    async def _missing(talk_id: int) -> bool:
        return await parts.store.read(lambda tx: tx.conversations.known(_known(talk_id))) is None

    async def _refused(request: Request, refused: NotMoved) -> Response:
        names = await parts.store.read(lambda tx: {one.id: one.shown for one in tx.users.all()})
        who = names.get(refused.agent_id or 0, "")
        return pages.problem(request, 409, refused.why, who=who)

    return routes


def _known(talk_id: int) -> int:
    """The id; one that no row can have is that of none."""
    return talk_id if talk_id < LARGEST_ID else 0


def _everything(
    tx: Tx,
    parts: Parts,
    visitor: Visitor,
    look: looking.Look,
    talk_id: int | None,
    back: int,
    board: bool,
    since: datetime,
) -> dict[str, Any]:
    """What the page needs, read at one moment; `board`: the list too, `back`: from which message on."""
    user, now = visitor.user, parts.clock()
    talk = reading.talk(tx, talk_id, back) if talk_id is not None else None
    online, everybody = tx.presence.online(), tx.users.all()
    moves = (
        {name: ownership.may(talk.conversation, name, ownership.mover(user)) for name in acting.MOVES}
        if talk
        else {}
    )
    return {
        **(_board(tx, parts, visitor, look, now) if board else {}),
        "talk": talk,
        "sight": sight(tx, visitor, since),
        "moves": moves,
        "names": {one.id: one.shown for one in everybody},
        "presence": tx.presence.of(user.id),
        "online": [one for one in everybody if one.active and one.id in online and one.id != user.id],
        "there": len(online),
        "skills_known": _skills(tx) if talk and talk.conversation.agent_id == user.id else (),
    }


def _skills(tx: Tx) -> list[str]:
    """The skills that somebody has."""
    return sorted({skill for one in tx.staff.all() if one.active for skill in one.skills})


def _board(tx: Tx, parts: Parts, visitor: Visitor, look: looking.Look, now: datetime) -> dict[str, Any]:
    """The list, views of one's own, and whether too many wait."""
    user = visitor.user
    crowded = ownership.peak(tx, now, parts.settings.queue)
    word = ("peak_help" if parts.taking.helps(tx, user, now) else "peak") if crowded else None
    views = saved_views.shown(tx, parts, visitor, look)
    return {**looking.listed(tx, parts, user, look, now), "crowded": word, "saved_views": views}
