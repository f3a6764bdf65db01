"""A quotation 报价, by chat: approved or declined by the customer, who is told when it has changed (E7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import partial

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers import life
from handlers.about_order import AboutOrder, Verb
from handlers.actions import ActionMaker, DeskAction, Events, entity, language, words
from handlers.desk import Desk
from handlers.devices import device_of
from handlers.fees.amounts import shown
from handlers.fees.quotation import Quotation, approve
from handlers.fees.wording import whole
from handlers.life import Actor
from handlers.life.telling import Voice
from handlers.notices.templates import PRICE
from handlers.seen import Seen, seen
from handlers.serial_numbers import SerialSettings
from handlers.vocabulary import listed
from handlers.warranty.cover import Cover, cover
from handlers.warranty.settings import WarrantySettings
from nlu.text import fold
from storage import Tx
from storage.orders import Order
from storage.quotations import APPROVED, ASKED, DECLINED, QuotationRow

WAITING = "waiting_for_customer"
SHORT = 40
"""Longer words say more than that the price is high."""


def asked_about(desk: Desk) -> Order | None:
    """The one order whose quotation waits for the customer, who was told so; or None."""
    waiting = _waiting(desk)
    return waiting[0] if len(waiting) == 1 and _seen(desk, waiting[0]) != "nothing" else None


def _seen(desk: Desk, order: Order) -> Seen:
    """How much of the quotation that counts now has reached the customer."""
    row = _asked(desk, order)
    if row is None:
        return "nothing"
    current = quotation_of(row)
    price = shown(current.total, current.currency)
    return seen(desk.tx, order, "quote", "approve_quotation", current.fingerprint, [price])


def _waiting(desk: Desk) -> list[Order]:
    return [order for order in desk.orders() if order.status == WAITING and _asked(desk, order)]


def accept(desk: Desk, order: Order, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Approve what the customer saw; where that has changed or run out, say so instead."""
    row = _asked(desk, order)
    current = quotation_of(row) if row else None
    pressed = entity(tracker, "quotation")
    found = approve(str(pressed or (current.fingerprint if current else "")), current, desk.now)
    if found == "approved" and not pressed and _unseen(desk, order, dispatcher, tracker):
        return []
    if found != "approved" or row is None or current is None:
        _not_now(found, desk, order, current, dispatcher, tracker)
        return []
    moved = desk.move(order, "approve_quotation", desk.speaker, words(tracker) or f"version {row.version}")
    desk.tx.quotations.decide(row, APPROVED, str(desk.customer_id), desk.now)
    dispatcher.utter_message(**life.news(moved, language(tracker)))
    return []


def decline(desk: Desk, order: Order, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Decline it; the order goes back to whoever carries it out."""
    row = _asked(desk, order)
    if row is None:
        _not_now("withdrawn", desk, order, None, dispatcher, tracker)
        return []
    moved = desk.move(order, "decline_quotation", desk.speaker, words(tracker) or f"version {row.version}")
    desk.tx.quotations.decide(row, DECLINED, str(desk.customer_id), desk.now)
    dispatcher.utter_message(**life.news(moved, language(tracker)))
    return []


def refuse(desk: Desk, order: Order, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """A plain no: it declines what the customer saw; what they only heard of is shown first."""
    if _unseen(desk, order, dispatcher, tracker):
        return []
    return decline(desk, order, dispatcher, tracker)


def _unseen(desk: Desk, order: Order, dispatcher: CollectingDispatcher, tracker: Tracker) -> bool:
    """Whether the customer has not read the quotation that counts; then it is shown."""
    row, known = _asked(desk, order), _seen(desk, order)
    if row is None or known == "whole":
        return False
    response = "utter_quotation_changed" if known == "before" else "utter_quotation_first"
    _show(response, desk, order, quotation_of(row), dispatcher, tracker)
    return True


def ask(tx: Tx, voice: Voice, order: Order, quotation: Quotation, actor: Actor, local_now: datetime) -> int:
    """Keep a quotation and ask the customer about it, in the place of an open one; its version.

    Raises Refused where the order takes none now.
    """
    conversation = tx.conversations.get(order.conversation_id, lock=True)
    told = whole(quotation, local_now, voice.language(conversation))
    kept, now = quotation.as_json(), local_now.astimezone(UTC)
    lines = kept.pop("lines")
    price = shown(quotation.total, quotation.currency)
    values = {"quotation": told, "mark": quotation.fingerprint, PRICE: price}
    life.move_and_tell(tx, order, "quote", actor, quotation.fingerprint, now, values=values)
    return tx.quotations.ask(order.id, kept, lines, quotation.total, quotation.currency, now)


def quotation_of(row: QuotationRow) -> Quotation:
    """The quotation that a row keeps."""
    return Quotation.of({**row.plan, "lines": row.lines})


def cover_of(order: Order, today: date, warranty: WarrantySettings, serials: SerialSettings) -> Cover:
    """What warranty covers of an order's device."""
    return cover(device_of(order.fields), today, warranty, serials)


def _asked(desk: Desk, order: Order) -> QuotationRow | None:
    row = desk.tx.quotations.latest(order.id)
    return row if row is not None and row.state == ASKED else None


def _not_now(
    why: str,
    desk: Desk,
    order: Order,
    current: Quotation | None,
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
) -> None:
    """Why a yes counts for nothing now: the newer quotation, or that it ran out or is settled."""
    if why == "changed" and current is not None:
        _show("utter_quotation_changed", desk, order, current, dispatcher, tracker)
        return
    if why == "expired":
        desk.note(order, "the customer approved a quotation that had run out")
    dispatcher.utter_message(
        response="utter_quotation_expired" if why == "expired" else "utter_quotation_settled",
        number=order.number,
        status=life.status_line(order.status, language(tracker)),
    )


def _show(
    response: str,
    desk: Desk,
    order: Order,
    current: Quotation,
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
) -> None:
    """The whole quotation with its buttons."""
    told = whole(current, desk.local_now, language(tracker))
    mark = current.fingerprint
    dispatcher.utter_message(response=response, number=order.number, quotation=told, mark=mark)


VERBS: dict[str, Verb] = {"approve_quotation": accept, "decline_quotation": decline}
ANSWERS: dict[str, Verb] = {"affirm": accept, "deny": refuse}
"""What a plain yes or no to a quotation does."""


class PriceTooHigh(DeskAction):
    """The price is found high, which is no answer yet: ask for one where a quotation waits."""

    def name(self) -> str:
        return "action_price_too_high"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        order = asked_about(self.desk)
        if order is None or (row := _asked(self.desk, order)) is None:
            dispatcher.utter_message(response="utter_price_heard")
        elif not _unseen(self.desk, order, dispatcher, tracker):
            current = quotation_of(row)
            dispatcher.utter_message(
                response="utter_quotation_too_high",
                number=order.number,
                total=shown(current.total, current.currency),
                mark=current.fingerprint,
            )
        return []


def meant(text: str) -> str | None:
    """Words that only find a price high, or ask for a lower one, are no yes and no no."""
    folded = fold(text)
    high = len(folded) <= SHORT and any(mark in folded for mark in listed("marks", "too_high"))
    return "/price_too_high" if high and not any(m in folded for m in listed("marks", "declines")) else None


class AboutQuotation(AboutOrder):
    """A quotation that waits for the customer's answer."""

    verbs = VERBS
    missing = "utter_no_quotation"

    def meant(self) -> Sequence[Order]:
        return _waiting(self.desk)


def actions() -> dict[str, ActionMaker]:
    """The flow's actions by name."""
    verbs: dict[str, ActionMaker] = {f"action_{verb}": partial(AboutQuotation, verb=verb) for verb in VERBS}
    return {**verbs, "action_price_too_high": PriceTooHigh}
