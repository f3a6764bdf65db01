"""Opening an order from a conversation: the form as it begins, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.console import acting
from bot.console.means import Doer, Means
from bot.console.panel import fields
from bot.dialogue import Held
from bot.dialogue.filling import ANYWAY, ASKED, NEEDED, SAME
from handlers.complaint_slots import offered
from handlers.desk import Desk
from handlers.life import Actor
from handlers.report_slots import CONTACT, DEVICE, given
from storage import Tx
from storage.conversations import Conversation
from storage.devices import Owned
from storage.orders import Order

FIELDS = (*dict.fromkeys(name for names in ASKED.values() for name in names), SAME, ANYWAY, "key")
"""Every field that such a form may have."""


@dataclass(frozen=True, slots=True)
class Blank:
    """A form for a new order: its fields with what is known, and what may be chosen."""

    kind: str
    asked: tuple[str, ...]
    needed: tuple[str, ...]
    known: dict[str, str]
    devices: list[Owned]
    about: list[Order]
    """The orders that a complaint may be about."""

    key: str


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a form: the order it opened or was added to, or why not, by field."""

    number: str = ""
    added: bool = False
    problems: Mapping[str, str] | None = None
    missing: tuple[str, ...] = ()


def actor_of(doer: Doer) -> Actor:
    """The user as who moves orders."""
    return Actor("supervisor" if doer.user.rules else "agent", doer.user.name, "console")


def blank(desk: Desk, held: Held | None, kind: str, device: int | None, language: str) -> Blank:
    """The form for an order of that kind: the customer, the device chosen, what the bot collected."""
    customer, owned = desk.customer(), desk.tx.devices.of_customer(desk.customer_id)
    values: dict[str, Any] = {name: getattr(customer, name) for name in CONTACT}
    values["complaint_phone"] = customer.phone
    chosen = next((one for one in owned if one.id == device), None)
    if chosen is not None:
        values |= {name: getattr(chosen, name) for name in ("product", *DEVICE)}
    told = held.values if held is not None and chosen is None else {}
    if held is not None and held.kind == kind:
        told = {**held.values, **({} if chosen is None else {n: values[n] for n in ("product", *DEVICE)})}
    values |= {name: value for name, value in told.items() if given(value)}
    now = desk.local_now
    known = {name: fields.to_edit(name, values, language, now) for name in ASKED[kind]}
    about = offered(desk) if kind == "complaint" else []
    return Blank(kind, ASKED[kind], NEEDED[kind], known, owned, about, f"{now.timestamp():.6f}")


async def open_order(
    means: Means, doer: Doer, conversation_id: int, kind: str, told: Mapping[str, str], language: str
) -> Done:
    """Open the order that the form asks for, once for each key, and tell the customer. Raises NotMoved."""
    now, key = means.clock(), f"console:{doer.user.id}:{told['key']}"[:80]
    wish = {name: value for name, value in told.items() if name in (*ASKED[kind], SAME, ANYWAY)}
    wish |= _window(wish, means.settings.service.zone)

    def work(tx: Tx) -> Done:
        room = tx.conversations.get(conversation_id, lock=True)
        acting.theirs(room, doer)
        before = {one.id: one for one in tx.orders.of_customer(room.customer_id, 50)}
        again = next((one for one in before.values() if one.request_key.startswith(f"{key}:")), None)
        if again is not None:
            return Done(again.number)
        desk = means.desk_for(tx, room, key, now)
        desk.acting = actor_of(doer)
        filled = means.voice.fill(desk, kind, wish, _photos(means, room, kind), language)
        if not filled.whole:
            return Done(problems=filled.problems, missing=filled.missing)
        if not tx.notes.first(key, conversation_id, now):
            return Done(added=True)
        if problems := means.voice.submit(desk, filled, language):
            raise _Late(problems)
        done = _became(tx, room, before)
        tx.conversations.save(room, now)
        acting.noted(tx, doer, "order_opened", room, now, number=done.number, kind=kind, added=done.added)
        return done

    try:
        done = await means.store.transact(work)
    except _Late as late:
        return Done(problems=late.problems)
    means.voice.sent()
    return done


class _Late(Exception):
    """Something was taken while the form was filled in: nothing of it is done."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__()
        self.problems = problems


def _window(wish: Mapping[str, str], zone: str) -> dict[str, str]:
    return {"window": fields.written(wish["window"], zone)} if wish.get("window") else {}


def _photos(means: Means, room: Conversation, kind: str) -> list[int]:
    """The files that came with the form under way, where it is for the same."""
    held = means.voice.held(room)
    same = held is not None and held.kind == kind
    return list((room.state.get("slots") or {}).get("photos") or []) if same else []


def _became(tx: Tx, room: Conversation, before: Mapping[int, Order]) -> Done:
    """The order that is new; or the one that the form was added to."""
    after = tx.orders.of_customer(room.customer_id, 50)
    new = next((one for one in after if one.id not in before), None)
    if new is not None:
        return Done(new.number)
    changed = max(after, key=lambda one: one.updated_at)
    return Done(changed.number, added=True)
