"""What an agent has begun to write is kept on the desk: another device finds it, and lists show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from bot.cleaning import clean
from bot.console.forms import LARGEST_ID, BadForm
from bot.console.means import Doer, Means
from bot.console.parts import Parts
from storage import Tx
from storage.agent_drafts import KINDS, AgentDraft

LONGEST = 20_000
"""Characters; longer ones stay in the browser alone."""
MARKS = 500
FIELDS = ("kind", "text", "marks", "stamp")
LAST_STAMP = 2**53
"""The largest whole number that pages count with."""


def router(parts: Parts) -> APIRouter:
    """The route at which pages keep drafts."""
    routes, guard = APIRouter(), parts.guard

    @routes.post("/talks/{talk_id:int}/draft")
    async def keep(request: Request, talk_id: int) -> Response:
        visitor, form = await guard.posted(request)
        if not await begun(parts, visitor, talk_id if talk_id < LARGEST_ID else 0, _draft(form)):
            return parts.pages.problem(request, 404, "not_found")
        return Response(status_code=204)

    return routes


async def begun(means: Means, doer: Doer, conversation_id: int, draft: AgentDraft) -> bool:
    """Keep what they have written so far; False where there is no such conversation."""
    now = means.clock()

    def work(tx: Tx) -> bool:
        if tx.conversations.known(conversation_id) is None:
            return False
        tx.agent_drafts.keep(doer.user.id, conversation_id, draft, now)
        return True

    return await means.store.transact(work)


def stamp(form: Mapping[str, str]) -> int:
    """Up to when the draft is what is sent; 0 where the page keeps none. Raises BadForm."""
    value = form.get("stamp") or "0"
    if not (value.isascii() and value.isdecimal() and int(value[:20]) < LAST_STAMP):
        raise BadForm("bad_request")
    return int(value)


def kept(tx: Tx, user_id: int, conversation_id: int) -> dict[str, Any]:
    """What the composer begins with, by kind."""
    found = tx.agent_drafts.of(user_id, conversation_id)
    return {one.kind: {"text": one.text, "marks": one.marks, "stamp": one.stamp} for one in found.values()}


def _draft(form: Mapping[str, str]) -> AgentDraft:
    if not set(form) <= {*FIELDS, "csrf"}:
        raise BadForm("unexpected_field")
    text, marks, when = form.get("text", ""), form.get("marks", ""), stamp(form)
    if form.get("kind") not in KINDS or not when:
        raise BadForm("bad_request")
    if len(text) > LONGEST or len(marks) > MARKS:
        raise BadForm("too_much")
    words = clean(text, LONGEST)
    return AgentDraft(form["kind"], words if words.strip() else "", clean(marks, MARKS), when)
