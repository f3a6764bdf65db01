"""A customer's masked data shown in full for a while: a deed with its row in the audit."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.console.door import inside
from bot.console.masking import REVEALED
from bot.console.parts import Parts
from storage import Tx

LARGEST_ID = 2**62


def router(parts: Parts) -> APIRouter:
    """The deed."""
    routes = APIRouter()

    @routes.post("/customers/{customer_id:int}/reveal")
    async def reveal(request: Request, customer_id: int) -> Response:
        visitor, form = await parts.guard.posted(request)
        now, about = parts.clock(), f"customer:{customer_id}"

        def work(tx: Tx) -> bool:
            if customer_id >= LARGEST_ID or tx.customers.lock(customer_id) is None:
                return False
            tx.audit.note(REVEALED, visitor.user.id, now, about=about, address=visitor.session.address)
            return True

        if not await parts.store.transact(work):
            return parts.pages.problem(request, 404, "not_found")
        return RedirectResponse(inside(form.get("next", "")), 303)

    return routes
