"""Moving an order from the console: the same table, the same visits, one row in the audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from bot.app import terms_of
from bot.console.entering import Visitor
from bot.console.forms import BadForm
from bot.console.panel.opening import actor_of
from bot.console.parts import Parts
from handlers.appointments import Window
from handlers.life import Stale, life, move_and_tell
from handlers.visits_arranged import VISITS, arrange, wished
from storage import Tx
from storage.orders import Order

MOVE_FIELDS = ("move", "reason", "to", "version", "day", "slot")


async def moved(parts: Parts, visitor: Visitor, number: str, wish: Mapping[str, str]) -> bool:
    """Move the order as the form says; False where there is none. Raises Refused, or BadForm."""
    name, now = wish["move"], parts.clock()
    if name not in life().moves or not wish["version"].isdecimal():
        raise BadForm("bad_request")
    expected, window = int(wish["version"][:9]), _window(parts, wish)
    actor, terms = actor_of(visitor), terms_of(parts.settings)

    def work(tx: Tx) -> bool:
        order = tx.orders.find(number.upper())
        if order is None:
            return False
        _move(tx, order)
        about, address = f"order:{order.number}", visitor.session.address
        tx.audit.note("order_moved", visitor.user.id, now, about=about, address=address, move=name)
        tx.live.note([order.conversation_id], now)
        return True

    def _move(tx: Tx, order: Order) -> None:
        if order.version != expected:
            raise Stale(order, name)
        if name in VISITS:
            arrange(
                tx, terms, order, name, actor, wish["reason"], now, wish=window, expected_version=expected
            )
        else:
            move_and_tell(
                tx, order, name, actor, wish["reason"], now, expected_version=expected, to=wish["to"] or None
            )

    done = await parts.store.transact(work)
    parts.voice.sent()
    return done


def _window(parts: Parts, wish: Mapping[str, str]) -> Window | None:
    """The visit's time; raises BadForm for half of one."""
    if wish["move"] not in VISITS or not (wish["day"] or wish["slot"]):
        return None
    try:
        return wished(date.fromisoformat(wish["day"]), wish["slot"], parts.settings.service.zone)
    except ValueError:
        raise BadForm("visit_time") from None
