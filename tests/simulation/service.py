"""The simulated service: promises of seconds, quiet hours of a minute, and a calendar that may be edited."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from datetime import date, timedelta

from handlers.desk import Terms
from handlers.notices import NoticeSettings
from handlers.ownership import QueueSettings
from handlers.promises import Promises
from handlers.promises.days import Days
from handlers.promises.policy import Policy
from handlers.promises.promise import Clock
from handlers.promises.settings import RegionSettings
from handlers.promises.shifts import parse_shifts
from handlers.promises.spans import Span
from handlers.promises.working_time import RoundTheClock, WorkingTime
from handlers.return_visits import ReturnVisitSettings
from handlers.surveys.settings import SurveySettings
from handlers.waiting import WaitingSettings
from handlers.webhooks.settings import Receiver, WebhookSettings
from scheduler.rules import Rules

ZONE = "Asia/Shanghai"
QUIET = "12:01-12:02"
"""Episodes begin at noon and last some minutes."""
POLICIES = [
    Policy(what=what, within=Span(timedelta(seconds=seconds)), clock=clock)  # type: ignore[arg-type]
    for what, seconds, clock in (
        ("answer", 20, "calendar"),
        ("accept", 15, "calendar"),
        ("visit", 40, "business"),
        ("plan", 45, "calendar"),
        ("solve", 60, "business"),
        ("second_handling", 25, "calendar"),
        ("record", 30, "calendar"),
        ("parts_order", 12, "business"),
    )
]
QUEUE = QueueSettings(
    unanswered_minutes=0.2, escalate_minutes=0.3, vanished_seconds=20, estimate_minutes=2, estimate_from=2,
    at_once=3, update_minutes=0.1, answer_minutes=0.5,
)  # fmt: skip
_NOTICES = NoticeSettings(
    quiet_hours=QUIET,
    good_for_hours=dict.fromkeys(NoticeSettings().good_for_hours, 0.05),
    progress_hours=0.01,
    visit_hours_before=(0.008, 0.003),
)
_SECRET = "whsec_" + b64encode(bytes(24)).decode()
_WEBHOOKS = WebhookSettings(receivers=(Receiver(name="books", url="http://127.0.0.1/", secret=_SECRET),))  # type: ignore[arg-type]
_SHIFTS = parse_shifts(("00:00-12:01", "12:03-23:59"))


def _promises(*closed: date) -> Promises:
    days = Days((_SHIFTS,) * 7, own=dict.fromkeys(closed, ()))
    return Promises(POLICIES, WorkingTime(days, ZONE), RegionSettings().rules())


def _rules(promises: Promises) -> Rules:
    return Rules(
        promises, _NOTICES, zone=ZONE, queue=QUEUE, draft_expire_hours=0.006, webhooks=_WEBHOOKS,
        waiting=WaitingSettings(remind_after_hours=0.003, close_after_days=0.0003, task_after_hours=0.006),
        surveys=SurveySettings(delay_hours=0.001, remind_after_hours=0.002, expire_after_days=0.0002),
        return_visits=ReturnVisitSettings(after_days={"fault": 0.0003}),
    )  # fmt: skip


_USUAL = _promises()
ROUND_THE_CLOCK = RoundTheClock()
SPANS: dict[str, tuple[timedelta, Clock]] = {
    row.what: (row.within.time, _USUAL.working_time if row.clock == "business" else ROUND_THE_CLOCK)
    for row in POLICIES
}
"""How long each promise runs, by which clock."""
RULES = (_rules(_USUAL), _rules(_promises(date(2026, 3, 2))))
"""Those of a usual day, and those after it was entered as a holiday."""
_TERMS = Terms(queue=QUEUE, draft_remind_minutes=0.1, draft_expire_hours=RULES[0].draft_expire_hours)
TERMS = tuple(replace(_TERMS, promises=rules.promises) for rules in RULES)
