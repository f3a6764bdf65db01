"""The head of everything said about an order that exists: which one is meant, or asking which."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers import life
from handlers.actions import DeskAction, Events, button, entity, language
from handlers.desk import Desk
from handlers.report_words import shown
from storage.orders import Order

Verb = Callable[[Desk, Order, CollectingDispatcher, Tracker], Events]


class AboutOrder(DeskAction):
    """Find the order that is meant and do the verb with it; each flow says which orders can be meant."""

    verbs: Mapping[str, Verb] = {}
    missing = "utter_no_open_order"
    """Said where no order can be meant."""

    def __init__(self, desk: Desk, verb: str) -> None:
        super().__init__(desk)
        self.verb = verb

    def name(self) -> str:
        return f"action_{self.verb}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        number = entity(tracker, "order_number")
        named = self.desk.find_order(str(number)) if number else None
        if number and named is None:
            dispatcher.utter_message(response="utter_not_your_order")
            return []
        meant = [named] if named else self.meant()
        if not meant:
            self.say_missing(dispatcher, tracker)
            return []
        if len(meant) > 1:
            self._ask_which(meant, dispatcher, tracker)
            return []
        return self.do(meant[0], dispatcher, tracker)

    def meant(self) -> Sequence[Order]:
        """The orders that may be meant where none is named: those that are open."""
        return [order for order in self.desk.orders() if order.open]

    def say_missing(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        """Say that there is no order that can be meant."""
        dispatcher.utter_message(response=self.missing)

    def do(self, order: Order, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """The verb with the order that is meant."""
        return attempt(self.verbs[self.verb], self.desk, order, dispatcher, tracker)

    def _ask_which(self, orders: Sequence[Order], dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        tongue = language(tracker)
        buttons = [
            button(
                f"{order.number} {shown(order.fields, 'product', tongue)}".strip(),
                f'/{self.verb}{{"order_number": "{order.number}"}}',
            )
            for order in orders
        ]
        dispatcher.utter_message(response="utter_which_order", buttons=buttons)


def attempt(
    verb: Verb, desk: Desk, order: Order, dispatcher: CollectingDispatcher, tracker: Tracker
) -> Events:
    """Do it, unless somebody of the staff was quicker: then say how the order stands."""
    try:
        return verb(desk, order, dispatcher, tracker)
    except life.Refused as refused:
        dispatcher.utter_message(**life.refusal(refused, language(tracker)))
        return []
