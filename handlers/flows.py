"""What the bot can do: one module and one .yml a flow."""

from handlers import (
    callback,
    complaint,
    consultation,
    greeting,
    hazard,
    human,
    installation,
    linking,
    numbers,
    opting,
    order_questions,
    order_result,
    orders,
    question,
    quotations,
    report_fault,
    report_meant,
    return_visit,
    returns,
    service_sheet,
    suggestion,
    survey,
    track_order,
)
from handlers.actions import ActionMaker

FLOWS = (
    greeting,
    report_fault,
    question,
    consultation,
    track_order,
    orders,
    order_result,
    quotations,
    survey,
    return_visit,
    opting,
    linking,
    numbers,
    service_sheet,
    installation,
    returns,
    complaint,
    suggestion,
    human,
    callback,
    hazard,
)

MEANT = {
    "report_fault_form": report_meant.meant,
    "installation_form": installation.meant,
    "return_form": returns.meant,
    "consultation_form": consultation.meant,
}
"""By form: which button of the open question plain words stand for (open slot, words, slots → payload)."""

SAID = (order_result.meant, quotations.meant, report_meant.said)
"""What plain words stand for where no question is open (words → payload or None), the first that knows."""

ANYWHERE = (opting.meant, linking.meant, numbers.meant)
"""What plain words stand for whatever is open (words → payload or None)."""

ASKED = {
    order_questions.QUESTION: order_questions.answered,
    order_questions.VISIT_TIME: order_questions.timed,
    survey.SLOT: survey.answered,
    return_visit.SLOT: return_visit.answered,
    question.UNANSWERED: question.answered,
}
"""By slot that says what waits: what words mean that answer it (told → payload or None)."""

DRAFTS = (
    "report_fault_form",
    "installation_form",
    "return_form",
    "complaint_form",
    "suggestion_form",
    "consultation_form",
)
"""Forms worth going back to after an interruption, and worth a reminder after silence."""


def actions() -> dict[str, ActionMaker]:
    """Every action of every flow by name."""
    return {name: maker for flow in FLOWS for name, maker in flow.actions().items()}
