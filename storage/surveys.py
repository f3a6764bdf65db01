"""Surveys: how satisfied customers were, asked once in each round of an order."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from storage.schema import surveys
from storage.statements import Prepared

if TYPE_CHECKING:
    from storage.transaction import Tx

SENT, ANSWERED, EXPIRED = "sent", "answered", "expired"


@dataclass(frozen=True, slots=True)
class Survey:
    """One survey; `rating` is satisfied, neutral or dissatisfied, `reasons` are what was criticised.

    `answers` are all of them in order, as they were given; rating, reasons and comment are the last one's.
    """

    order_id: int
    round: int
    sent_at: datetime
    expires_at: datetime
    state: str = SENT
    rating: str | None = None
    reasons: list[str] | None = None
    comment: str | None = None
    reminded_at: datetime | None = None
    answered_at: datetime | None = None
    answers: list[dict[str, Any]] = field(default_factory=list)
    handled_at: datetime | None = None
    """When a dissatisfied customer's second handling began."""
    id: int = 0


_PARTS = [part.name for part in fields(Survey)]
_SELECTED = select(*(surveys.c[name] for name in _PARTS))
_ASK = Prepared(
    lambda dialect: dialect.insert(surveys).on_conflict_do_nothing(index_elements=["order_id", "round"]),
    [name for name in _PARTS if name != "id"],
)
_OF_ORDER = Prepared(
    _SELECTED.where(surveys.c.order_id == bindparam("order")).order_by(surveys.c.round.desc()).limit(1)
)
_OF_ROUND = Prepared(
    _SELECTED.where(surveys.c.order_id == bindparam("order"), surveys.c.round == bindparam("which"))
)


class Surveys:
    """The surveys' repository; the order's conversation is locked by whoever writes."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def ask(self, survey: Survey) -> bool:
        """Keep that it was asked; False, and nothing changed, where that round was surveyed before."""
        return self._tx.change(_ASK, asdict(survey)) == 1

    def latest(self, order_id: int) -> Survey | None:
        """The survey of the order's newest surveyed round, or None."""
        row = self._tx.row(_OF_ORDER, {"order": order_id})
        return Survey(*row) if row else None

    def of_round(self, order_id: int, round_: int) -> Survey | None:
        """The survey of that round of the order, or None."""
        row = self._tx.row(_OF_ROUND, {"order": order_id, "which": round_})
        return Survey(*row) if row else None

    def change(self, survey: Survey, **changes: Any) -> Survey:
        """Write what was answered, or that it was reminded of or ran out."""
        self._tx.execute(update(surveys).where(surveys.c.id == survey.id).values(changes))
        return replace(survey, **changes)
