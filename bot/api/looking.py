"""What routes about one order share: finding it, and how its caller sees it."""

from __future__ import annotations

import re
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Path

from bot.api.orders_shown import View
from bot.api.problems import ApiProblem
from bot.api.service import Service
from bot.api.tokens import Caller
from nlu.privacy import redact
from storage import Tx
from storage.order_search import Filters, Listed

PATTERN = r"SR-\d{12,16}"
Number = Annotated[
    str,
    Path(description="The order's number.", examples=["SR-202603020001"],
         json_schema_extra={"pattern": f"^{PATTERN}$"}),
]  # fmt: skip


def found(tx: Tx, number: str) -> Listed:
    """The order of that number; raises ApiProblem."""
    rows = tx.order_search.page(Filters(number=number), 1) if re.fullmatch(PATTERN, number, re.A) else []
    if not rows:
        raise ApiProblem("not-found", "There is no order of that number.")
    return rows[0]


def view_of(service: Service, caller: Caller) -> View:
    """How the caller sees orders now."""
    context = service.context_for(service.clock())
    return View(caller, ZoneInfo(service.terms.zone), lambda text: redact(text, context))
