"""The command palette: what is done most, and whatever is found by a name or a number, in one list."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from bot.console import customers_found, looking, orders
from bot.console.entering import Visitor
from bot.console.forms import BadForm, row_id
from bot.console.masking import sight
from bot.console.parts import Parts
from handlers import ownership, vocabulary
from handlers.life.words import word
from storage import Tx
from storage.conversations import Conversation
from storage.inbox_search import search

EACH = 5
"""Of each kind so many are shown."""
LONGEST = 100
ASKED = ("q", "kind", "status", "open")


def router(parts: Parts) -> APIRouter:
    """What stands in the list while somebody types."""
    routes = APIRouter()

    @routes.get("/palette")
    async def palette(request: Request, typed: str = "", open: str = "") -> Response:
        visitor = await parts.guard.visitor(request)
        words = typed.strip()
        if len(words) > LONGEST or not words.isprintable():
            raise BadForm("bad_request")
        found = await parts.store.read(lambda tx: _found(tx, parts, visitor, words, row_id(open)))
        return parts.pages.answer(
            request, "palette.html", words=words.casefold(), word=word, kind_word=vocabulary.word, **found
        )

    return routes


def _found(tx: Tx, parts: Parts, visitor: Visitor, words: str, open_id: int | None) -> dict[str, Any]:
    room = tx.conversations.known(open_id) if open_id else None
    found: dict[str, Any] = {"deeds": deeds(tx, visitor, room) if room else []}
    found |= {"talks": [], "orders": [], "customers": []}
    if not words:
        return found
    countries = parts.settings.service.countries
    among = search(tx, looking.sought_by(words, countries), reach=0).ids  # not in what was said: at each key
    found["talks"] = tx.inbox.rows(sorted(among, reverse=True)[:EACH], visitor.user.id)
    if visitor.may("orders.see"):
        asked = {**dict.fromkeys(ASKED, ""), "q": words}
        found["orders"] = tx.order_search.page(orders.filters_of(asked, countries), EACH)
    if visitor.may("customers.see"):
        found["customers"] = tx.customers.newest(EACH, 0, customers_found.wanted_by(words, countries))
    return {**found, "sight": sight(tx, visitor, parts.reveals_since())}


def deeds(tx: Tx, visitor: Visitor, room: Conversation) -> list[str]:
    """What the page's buttons let them do with the open conversation, by the names of `shortcuts.deeds`."""
    mover = ownership.mover(visitor.user)
    mine = room.owner == "agent" and room.agent_id == visitor.user.id
    found = ["take"] if ownership.may(room, "take", mover) else []
    found += ["reply", "note"]
    if mine and ownership.may(room, "resolve", mover):
        found += ["resolve", "resolve_next"]
    begun = tx.handovers.current(room.id) if mine else None
    if begun is not None and begun.snoozed_until is None:
        found.append("snooze")
    return found
