"""What was said by the clock and did not arrive is said elsewhere, or becomes a task (F6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from handlers import return_visit, survey
from handlers.notices.again import AGAIN, lost_by, tell_again
from scheduler.rules import Rules
from scheduler.timers import Works
from storage import Tx
from storage.notices import SAID, Notice
from storage.timers import Timer

if TYPE_CHECKING:
    from scheduler import Voice


def works(rules: Rules) -> Works:
    """What this module does with which timers."""
    return {AGAIN: partial(_again, rules=rules)}


def _again(tx: Tx, timer: Timer, now: datetime, voice: Voice, rules: Rules) -> bool:
    """Not where the customer wrote meanwhile, so that it is on its way again."""
    assert timer.conversation_id is not None
    if tx.conversations.take(timer.conversation_id) is None:
        return False
    lost, until = lost_by(tx, timer.payload["row"]), None
    if lost is not None:
        keeps = _kept(tx, lost.notice)
        until = tell_again(tx, voice, lost, keeps, rules.notices, rules.zone, now)
        after = tx.notices.find(lost.notice.key) if until is None else None
        if after is not None and after.decision not in SAID:
            tx.return_visits.missed(after.key)
    if until is None:
        tx.timers.done(timer)
    else:
        tx.timers.later(timer, until)
    return True


def _kept(tx: Tx, notice: Notice) -> Mapping[str, Any]:
    """What the conversation remembers in which a question is put."""
    order = tx.orders.get(notice.order_id) if notice.order_id is not None else None
    if notice.kind == "return_visit":
        return return_visit.asked(notice.key, order.number if order else "")
    if notice.kind == "survey" and order and (asked := tx.surveys.latest(order.id)) is not None:
        return survey.asked(order, asked.expires_at)
    return {}
