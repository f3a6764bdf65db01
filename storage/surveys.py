"""Surveys: how satisfied customers were, asked once in each round of an order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from storage.schema import surveys
from storage.statements import Prepared, PreparedRows, among

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
_WRITTEN = [name for name in _PARTS if name != "id"]
_ASK = PreparedRows(
    lambda dialect: dialect.insert(surveys).on_conflict_do_nothing(index_elements=["order_id", "round"]),
    _WRITTEN,
)
_OF_ORDER = Prepared(
    _SELECTED.where(surveys.c.order_id == bindparam("order")).order_by(surveys.c.round.desc()).limit(1)
)
_OF_ROUND = Prepared(
    _SELECTED.where(surveys.c.order_id == bindparam("order"), surveys.c.round == bindparam("which"))
)
_OF_ORDERS = Prepared(lambda dialect: _SELECTED.where(among(dialect, surveys.c.order_id, "orders")))
_REMINDED = Prepared(
    lambda dialect: (
        update(surveys).where(among(dialect, surveys.c.id, "ids")).values(reminded_at=bindparam("moment"))
    )
)
_EXPIRE = Prepared(
    lambda dialect: update(surveys).where(among(dialect, surveys.c.id, "ids")).values(state=EXPIRED)
)


class Surveys:
    """The surveys' repository; the order's conversation is locked by whoever writes."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def ask(self, *asked: Survey) -> None:
        """Keep that they were asked; nothing changes where that round was surveyed before."""
        if asked:
            self._tx.insert(_ASK, [{name: getattr(one, name) for name in _WRITTEN} for one in asked])

    def latest(self, order_id: int) -> Survey | None:
        """The survey of the order's newest surveyed round, or None."""
        row = self._tx.row(_OF_ORDER, {"order": order_id})
        return Survey(*row) if row else None

    def of_round(self, order_id: int, round_: int) -> Survey | None:
        """The survey of that round of the order, or None."""
        row = self._tx.row(_OF_ROUND, {"order": order_id, "which": round_})
        return Survey(*row) if row else None

    def of_orders(self, order_ids: Iterable[int]) -> dict[tuple[int, int], Survey]:
        """Every survey of those orders, by order and round."""
        found = (Survey(*row) for row in self._tx.rows(_OF_ORDERS, {"orders": list(order_ids)}))
        return {(one.order_id, one.round): one for one in found}

    def reminded(self, many: Iterable[Survey], now: datetime) -> None:
        """The customers were asked once more."""
        self._tx.change(_REMINDED, {"ids": [one.id for one in many], "moment": now})

    def expire(self, many: Iterable[Survey]) -> None:
        """Nobody answered in time."""
        self._tx.change(_EXPIRE, {"ids": [one.id for one in many]})

    def change(self, survey: Survey, **changes: Any) -> Survey:
        """Write what was answered, or that it was reminded of or ran out."""
        self._tx.execute(update(surveys).where(surveys.c.id == survey.id).values(changes))
        return replace(survey, **changes)
