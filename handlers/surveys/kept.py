"""What becomes of an answer to a survey: kept with everything said, whichever answer counts (F4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from handlers.desk import Desk
from handlers.surveys.opinion import Opinion
from handlers.webhooks.announcing import announce
from storage.orders import Order
from storage.surveys import ANSWERED, EXPIRED, Survey

COMMENT_LIMIT = 2000
Outcome = Literal["first", "changed", "again", "at_once", "expired"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A rating with the words it came in, if any, and what they judge."""

    rating: str
    words: str = ""
    opinion: Opinion | None = None

    @property
    def reasons(self) -> list[str]:
        """What was criticised."""
        return list(self.opinion.reasons) if self.opinion else []

    def as_json(self, desk: Desk, outcome: Outcome) -> dict[str, Any]:
        """How it is kept among the survey's answers."""
        kept: dict[str, Any] = {
            "at": desk.now.isoformat(), "rating": self.rating, "counts": outcome, "channel": desk.channel,
        }  # fmt: skip
        if self.words:
            kept["words"] = self.words
        if self.opinion:
            kept |= {"sentiment": self.opinion.sentiment, "good": list(self.opinion.good)}
            kept["bad"] = list(self.opinion.bad)
        return kept


def over(desk: Desk, order: Order, survey: Survey) -> bool:
    """Whether an answer comes too late to count; its own second handling does not end a survey."""
    overtaken = survey.round != order.round and survey.handled_at is None
    return survey.state == EXPIRED or desk.now >= survey.expires_at or overtaken


def rate(desk: Desk, order: Order, survey: Survey, answer: Answer) -> tuple[Survey, Outcome]:
    """Keep an answer: the first of two at once counts, a later one replaces it, one too late is noted."""
    outcome = _outcome(desk, order, survey, answer)
    kept = [*survey.answers, answer.as_json(desk, outcome)]
    changes: dict[str, Any] = {"answers": kept}
    if outcome in ("first", "changed"):
        changes |= {
            "state": ANSWERED,
            "rating": answer.rating,
            "reasons": answer.reasons,
            "comment": _joined(survey.comment, answer.words),
            "answered_at": desk.now,
        }
    elif outcome == "again" and answer.words:
        changes["comment"] = _joined(survey.comment, answer.words)
        changes["reasons"] = _merged(survey.reasons, answer.reasons)
    told = f"survey: {answer.rating}" + (f" ({outcome})" if outcome != "first" else "")
    _note(desk, order, f"{told}: {answer.words}" if answer.words else told)
    if outcome in ("first", "changed"):
        said = {"round": survey.round, "rating": answer.rating, "reasons": answer.reasons}
        announce(desk.tx, order, "survey.answered", {"survey": said}, desk.now)
    return desk.tx.surveys.change(survey, **changes), outcome


def add(desk: Desk, order: Order, survey: Survey, reasons: list[str], words: str) -> Survey:
    """Keep a reason or a comment given after the rating, too late or not."""
    kept = [*survey.answers, {"at": desk.now.isoformat(), "reasons": reasons, "words": words}]
    changes: dict[str, Any] = {"answers": kept}
    if not over(desk, order, survey):
        changes["reasons"] = _merged(survey.reasons, reasons)
        changes["comment"] = _joined(survey.comment, words)
    _note(desk, order, " ".join(part for part in ("survey:", ", ".join(reasons), words) if part))
    return desk.tx.surveys.change(survey, **changes)


def _outcome(desk: Desk, order: Order, survey: Survey, answer: Answer) -> Outcome:
    if over(desk, order, survey):
        return "expired"
    if survey.state != ANSWERED or survey.answered_at is None:
        return "first"
    if survey.rating == answer.rating:
        return "again"
    at_once = timedelta(seconds=desk.terms.surveys.at_once_seconds)
    return "at_once" if desk.now - survey.answered_at < at_once else "changed"


def _note(desk: Desk, order: Order, words: str) -> None:
    desk.tx.orders.add_note(order, "customer", words[:COMMENT_LIMIT], desk.now, desk.speaker.id)


def _joined(before: str | None, words: str) -> str | None:
    return "\n".join(part for part in (before, words) if part)[:COMMENT_LIMIT] or None


def _merged(before: list[str] | None, reasons: list[str]) -> list[str]:
    return list(dict.fromkeys([*(before or []), *reasons]))
