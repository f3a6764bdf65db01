"""The second handling 二次处理 of what a customer was dissatisfied with: by rule, and once (F4)."""

from __future__ import annotations

from datetime import datetime

from handlers import life
from handlers.desk import Desk
from handlers.life import BOT, SYSTEM
from storage.orders import Order
from storage.surveys import Survey
from storage.tasks import Task

TASK = "second_handling"
DISSATISFIED = "dissatisfied"


def handle_again(desk: Desk, order: Order, survey: Survey) -> datetime | None:
    """Begin it where it is due; until when a supervisor has taken it up, or None where nothing begins.

    The order is taken up again, one level up; once it was so often enough, or where it cannot be, a manager
    gets a task instead.
    """
    settings = desk.terms.surveys
    due = survey.rating == DISSATISFIED and survey.handled_at is None and survey.round == order.round
    if not (settings.second_handling and due):
        return None
    promise = desk.promise("second_handling", order.kind, order.priority, order.fields.get("address"))
    until = promise.due if promise else desk.now
    reason = f"dissatisfied: {survey.comment}" if survey.comment else "dissatisfied"
    again = order.round <= settings.second_handling_rounds and life.may(order, "reopen", BOT)
    if again:
        moved = desk.move(order, "reopen", BOT, reason, promised_at=until)
        desk.move(moved.order, "escalate", SYSTEM, reason)
    who = "a supervisor" if again else "a manager"
    desk.tx.tasks.add(
        Task(
            TASK, f"{who} takes up what the customer is dissatisfied with", desk.now, order.id,
            order.conversation_id, order.customer_id, until,
        )
    )  # fmt: skip
    desk.tx.surveys.change(survey, handled_at=desk.now)
    return until
