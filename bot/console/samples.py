"""The week's sample of closed orders, looked through with a score sheet (F7, G5)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.console import PREFIX
from bot.console.forms import BadForm, strict
from bot.console.masking import sight
from bot.console.parts import Parts
from handlers import vocabulary
from nlu import yml
from storage import Tx
from storage.reports import Sample

SHEET = Path(__file__).with_name("score_sheet.yml")
LINES = 200
"""Messages of the conversation that are shown beside the sheet."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the sheet; `said` by language."""

    name: str
    weight: int
    said: dict[str, str]


@cache
def sheet() -> tuple[Criterion, ...]:
    """The criteria; raises ValueError where their weights are not 100 together."""
    found = tuple(
        Criterion(name, int(row["weight"]), {"zh": row["zh"], "en": row["en"]})
        for name, row in yml.read(SHEET)["criteria"].items()
    )
    if sum(one.weight for one in found) != 100:
        raise ValueError(f"{SHEET.name}: the weights are not 100 together")
    return found


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages

    @routes.get("/samples")
    async def listing(request: Request, period: str = "", open: str = "") -> Response:
        await guard.visitor(request)
        found = await parts.store.read(lambda tx: tx.reports.samples())
        periods = sorted({one.period for one in found}, reverse=True)
        chosen = period if period in periods else (periods or [""])[0]
        rows = [one for one in found if one.period == chosen]
        reviewed = sum(one.reviewed_at is not None for one in rows)
        rows = [one for one in rows if open != "yes" or one.reviewed_at is None]
        return pages.answer(
            request, "samples/list.html", rows=rows, periods=periods, period=chosen, reviewed=reviewed,
            open=open, kind_word=vocabulary.word,
        )  # fmt: skip

    @routes.get("/samples/{number}")
    async def one(request: Request, number: str) -> Response:
        visitor = await guard.visitor(request)
        since = parts.reveals_since()

        def work(tx: Tx) -> dict[str, Any] | None:
            sample = _drawn(tx, number)
            order = tx.orders.find(sample.number) if sample else None
            if sample is None or order is None:
                return None
            said = tx.messages.of_conversation(order.conversation_id, before=2**31 - 1, limit=LINES)
            begun = said[0].created_at if said else order.created_at
            hits = tx.forbidden.of_conversation(order.conversation_id, begun)
            names = {user.id: user.shown for user in tx.users.all()}
            seen = sight(tx, visitor, since).of(order.customer_id)
            return {
                "sample": sample,
                "order": order,
                "said": said,
                "hits": hits,
                "names": names,
                "seen": seen,
            }

        found = await parts.store.read(work)
        if found is None:
            return pages.problem(request, 404, "not_found")
        return pages.answer(request, "samples/review.html", sheet=sheet(), **found)

    @routes.post("/samples/{number}")
    async def review(request: Request, number: str) -> Response:
        visitor, form = await guard.posted(request)
        wish = strict(form, ("note", *(one.name for one in sheet())), 2000)
        marks, now = _marks(wish), parts.clock()
        score = round(sum(one.weight * marks[one.name] for one in sheet()) / 5)

        def work(tx: Tx) -> bool:
            sample = _drawn(tx, number)
            if sample is None:
                return False
            tx.reports.review(sample, score, wish["note"], visitor.user.name, now, marks)
            tx.audit.note(
                "sample_reviewed", visitor.user.id, now, about=f"order:{sample.number}",
                address=visitor.session.address, score=score,
            )  # fmt: skip
            return True

        if not await parts.store.transact(work):
            return pages.problem(request, 404, "not_found")
        return RedirectResponse(f"{PREFIX}/samples?open=yes", 303)

    return routes


def _drawn(tx: Tx, number: str) -> Sample | None:
    """The newest sample with that order; None where it was not drawn."""
    found = tx.reports.samples(number=number.upper(), limit=1)
    return found[0] if found else None


def _marks(wish: dict[str, str]) -> dict[str, int]:
    """0 to 5 for each criterion; raises BadForm for another mark, or none."""
    if any(wish[one.name] not in tuple("012345") for one in sheet()):
        raise BadForm("mark_wanted")
    return {one.name: int(wish[one.name]) for one in sheet()}
