"""One entry of the catalogue: shown, added, reworded, retired and brought back by supervisors."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.console import PREFIX
from bot.console.catalogue_checks import Unfit, check, check_retiring, entry_of
from bot.console.catalogue_things import Thing, every, one_of
from bot.console.entering import Visitor
from bot.console.forms import BadForm, strict
from bot.console.parts import Parts
from bot.knowledge.things import take_over
from nlu.changed_catalogue import EDITED, MODELS
from nlu.entities.model import letters
from storage import Tx

FIELDS = ("sort", "code", "version", "deed", "zh", "en", "words", "models")
DEEDS = {"add": "added", "save": "changed", "retire": "retired", "restore": "restored"}
LONGEST = 10_000
NOTED = 30
"""Words of a change that the audit tells."""


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages

    async def shown(
        request: Request, sort: str, code: str, status: int = 200, problem: str | None = None,
        wrong: Mapping[str, Any] | None = None, typed: Mapping[str, str] | None = None,
    ) -> Response:  # fmt: skip
        known = await parts.store.read(every)
        one = one_of(known, sort, code)
        adding = typed["deed"] == "add" if typed else not code
        if sort not in EDITED or (one is None and not adding):
            return pages.problem(request, 404, "not_found")
        kind = next((each for each in known if letters(code) in each.prefixes and not each.retired), None)
        return pages.answer(
            request, "catalogue/entry.html", status, sort=sort, one=None if adding else one, kind=kind,
            typed=typed or _typed(sort, one), problem=problem, wrong=wrong or {},
        )  # fmt: skip

    @routes.get("/catalogue/entry")
    async def entry(request: Request) -> Response:
        visitor = await guard.visitor(request)
        sort, code = (request.query_params.get(name, "")[:64] for name in ("sort", "code"))
        sort = sort or EDITED[0]
        if not code and not visitor.may("catalogue.write"):
            return pages.problem(request, 404, "not_found")
        return await shown(request, sort, code)

    @routes.post("/catalogue/entry")
    async def save(request: Request) -> Response:
        visitor, form = await guard.posted(request)
        wish = strict(form, FIELDS, LONGEST)
        sort, code = wish["sort"], wish["code"].upper() if wish["sort"] == MODELS else wish["code"]
        if sort not in EDITED or wish["deed"] not in DEEDS:
            raise BadForm("bad_request")
        typed = wish if wish["deed"] in ("add", "save") else None
        try:
            if not await parts.store.transact(lambda tx: _carry_out(tx, parts, visitor, sort, code, wish)):
                return pages.problem(request, 404, "not_found")
        except BadForm as problem:
            return await shown(request, sort, code, 409, problem.word, typed=typed)
        except Unfit as problem:
            return await shown(request, sort, code, 422, wrong=problem.problems, typed=typed)
        await asyncio.to_thread(take_over, parts.store)
        where = urlencode({"sort": sort, "code": code})
        return RedirectResponse(f"{PREFIX}/catalogue/entry?{where}", 303)

    return routes


def _carry_out(tx: Tx, parts: Parts, visitor: Visitor, sort: str, code: str, wish: Mapping[str, str]) -> bool:
    """Do what is wished; False where there is no such entry. Raises Unfit, or BadForm for a stale one."""
    tx.catalogue.touch()  # edits wait for each other
    deed, now, known = wish["deed"], parts.clock(), every(tx)
    before = one_of(known, sort, code)
    if before is None and deed != "add":
        return False
    if before is not None and deed != "add" and str(before.version) != wish["version"]:
        raise BadForm("entry_changed")
    if deed == "retire":
        check_retiring(sort, code)
    fresh = deed in ("add", "save")
    entry = entry_of(wish, sort, None if deed == "add" else before) if fresh or not before else before.entry
    if deed != "retire":
        check(sort, code, entry, known, deed == "add")
    retired = deed == "retire" or (deed == "save" and before is not None and before.retired)
    version = tx.catalogue.put(sort, code, entry, retired, visitor.user.name, now)
    about, told = f"catalogue:{sort}:{code}"[:80], {"version": version, **_difference(before, entry)}
    action = f"catalogue_{DEEDS[deed]}"
    tx.audit.note(action, visitor.user.id, now, about=about, address=visitor.address, **told)
    return True


def _difference(before: Thing | None, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Which words came and which went."""
    old, new = set(before.aliases if before else ()), set(entry.get("words", ()))
    told = {"words_added": sorted(new - old)[:NOTED], "words_removed": sorted(old - new)[:NOTED]}
    return {name: words for name, words in told.items() if words}


def _typed(sort: str, one: Thing | None) -> dict[str, str]:
    """The form's fields as the entry has them."""
    return {
        "sort": sort,
        "code": one.code if one else "",
        "version": str(one.version if one else 0),
        "deed": "save" if one else "add",
        "zh": one.name("zh") if one else "",
        "en": one.name("en") if one else "",
        "words": "\n".join(one.aliases) if one else "",
        "models": "\n".join(one.prefixes) if one else "",
    }
