"""The list of customers in the console: found by name or number, and taken out as it is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from bot.console.forms import strict
from bot.console.listing import SIZE, Page, download, number_of
from bot.console.masking import FULL, Seen, sight
from bot.console.parts import Parts
from bot.orders.exporting import Row
from handlers import checks
from storage import Store, Tx
from storage.customers import Customer, Sought
from storage.phones import INDEXED

COLUMNS = ("number", "name", "phone", "level", "since")
BATCH = 500


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages
    countries = parts.settings.service.countries

    @routes.get("/customers")
    async def listing(request: Request) -> Response:
        visitor = await guard.visitor(request)
        asked = {"q": request.query_params.get("q", "")[:100]}
        number = number_of(request.query_params.get("page", ""))
        wanted = wanted_by(asked["q"], countries)

        def work(tx: Tx) -> dict[str, Any]:
            rows = tx.customers.newest(SIZE, (number - 1) * SIZE, wanted)
            page = Page(rows, tx.customers.count(wanted), number, asked)
            return {"page": page, "sight": sight(tx, visitor, parts.reveals_since())}

        return pages.answer(request, "customers/list.html", **await parts.store.read(work))

    @routes.post("/customers/export")
    async def export(request: Request) -> Response:
        visitor, form = await guard.posted(request)
        asked, now = strict(form, ("q", "form"), 100), parts.clock()
        wanted, words, full = (
            wanted_by(asked["q"], countries),
            pages.words(request),
            visitor.may("personal.export"),
        )

        def work(tx: Tx) -> Any:
            address = visitor.session.address
            tx.audit.note("customers_exported", visitor.user.id, now, address=address, full=full)
            return sight(tx, visitor, parts.reveals_since())

        seen = await parts.store.transact(work)
        return await download(
            "customers", asked["form"], [words["people_of"]["columns"][one] for one in COLUMNS],
            lambda: (
                _row(one, FULL if full else seen.of(one.id), words["levels"], pages.day(one.created_at))
                for one in every(parts.store, wanted)
            ),
        )  # fmt: skip

    return routes


def every(store: Store, wanted: Sought) -> Iterator[Customer]:
    """All customers who fit, oldest first, read in batches."""
    behind = 0
    while batch := store.run(lambda tx, b=behind: tx.customers.page(BATCH, b, wanted)):  # type: ignore[misc]
        yield from batch
        behind = batch[-1].id


def wanted_by(words: str, countries: tuple[str, ...]) -> Sought:
    """What the one search field may mean: a name, a telephone number or its end, the customer's number."""
    words = words.strip()
    bare = words.replace(" ", "").replace("-", "").removeprefix("+")
    if not (bare.isascii() and bare.isdecimal()):
        return Sought(name=words or None)
    if len(bare) < INDEXED:
        return Sought(name=words, number=int(bare))
    number = int(bare) if bare == words and len(bare) < 16 else None
    return Sought(phone=checks.phone(words, countries) or bare, number=number)


def _row(one: Customer, seen: Seen, levels: Mapping[str, str], since: str) -> Row:
    return str(one.id), one.name or "", seen.phone(one.phone), levels.get(one.level, one.level), since
