"""One deed for many conversations: those picked, or all of a list; each has its own result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from bot.console import acting, looking
from bot.console.entering import Visitor
from bot.console.forms import BadForm, row_id
from bot.console.parts import Parts
from handlers.ownership import SETTLING, NotMoved
from storage import Tx
from storage.inbox import EXPERT, Listed

DEEDS = ("take", "assign", "refer", "expert", "release", "hand_back", "resolve", "read")
MOST = 1000
"""Conversations of one deed."""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one conversation; `why` is a key of `problems`, `who` has it then."""

    row: Listed
    why: str | None = None
    who: str = ""


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages

    @routes.post("/bulk")
    async def bulk(request: Request) -> Response:
        visitor, form = await guard.posted(request)
        deed, how = form.get("deed", ""), _how(form)
        if deed not in DEEDS:
            raise BadForm("bad_request")
        seen = await parts.store.read(lambda tx: _chosen(tx, parts, visitor, form))
        if not seen:
            raise BadForm("nothing_picked")
        if len(seen) > MOST:
            raise BadForm("too_many_picked")
        if len(seen) > parts.settings.console.bulk_confirm and form.get("sure") != "yes":
            return pages.answer(
                request, "inbox/sure.html", deed=deed, seen=seen, to=form.get("to", ""),
                skill=form.get("skill", ""),
            )  # fmt: skip
        rows = await parts.store.read(lambda tx: tx.inbox.rows(list(seen), visitor.user.id))
        names = await parts.store.read(lambda tx: {one.id: one.shown for one in tx.users.all()})
        done = [await _one(parts, visitor, deed, {**how, "seen": seen[row.id]}, row, names) for row in rows]
        return pages.answer(request, "inbox/done.html", deed=deed, done=done)

    return routes


def _how(form: Mapping[str, str]) -> dict[str, Any]:
    skill = form.get("skill", "").strip()
    if len(skill) > 64 or not skill.isprintable():
        raise BadForm("bad_request")
    return {"agent_id": row_id(form.get("to", "")), "skill": skill or None}


def _chosen(tx: Tx, parts: Parts, visitor: Visitor, form: Mapping[str, str]) -> dict[int, int]:
    """The conversations meant, each with its last message that the visitor's page showed.

    In the list's order where it is all of one; what of it no page showed yet counts as it is now.
    """
    if form.get("scope") == "all":
        now, look = parts.clock(), looking.look(form, parts.settings)
        sought, _ = looking.wanted(tx, parts, visitor.user, look, now)
        ids = tx.inbox.ids(sought, MOST + 1, now)
        shown = _seen(form.get("shown", "").split(","))
        return {one: shown.get(one, last) for one, last in tx.inbox.last_seqs(ids).items()}
    picked = [
        f"{name.removeprefix('pick.')}:{last}" for name, last in form.items() if name.startswith("pick.")
    ]
    return _seen([*picked, *form.get("ids", "").split(",")])


def _seen(told: Iterable[str]) -> dict[int, int]:
    """Of `12:3`: of conversation 12 the third message was the last; raises BadForm for anything else."""
    found = {}
    for one in filter(None, told):
        talk, _, last = one.partition(":")
        talk_id, seq = row_id(talk), 0 if last == "0" else row_id(last)
        if talk_id is None or seq is None:
            raise BadForm("bad_request")
        found[talk_id] = seq
    return found


async def _one(
    parts: Parts, visitor: Visitor, deed: str, how: Mapping[str, Any], row: Listed, names: Mapping[int, str]
) -> Done:
    """Do it; a refusal is that conversation's result and stops no other."""
    if deed == "read":
        await looking.seen(parts, visitor, row.id, min(how["seen"], row.last_seq))
        return Done(row)
    name, told = deed, {"seen": how["seen"]} if deed in SETTLING else {}
    if deed == "assign":
        told = {"agent_id": how["agent_id"]}
    elif deed in ("refer", "expert"):
        name, told = "refer", {"skill": EXPERT if deed == "expert" else how["skill"]}
    try:
        await acting.move(parts, visitor, row.id, name, **told)
    except NotMoved as refused:
        return Done(row, refused.why, names.get(refused.agent_id or 0, ""))
    return Done(row)
