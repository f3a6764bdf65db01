"""Some staff for tests, and a desk whose clock can be driven."""

from __future__ import annotations

from datetime import datetime

from bot.demo import STAFF
from handlers.dispatch import staff_file, staffing
from handlers.dispatch.settings import DispatchSettings
from storage import Store
from storage.orders import Order
from tests.conftest import NOON

ADDRESS = "上海市浦东新区张杨路500号"


def employ(store: Store, now: datetime = NOON) -> None:
    """The shipped staff works here: two engineers for cold appliances, deputies of each other."""
    found = staff_file.read(STAFF.read_text(encoding="utf-8"), DispatchSettings(), ("CN",))
    store.run(lambda tx: staffing.employ(tx, found.people, now))


def holder(store: Store, order: Order) -> str | None:
    """The code of who has the order now."""

    def found(tx):  # type: ignore[no-untyped-def]
        member = tx.orders.get(order.id).assignee_id
        return tx.staff.get(member).code if member else None

    return store.run(found)
