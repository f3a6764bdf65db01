"""`/customers/{id}/export` and `/customers/{id}/erasure`: everything known of somebody, out or away (E9)."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, Field, StringConstraints
from starlette.background import BackgroundTask

from bot.api.customers import Id, missing
from bot.api.problems import ApiProblem, documented
from bot.api.service import PLAIN, Calling, Service, needs
from bot.api.values import ONE_LINE, Body
from bot.records import archives
from bot.records.aside import set_aside
from bot.records.erasing import erase
from bot.records.exporting import write_export
from handlers.records.archive import Damaged, Document
from handlers.records.erasing import Refused
from storage import Tx

ZIP = "application/zip"


class Wish(Body):
    """Why somebody is erased."""

    reason: Annotated[
        str, StringConstraints(min_length=3, max_length=500, pattern=ONE_LINE),
        Field(description="Kept with the record: without personal data.", examples=["asked by letter"]),
    ]  # fmt: skip
    force: Annotated[bool, Field(description="Although orders are open; the record says so.")] = False


class ErasureOut(BaseModel):
    """The record of an erasure."""

    customer_id: int
    at: datetime
    actor: str
    reason: str
    forced: bool
    orders_kept: Annotated[int, Field(description="Orders that must be kept, without personal data.")]
    orders_removed: int
    counts: Annotated[dict[str, int], Field(description="Rows that were changed or removed, by table.")]


def router(service: Service) -> APIRouter:
    """The routes of one customer's records."""
    routes = APIRouter(prefix="/customers", tags=["customers"], dependencies=[PLAIN])
    one_at_a_time = asyncio.Semaphore(1)

    @routes.get(
        "/{customer_id}/export",
        responses={**documented(404), 200: {"description": "A ZIP file of JSON.", "content": {ZIP: {}}}},
        response_class=Response,
        dependencies=[needs("customers:read")],
        summary="Everything known of a customer, with their files",
    )
    async def export(customer_id: Id) -> FileResponse:
        """docs/records.md says what is in it. Of who was joined into another it is that one's."""
        root = await service.store.read(lambda tx: _root(tx, customer_id))
        rows = await service.store.read(lambda tx: tx.records.of_customer(root))
        rows["set_aside"] = await service.store.read(lambda tx: set_aside(tx, service.settings, root))
        folder = Path(tempfile.mkdtemp(prefix="baoxiu-export-"))
        path = folder / f"customer-{root}.zip"
        media = service.settings.data_path / "media"
        async with one_at_a_time:
            try:
                rows["archived_orders"] = await asyncio.to_thread(_archived, service, root)
            except Damaged as problem:
                raise ApiProblem("away", str(problem)) from None
            await asyncio.to_thread(write_export, path, root, rows, media, service.clock())
        return FileResponse(path, media_type=ZIP, filename=path.name, background=BackgroundTask(_gone, path))

    @routes.post(
        "/{customer_id}/erasure",
        responses=documented(400, 404, 409),
        dependencies=[needs("customers:erase")],
        summary="Erase what is known of a customer",
    )
    async def erasure(customer_id: Id, wish: Wish, caller: Calling) -> ErasureOut:
        """Cannot be undone. Who was erased before gets the first record again."""
        root = await service.store.read(lambda tx: _root(tx, customer_id))
        try:
            record = await asyncio.to_thread(
                erase, service.store, service.settings, root, caller.actor.id or caller.name,
                wish.reason, service.clock(), wish.force,
            )  # fmt: skip
        except Refused as problem:
            raise ApiProblem("not-now", str(problem), reason=problem.why) from None
        except Damaged as problem:
            raise ApiProblem("away", str(problem)) from None
        return ErasureOut(**{name: getattr(record, name) for name in ErasureOut.model_fields})

    return routes


def _archived(service: Service, customer_id: int) -> list[Document]:
    fits = archives.of_customer(service.store, customer_id)
    return [one for _, one in archives.find(service.store, service.settings.data_path, fits)]


def _root(tx: Tx, customer_id: int) -> int:
    """Whose records those are: of the customer, known or erased, or of whom they were joined into."""
    root = tx.identities.root(customer_id)
    if tx.customers.known(root) is None and tx.records.erasure_of(root) is None:
        raise missing()
    return root


def _gone(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.parent.rmdir()
