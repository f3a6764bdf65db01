"""Service orders in the console: found, shown, moved through the one table of moves, taken out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.console import PREFIX
from bot.console.entering import Visitor
from bot.console.forms import BadForm, strict
from bot.console.listing import SIZE, Page, download, number_of
from bot.console.masking import Seen, sight
from bot.console.orders_moved import MOVE_FIELDS, moved
from bot.console.panel.opening import actor_of
from bot.console.parts import Parts
from bot.orders import exporting
from bot.sheet.gathering import sheet_of
from bot.sheet.sheet import SheetProblem
from handlers import checks, vocabulary
from handlers.life import Refused, life, next_moves
from handlers.life.words import staff_word
from handlers.report_words import shown
from storage import Tx
from storage.order_search import Filters
from storage.orders import Order

log = structlog.get_logger()

NOT_SHOWN = ("request", "name", "phone", "address", "photos")
"""Of an order's fields: what it is known by, and what stands in a place of its own."""
NOTHING_TYPED = dict.fromkeys(MOVE_FIELDS, "")
AT_ONCE = 2
"""Sheets drawn at the same time: each keeps a processor busy."""


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages
    drawing = asyncio.Semaphore(AT_ONCE)
    countries = parts.settings.service.countries

    @routes.get("/orders")
    async def listing(request: Request) -> Response:
        await guard.visitor(request)
        asked = _asked(request)
        filters, number = filters_of(asked, countries), number_of(request.query_params.get("page", ""))

        def work(tx: Tx) -> tuple[int, list[Any]]:
            return tx.order_search.count(filters), tx.order_search.page(filters, SIZE, (number - 1) * SIZE)

        total, rows = await parts.store.read(work)
        return pages.answer(
            request, "orders/list.html", page=Page(rows, total, number, asked), word=staff_word,
            kinds=life().kinds, states=tuple(life().states), kind_word=vocabulary.word,
        )  # fmt: skip

    @routes.post("/orders/export")
    async def export(request: Request) -> Response:
        visitor, form = await guard.posted(request)
        asked = strict(form, ("q", "kind", "status", "open", "form"))
        filters, language = filters_of(asked, countries), pages.language(request)
        full, zone = visitor.may("personal.export"), parts.settings.service.zone
        now = parts.clock()
        await parts.store.transact(
            lambda tx: tx.audit.note(
                "orders_exported", visitor.user.id, now, address=visitor.session.address, full=full
            )
        )
        return await download(
            "orders", asked["form"], exporting.headings(language),
            lambda: (
                exporting.row(one, language, zone, not full)
                for one in exporting.all_orders(parts.store, filters)
            ),
        )  # fmt: skip

    async def page(
        request: Request, visitor: Visitor, number: str, status: int = 200, problem: str | None = None,
        typed: Mapping[str, str] = NOTHING_TYPED,
    ) -> Response:  # fmt: skip
        language = pages.language(request)
        found = await parts.store.read(
            lambda tx: _whole(tx, visitor, number, parts.reveals_since(), language)
        )
        if found is None:
            return pages.problem(request, 404, "not_found")
        return pages.answer(
            request, "orders/order.html", status, word=staff_word, kind_word=vocabulary.word, problem=problem,
            typed=typed, **found,
        )  # fmt: skip

    @routes.get("/orders/{number}")
    async def one(request: Request, number: str) -> Response:
        return await page(request, await guard.visitor(request), number)

    @routes.post("/orders/{number}/move")
    async def move(request: Request, number: str) -> Response:
        visitor, form = await guard.posted(request)
        wish = strict(form, MOVE_FIELDS)
        try:
            if not await moved(parts, visitor, number, wish):
                return pages.problem(request, 404, "not_found")
        except Refused as refused:
            words = refused.words(pages.language(request))
            return await page(request, visitor, number, 409, problem=words, typed=wish)
        except BadForm as problem:
            words = pages.words(request)["problems"][problem.word]
            return await page(request, visitor, number, 422, problem=words, typed=wish)
        return RedirectResponse(f"{PREFIX}/orders/{number.upper()}", 303)

    @routes.post("/orders/{number}/sheet")
    async def sheet(request: Request, number: str) -> Response:
        visitor, form = await guard.posted(request)
        strict(form, ())
        now, language = parts.clock(), pages.language(request)

        def work(tx: Tx) -> Any:
            order = tx.orders.find(number.upper())
            if order is None:
                return None
            about, address = f"order:{order.number}", visitor.session.address
            tx.audit.note("sheet_taken", visitor.user.id, now, about=about, address=address)
            return sheet_of(tx, order, parts.settings.service), order.number

        found = await parts.store.transact(work)
        if found is None:
            return pages.problem(request, 404, "not_found")
        from bot.sheet import drawing as typst  # large: a desk that draws no sheets does not load it

        async with drawing:
            try:
                content = await asyncio.to_thread(typst.pdf, found[0], language, now)
            except SheetProblem as problem:
                log.error("sheet.not_drawn", reason=str(problem))
                return pages.problem(request, 503, "sheet_away")
        headers = {"Content-Disposition": f'attachment; filename="{found[1]}.pdf"'}
        return Response(content, media_type="application/pdf", headers=headers)

    return routes


def _asked(request: Request) -> dict[str, str]:
    return {name: request.query_params.get(name, "")[:100] for name in ("q", "kind", "status", "open")}


def filters_of(asked: dict[str, str], countries: tuple[str, ...]) -> Filters:
    """What the one search field means: a number, a telephone number or its end, a serial number, a name."""
    words = asked["q"].strip()
    what: dict[str, Any] = {}
    bare = words.replace(" ", "").replace("-", "")
    if words.upper().startswith("SR"):
        what["number"] = words.upper()
    elif len(bare.removeprefix("+")) >= 4 and bare.removeprefix("+").isdecimal():
        what["phone"] = checks.phone(words, countries) or bare
    elif words.isascii() and any(c.isdigit() for c in words) and any(c.isalpha() for c in words):
        what["serial"] = words
    elif words:
        what["name"] = words
    kind = asked["kind"] if asked["kind"] in life().kinds else None
    status = asked["status"] if asked["status"] in life().states else None
    is_open = {"yes": True, "no": False}.get(asked["open"])
    return Filters(kind=kind, status=status, open=is_open, **what)


def _whole(tx: Tx, visitor: Visitor, number: str, since: datetime, language: str) -> dict[str, Any] | None:
    """Everything about one order, as this visitor sees it."""
    order = tx.orders.find(number.upper())
    if order is None:
        return None
    seen = sight(tx, visitor, since).of(order.customer_id)
    (listed,) = tx.order_search.page(Filters(number=order.number), 1)
    return {
        "order": order,
        "listed": listed,
        "seen": seen,
        "address": str(order.fields.get("address") or ""),
        "details": _details(order, seen, language),
        "events": tx.orders.events(order.id),
        "moves": next_moves(order, actor_of(visitor).kind) if visitor.may("orders.move") else (),
        "staff": [one for one in tx.staff.all() if one.active],
    }


def _details(order: Order, seen: Seen, language: str) -> list[tuple[str, str]]:
    """What its kind collects, by the field's name, in words."""
    told = []
    for name, value in order.fields.items():
        if name in NOT_SHOWN or isinstance(value, dict):
            continue
        words = seen.slot(name, value) if name == "serial_number" else shown(order.fields, name, language)
        if words:
            told.append((name, words if name == "serial_number" else seen.text(words)))
    return told
