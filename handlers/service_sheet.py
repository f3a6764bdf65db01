"""The service sheet 服务单 of an order, sent into the chat as a picture."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers.actions import ActionMaker, DeskAction, Events, button, entity, language
from handlers.report_words import shown
from handlers.vocabulary import word
from storage.orders import Order

SHOWN = 5


class SendSheet(DeskAction):
    """Send the sheet of the order named, of the only one there is, or ask which."""

    def name(self) -> str:
        return "action_send_sheet"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        number, tongue = entity(tracker, "order_number"), language(tracker)
        found = self.desk.find_order(str(number)) if number else None
        orders = [found] if found else [] if number else self.desk.orders(SHOWN)
        current = [order for order in orders if order.open] or orders
        if len(current) == 1:
            address = self.desk.sheet(current[0], tongue)
            response = "utter_sheet" if address else "utter_no_sheet_here"
            dispatcher.utter_message(response=response, number=current[0].number, image=address)
        elif current:
            buttons = [offer(order, tongue) for order in current]
            dispatcher.utter_message(response="utter_which_order", buttons=buttons)
        else:
            dispatcher.utter_message(response="utter_not_your_order" if number else "utter_no_orders")
        return []


def offer(order: Order, tongue: str, title: str = "") -> dict[str, str]:
    """A button that sends the order's sheet; its title is the order unless another is given."""
    named = f"{order.number} {shown(order.fields, 'product', tongue)}".strip()
    return button(title or named, f'/send_sheet{{"order_number": "{order.number}"}}')


def beside(order: Order, tongue: str) -> dict[str, str]:
    """The button under what is told of one order."""
    return offer(order, tongue, word("button", "send_sheet", tongue))


def actions() -> dict[str, ActionMaker]:
    """The flow's actions by name."""
    return {"action_send_sheet": SendSheet}
