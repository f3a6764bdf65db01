"""The plans of all forms that ask for several things."""

from __future__ import annotations

from rasa_sdk import Tracker

from handlers.report_slots import CONTACT, DEVICE, FORM, REPORT_PLAN, Plan

INSTALLATION = "installation_form"
_BOOKKEEPING = ("asked", "attempts", "replaced", "doubts", "offers")
_INSTALLATION_ASKED = ("product", "known_contact", *CONTACT, "window", "site_ready", "confirmed")

RETURN = "return_form"
_RETURN_ASKED = (
    "product",
    "purchase_date",
    "return_reason",
    "bought_online",
    "condition",
    "return_anyway",
    "reference",
    "known_contact",
    "name",
    "phone",
    "confirmed",
)

COMPLAINT = "complaint_form"
_COMPLAINT_FIELDS = (
    "complaint_words",
    "complaint_category",
    "complaint_about",
    "complaint_demand",
    "complaint_phone",
)

CONSULTATION = "consultation_form"
_CONSULTATION_ASKED = ("consultation_words", "phone", "confirmed")

PLANS = {
    FORM: REPORT_PLAN,
    INSTALLATION: Plan(
        kind="installation",
        asked=_INSTALLATION_ASKED,
        changeable=("product", *CONTACT, "window", "site_ready"),
        forgotten=(*_INSTALLATION_ASKED, *DEVICE, "place", "photos", *_BOOKKEEPING),
        needed=("product", *CONTACT),
        silent=("window", "site_ready"),
    ),
    RETURN: Plan(
        kind="return",
        asked=_RETURN_ASKED,
        changeable=(
            "product",
            "purchase_date",
            "return_reason",
            "condition",
            "reference",
            "name",
            "phone",
        ),
        forgotten=(
            *_RETURN_ASKED,
            *DEVICE,
            "return_wish",
            "description",
            "address",
            "photos",
            *_BOOKKEEPING,
        ),
        needed=("product", "name", "phone"),
        silent=("return_reason", "condition", "reference"),
    ),
    COMPLAINT: Plan(
        kind="complaint",
        asked=(*_COMPLAINT_FIELDS, "complaint_confirmed"),
        changeable=_COMPLAINT_FIELDS,
        forgotten=(
            *_COMPLAINT_FIELDS,
            "complaint_confirmed",
            "complaint_product",
            "photos",
            *_BOOKKEEPING,
        ),
        needed=("complaint_words", "complaint_category", "complaint_demand"),
        silent=_COMPLAINT_FIELDS,
    ),
    CONSULTATION: Plan(
        kind="consultation",
        asked=_CONSULTATION_ASKED,
        changeable=("consultation_words", "phone"),
        forgotten=(*_CONSULTATION_ASKED, "product", "brand", "model", "photos", *_BOOKKEEPING),
        needed=(),
        silent=("consultation_words",),
    ),
}


def plan_of(tracker: Tracker) -> Plan:
    """The plan of the form that is open."""
    return PLANS[tracker.active_loop_name]
