"""One customer in the console: shown, joined and parted, their data taken out or erased."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, RedirectResponse
from starlette.background import BackgroundTask

from bot.console import PREFIX
from bot.console.entering import Visitor
from bot.console.forms import LARGEST_ID, reason, row_id, strict
from bot.console.masking import sight
from bot.console.parts import Parts
from handlers import vocabulary
from handlers.identities import joining
from handlers.life.words import staff_word
from handlers.records import erasing
from handlers.records.archive import Damaged
from storage import Tx


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages

    async def shown(request: Request, visitor: Visitor, customer_id: int, status: int = 200,
                    problem: str | None = None) -> Response:  # fmt: skip
        found = await parts.store.read(lambda tx: _whole(tx, parts, visitor, customer_id))
        if found is None:
            return pages.problem(request, 404, "not_found")
        if found["customer"].id != customer_id:
            return RedirectResponse(f"{PREFIX}/customers/{found['customer'].id}", 303)
        return pages.answer(
            request, "customers/customer.html", status, word=staff_word, kind_word=vocabulary.word,
            problem=problem, **found,
        )  # fmt: skip

    @routes.get("/customers/{customer_id:int}")
    async def one(request: Request, customer_id: int) -> Response:
        return await shown(request, await guard.visitor(request), customer_id)

    @routes.post("/customers/{customer_id:int}/join")
    async def join(request: Request, customer_id: int) -> Response:
        visitor, form = await guard.posted(request)
        wish = strict(form, ("other", "reason"))
        why, other, now = reason(wish["reason"]), row_id(wish["other"]), parts.clock()

        def work(tx: Tx) -> bool:
            one, two = _there(tx, customer_id), _there(tx, other or 0)
            if one is None or two is None:
                return False
            done = joining.join(tx, one, two, "staff", visitor.user.name, why, now)
            if done is not None:
                _noted(tx, visitor, "customers_joined", done.customer_id, now, other=done.join.joined_id)
            return True

        try:
            if not await parts.store.transact(work):
                return await shown(request, visitor, customer_id, 422, "no_such_customer")
        except joining.Refused:
            return await shown(request, visitor, customer_id, 409, "not_joined")
        return RedirectResponse(f"{PREFIX}/customers/{customer_id}", 303)

    @routes.post("/customers/{customer_id:int}/part")
    async def part(request: Request, customer_id: int) -> Response:
        visitor, form = await guard.posted(request)
        wish = strict(form, ("link", "reason"))
        why, link, now = reason(wish["reason"]), row_id(wish["link"]), parts.clock()

        def work(tx: Tx) -> bool:
            found = tx.identities.find(link) if link else None
            if found is None or customer_id not in (found.kept_id, found.joined_id):
                return False
            if not joining.undo(tx, found, visitor.user.name, why, now):
                return False
            _noted(tx, visitor, "customers_parted", found.kept_id, now, other=found.joined_id)
            return True

        if not await parts.store.transact(work):
            return await shown(request, visitor, customer_id, 409, "not_parted")
        return RedirectResponse(f"{PREFIX}/customers/{customer_id}", 303)

    @routes.post("/customers/{customer_id:int}/export")
    async def export(request: Request, customer_id: int) -> Response:
        visitor, form = await guard.posted(request)
        strict(form, ())
        now = parts.clock()

        def work(tx: Tx) -> bool:
            if _there(tx, customer_id) is None:
                return False
            _noted(tx, visitor, "customer_exported", customer_id, now)
            return True

        if not await parts.store.transact(work):
            return pages.problem(request, 404, "not_found")
        from bot.records.exporting import everything, write_export

        folder = Path(await asyncio.to_thread(tempfile.mkdtemp))
        path = folder / f"customer-{customer_id}.zip"

        def write() -> None:
            rows = everything(parts.store, parts.settings, customer_id)
            write_export(path, customer_id, rows, parts.settings.data_path / "media", now)

        try:
            await asyncio.to_thread(write)
        except (Damaged, OSError):
            await asyncio.to_thread(shutil.rmtree, folder)
            return await shown(request, visitor, customer_id, 503, "export_away")
        gone = BackgroundTask(shutil.rmtree, folder)
        return FileResponse(path, media_type="application/zip", filename=path.name, background=gone)

    @routes.post("/customers/{customer_id:int}/erase")
    async def erase(request: Request, customer_id: int) -> Response:
        visitor, form = await guard.posted(request)
        wish = strict(form, ("reason", "number"))
        why, now = reason(wish["reason"]), parts.clock()
        if wish["number"] != str(customer_id):
            return await shown(request, visitor, customer_id, 422, "number_wanted")

        def work(tx: Tx) -> bool:
            if _there(tx, customer_id) is None:
                return False
            _noted(tx, visitor, "customer_erasure", customer_id, now)
            return True

        if not await parts.store.transact(work):
            return pages.problem(request, 404, "not_found")
        from bot.records.erasing import erase as everywhere

        try:
            await asyncio.to_thread(
                everywhere, parts.store, parts.settings, customer_id, visitor.user.name, why, now, False
            )
        except (erasing.Refused, Damaged):
            return await shown(request, visitor, customer_id, 409, "not_erased")
        return RedirectResponse(f"{PREFIX}/customers", 303)

    return routes


def _noted(tx: Tx, visitor: Visitor, action: str, customer_id: int, now: Any, **detail: Any) -> None:
    about = f"customer:{customer_id}"
    tx.audit.note(action, visitor.user.id, now, about=about, address=visitor.address, **detail)
    tx.live.note([room.id for room in tx.conversations.of_customer(customer_id)], now)


def _there(tx: Tx, customer_id: int) -> int | None:
    """The customer this one is now; None where there is none, or who was erased."""
    if not 0 < customer_id < LARGEST_ID or customer_id not in tx.customers.among([customer_id]):
        return None
    root = tx.identities.root(customer_id)
    return root if tx.customers.get(root).erased_at is None else None


def _whole(tx: Tx, parts: Parts, visitor: Visitor, customer_id: int) -> dict[str, Any] | None:
    """Everything about one customer, as this visitor sees it."""
    root = _there(tx, customer_id)
    if root is None:
        return None
    return {
        "customer": tx.customers.get(root),
        "seen": sight(tx, visitor, parts.reveals_since()).of(root),
        "chats": tx.conversations.of_customer(root),
        "orders": tx.orders.of_customer(root, 50),
        "devices": tx.devices.of_customer(root, 50),
        "links": tx.identities.history(root),
    }
