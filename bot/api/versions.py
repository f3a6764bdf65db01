"""ETags against lost updates: what a change expects must still be so."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict

from bot.api.problems import ApiProblem
from storage.customers import Customer
from storage.orders import Order

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e]*)"')


def order_tag(order: Order) -> str:
    """The order's version: every move counts, a note does not."""
    return f'"{order.version}"'


def customer_tag(customer: Customer) -> str:
    """A hash of everything that is told of the customer."""
    told = json.dumps(asdict(customer), default=str, sort_keys=True)
    return f'"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'


def expect(if_match: str | None, current: str) -> None:
    """Raises ApiProblem unless If-Match names the current tag (`*` names any)."""
    if if_match is None or not if_match.strip():
        raise ApiProblem("version-needed", "Send If-Match with the ETag of what you looked at.")
    if if_match.strip() == "*":
        return
    strong = {f'"{tag}"' for weak, tag in _TAG.findall(if_match) if not weak}
    if current not in strong:
        raise ApiProblem("changed", f"It is at {current} now: look at it again.")
