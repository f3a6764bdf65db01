"""`/customers/{id}/links`: several identities of one customer joined and parted by the staff (A3)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field, StringConstraints

from bot.api.customers import Id, known
from bot.api.paging import LARGEST_ID
from bot.api.problems import ApiProblem, documented
from bot.api.service import PLAIN, Calling, Service, needs
from bot.api.values import ONE_LINE, Body
from handlers.identities import joining
from storage import Tx
from storage.identities import Join

Reason = Annotated[
    str, StringConstraints(min_length=3, max_length=500, pattern=ONE_LINE),
    Field(description="Kept with the record: without personal data.", examples=["seen at the counter"]),
]  # fmt: skip


class LinkIn(Body):
    """Who else is the same person, and how one knows."""

    customer_id: Annotated[int, Field(ge=1, le=LARGEST_ID)]
    reason: Reason


class UndoIn(Body):
    """Why they are parted."""

    reason: Reason


class LinkOut(BaseModel):
    """That `joined_id` became part of `kept_id`."""

    id: int
    kept_id: int
    joined_id: int
    how: Annotated[str, Field(description="code, phone or staff: by which proof.")]
    actor: str
    reason: str
    at: datetime
    undone_at: datetime | None
    undone_by: str | None
    undone_reason: str | None


class LinkList(BaseModel):
    """Every link the customer ever had a part in, oldest first."""

    items: list[LinkOut]


def router(service: Service) -> APIRouter:
    """The routes of one customer's links."""
    routes = APIRouter(prefix="/customers", tags=["customers"], dependencies=[PLAIN, needs("customers:read")])

    @routes.get("/{customer_id}/links", responses=documented(404), summary="A customer's linked identities")
    async def links(customer_id: Id) -> LinkList:
        """Those that were undone too."""
        found = await service.store.read(lambda tx: tx.identities.history(known(tx, customer_id).id))
        return LinkList(items=[_shown(one) for one in found])

    @routes.post(
        "/{customer_id}/links",
        responses=documented(400, 404, 409),
        dependencies=[needs("customers:write")],
        summary="Make two customers one",
    )
    async def link(customer_id: Id, wanted: LinkIn, caller: Calling) -> LinkOut:
        """Also needs customers:write. The older one stays; their chats are told. docs/identities.md."""

        def work(tx: Tx) -> Join:
            one, other = known(tx, customer_id).id, known(tx, wanted.customer_id).id
            who = caller.actor.id or caller.name
            done = joining.join(tx, one, other, "staff", who, wanted.reason, service.clock())
            if done is None:
                raise ApiProblem("not-now", "Both are one customer already.", reason="same")
            return done.join

        try:
            return _shown(await service.store.transact(work))
        except joining.Refused as problem:
            raise ApiProblem("not-now", str(problem), reason="erased") from None

    @routes.post(
        "/{customer_id}/links/{link_id}/undo",
        responses=documented(400, 404, 409),
        dependencies=[needs("customers:write")],
        summary="Part two customers again",
    )
    async def undo(
        customer_id: Id, link_id: Annotated[int, Path(ge=1, le=LARGEST_ID)], wanted: UndoIn, caller: Calling
    ) -> LinkOut:
        """Also needs customers:write. Chats and orders go back to whom they began with."""

        def work(tx: Tx) -> Join:
            found = {one.id: one for one in tx.identities.history(known(tx, customer_id).id)}.get(link_id)
            if found is None:
                raise ApiProblem("not-found", "The customer has no such link.")
            if not joining.undo(tx, found, caller.actor.id or caller.name, wanted.reason, service.clock()):
                raise ApiProblem("not-now", "The link does not hold any more.", reason="undone")
            after = tx.identities.find(link_id)
            assert after is not None
            return after

        return _shown(await service.store.transact(work))

    return routes


def _shown(join: Join) -> LinkOut:
    return LinkOut(**{name: getattr(join, name) for name in LinkOut.model_fields})
