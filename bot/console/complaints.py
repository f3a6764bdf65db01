"""The complaint desk: the register, and what supervisors find out and commit to (C4, G5, H3)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.complaints.register import month_of
from bot.console import PREFIX
from bot.console.entering import Visitor
from bot.console.forms import BadForm, row_id, strict
from bot.console.listing import SIZE
from bot.console.masking import sight
from bot.console.parts import Parts
from handlers import vocabulary
from handlers.complaints.committing import TEXT_LIMIT, UnknownUnit, find_cause, move_statement, state
from handlers.complaints.settings import Severity
from handlers.life import Actor
from handlers.life.words import staff_word
from storage import Tx
from storage.complaints import Complaint, Wanted
from storage.orders import Order

SEVERITIES = get_args(Severity)
ASKED = ("severity", "open", "month", "behind")


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages
    units = parts.settings.complaints.units

    @routes.get("/complaints")
    async def listing(request: Request) -> Response:
        visitor = await guard.visitor(request)
        asked = {name: request.query_params.get(name, "")[:20] for name in ASKED}
        wanted, since = _wanted(asked, parts.settings.service.zone), parts.reveals_since()

        def work(tx: Tx) -> dict[str, Any]:
            rows = tx.complaints.page(wanted, SIZE + 1, row_id(asked["behind"]))
            return {"rows": rows[:SIZE], "further": len(rows) > SIZE, "sight": sight(tx, visitor, since)}

        found = await parts.store.read(work)
        return pages.answer(
            request, "complaints/list.html", asked=asked, severities=SEVERITIES, word=staff_word,
            kind_word=vocabulary.word, now=parts.clock(), **found,
        )  # fmt: skip

    @routes.get("/complaints/{number}")
    async def one(request: Request, number: str) -> Response:
        visitor = await guard.visitor(request)
        since = parts.reveals_since()

        def work(tx: Tx) -> dict[str, Any] | None:
            found = tx.complaints.page(Wanted(number=number.upper()), 1)
            if not found:
                return None
            return {"one": found[0], "seen": sight(tx, visitor, since).of(found[0].order.customer_id)}

        found = await parts.store.read(work)
        if found is None:
            return pages.problem(request, 404, "not_found")
        return pages.answer(
            request, "complaints/one.html", severities=SEVERITIES, units=units, word=staff_word,
            kind_word=vocabulary.word, now=parts.clock(), **found,
        )  # fmt: skip

    @routes.post("/complaints/{number}")
    async def change(request: Request, number: str) -> Response:
        visitor, form = await guard.posted(request)
        wish = strict(form, ("severity", "cause", "unit", "statement", "due"), TEXT_LIMIT)
        if wish["severity"] not in SEVERITIES or (wish["unit"] and not wish["cause"]):
            raise BadForm("cause_wanted" if wish["unit"] else "bad_request")
        try:
            if not await _changed(parts, visitor, number.upper(), wish):
                return pages.problem(request, 404, "not_found")
        except UnknownUnit:
            raise BadForm("bad_request") from None
        except ValueError:
            raise BadForm("due_when") from None
        return RedirectResponse(f"{PREFIX}/complaints/{number.upper()}", 303)

    return routes


def _wanted(asked: dict[str, str], zone: str) -> Wanted:
    """What the form asks for; raises BadForm for a month that is none."""
    try:
        since, until = month_of(asked["month"], zone) if asked["month"] else (None, None)
    except ValueError:
        raise BadForm("bad_request") from None
    severity = asked["severity"] if asked["severity"] in SEVERITIES else None
    return Wanted(since, until, {"yes": True, "no": False}.get(asked["open"]), severity)


def _moved(
    tx: Tx, order: Order, before: Complaint, told: str, zone: ZoneInfo, actor: Actor, now: datetime
) -> bool:
    """Whether the statement is due at another moment from now on; raises ValueError for what is none."""
    due = before.statement_due_at
    if not told or (due is not None and f"{due.astimezone(zone):%Y-%m-%dT%H:%M}" == told):
        return False
    moment = datetime.fromisoformat(told)
    if moment.tzinfo is not None or not 1970 < moment.year < 2200:
        raise ValueError("a moment of the service's clock is wanted")
    move_statement(tx, tx.orders.get(order.id), moment.replace(tzinfo=zone).astimezone(UTC), actor, now)
    return True


async def _changed(parts: Parts, visitor: Visitor, number: str, wish: dict[str, str]) -> bool:
    """Write what differs, with a row in the audit; False where there is no such complaint."""
    now, actor = parts.clock(), Actor("supervisor", visitor.user.name)

    def work(tx: Tx) -> bool:
        found = tx.complaints.page(Wanted(number=number), 1)
        if not found:
            return False
        order = tx.orders.get(found[0].order.id, lock=True)
        before = tx.complaints.of_order(order.id)
        assert before is not None
        changed = []
        if (wish["cause"], wish["unit"]) != (before.cause or "", before.unit or "") and wish["cause"]:
            find_cause(tx, order, wish["cause"], wish["unit"] or None, parts.settings.complaints, actor, now)
            changed.append("cause")
        if wish["severity"] != before.severity:
            tx.complaints.change(order.id, severity=wish["severity"])
            note = f"severity: {before.severity} → {wish['severity']}"
            tx.orders.add_note(tx.orders.get(order.id), actor.kind, note, now, actor.id)
            changed.append("severity")
        if wish["statement"] and wish["statement"] != (before.statement or ""):
            state(tx, tx.orders.get(order.id), wish["statement"], actor, now)
            changed.append("statement")
        if _moved(tx, order, before, wish["due"], ZoneInfo(parts.settings.service.zone), actor, now):
            changed.append("due")
        if changed:
            tx.audit.note(
                "complaint_changed", visitor.user.id, now, about=f"order:{number}",
                address=visitor.session.address, changed=changed,
            )  # fmt: skip
            tx.live.note([order.conversation_id], now)
        return True

    return await parts.store.transact(work)
