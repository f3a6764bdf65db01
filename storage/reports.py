"""What reports count, read from rows and events of a span of time; and the reports and samples themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, and_, distinct, exists, func, insert, or_, select, update

from storage.schema import (
    conversations,
    gaps,
    handovers,
    messages,
    order_events,
    orders,
    promises,
    ratings,
    reports,
    samples,
    surveys,
)

if TYPE_CHECKING:
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a period, as they were computed last."""

    kind: str
    period: str
    figures: dict[str, Any]
    revision: int
    computed_at: datetime


@dataclass(frozen=True, slots=True)
class Sample:
    """An order drawn for quality review, and what the review said."""

    period: str
    number: str
    kind: str
    drawn_at: datetime
    score: int | None
    note: str | None
    reviewer: str | None
    reviewed_at: datetime | None
    marks: dict[str, int] | None = None
    """What each criterion of the score sheet got, where it was filled in."""


_REPORT = [reports.c[part.name] for part in fields(Report)]
_SAMPLE = [(orders if part.name in ("number", "kind") else samples).c[part.name] for part in fields(Sample)]


class Reports:
    """The repository of what is measured."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def first_order_at(self) -> datetime | None:
        """When the oldest order was opened; None where there is none."""
        return self._tx.execute(select(func.min(orders.c.created_at))).scalar_one()

    def opened(self, since: datetime, until: datetime) -> list[Any]:
        """id, kind, region, product, category, customer and moment of the orders opened then."""
        product, category = (
            orders.c.fields[name].as_string().label(name) for name in ("product", "category")
        )
        found = select(
            orders.c.id, orders.c.kind, orders.c.region, product, category, orders.c.customer_id,
            orders.c.created_at,
        )  # fmt: skip
        return list(self._tx.execute(found.where(_in(orders.c.created_at, since, until))))

    def moves(self, since: datetime, until: datetime) -> dict[str, int]:
        """How often each move was made then."""
        made = (_in(order_events.c.at, since, until), order_events.c.move.is_not(None))
        counted = select(order_events.c.move, func.count().label("many")).where(*made)
        rows = self._tx.execute(counted.group_by(order_events.c.move))
        return {str(row.move): int(row.many) for row in rows}

    def made(self, moves: Sequence[str], since: datetime, until: datetime) -> list[Any]:
        """Order, kind, move and moment of each time one of these moves was made then."""
        found = select(order_events.c.order_id, orders.c.kind, order_events.c.move, order_events.c.at)
        found = found.join(orders, orders.c.id == order_events.c.order_id)
        wanted = (_in(order_events.c.at, since, until), order_events.c.move.in_(moves))
        return list(self._tx.execute(found.where(*wanted).order_by(order_events.c.at, order_events.c.id)))

    def beginnings(self, order_ids: Sequence[int], moves: Sequence[str]) -> list[Any]:
        """Order, move and moment of such moves of these orders, oldest first."""
        found: list[Any] = []
        for start in range(0, len(order_ids), 500):
            some = order_events.c.order_id.in_(order_ids[start : start + 500])
            statement = select(order_events.c.order_id, order_events.c.move, order_events.c.at)
            statement = statement.where(some, order_events.c.move.in_(moves))
            found += self._tx.execute(statement.order_by(order_events.c.at, order_events.c.id))
        return found

    def settled_promises(self, since: datetime, until: datetime) -> list[Any]:
        """What was promised, kept or broken, and how many, of the promises that ended so then."""
        counted = select(promises.c.what, promises.c.state, func.count().label("many"))
        ended = (_in(promises.c.settled_at, since, until), promises.c.state.in_(("kept", "broken")))
        return list(self._tx.execute(counted.where(*ended).group_by(promises.c.what, promises.c.state)))

    def surveys(self, since: datetime, until: datetime) -> list[Any]:
        """Rating (None: expired without an answer) and how many, of the surveys that ended so then."""
        expired = and_(surveys.c.answered_at.is_(None), _in(surveys.c.expires_at, since, until))
        ended = or_(_in(surveys.c.answered_at, since, until), expired)
        counted = select(surveys.c.rating, func.count().label("many")).where(ended)
        return list(self._tx.execute(counted.group_by(surveys.c.rating)))

    def complained_before(self, customers: Sequence[int], since: datetime) -> list[Any]:
        """Customer and moment of complaints of these customers from then on."""
        found = select(orders.c.customer_id, orders.c.created_at).where(
            orders.c.kind == "complaint", orders.c.created_at >= since, orders.c.customer_id.in_(customers)
        )
        return list(self._tx.execute(found))

    def conversations(self, since: datetime, until: datetime) -> int:
        """In how many conversations a customer wrote then."""
        wrote = exists().where(
            messages.c.conversation_id == conversations.c.id,
            messages.c.author == "customer",
            _in(messages.c.created_at, since, until),
        )
        # Few conversations were touched since; only their messages are looked at.
        touched = (conversations.c.updated_at >= since, conversations.c.created_at < until)
        counted = select(func.count()).select_from(conversations).where(*touched, wrote)
        return int(self._tx.execute(counted).scalar_one())

    def handovers(self, since: datetime, until: datetime) -> int:
        """How many conversations were given to a person then."""
        counted = select(func.count(distinct(handovers.c.conversation_id)))
        return int(self._tx.execute(counted.where(_in(handovers.c.at, since, until))).scalar_one())

    def knowledge(self, since: datetime, until: datetime) -> tuple[int, int, int]:
        """Questions without an answer, answers that helped, and that did not."""
        asked = select(func.count()).select_from(gaps).where(_in(gaps.c.at, since, until))
        rated = select(ratings.c.helpful, func.count()).where(_in(ratings.c.at, since, until))
        found = map(tuple, self._tx.execute(rated.group_by(ratings.c.helpful)))
        by_rating = {bool(helpful): int(many) for helpful, many in found}
        return int(self._tx.execute(asked).scalar_one()), by_rating.get(True, 0), by_rating.get(False, 0)

    def find(self, kind: str, period: str) -> Report | None:
        """The report as it was written, or None."""
        found = select(*_REPORT).where(reports.c.kind == kind, reports.c.period == period)
        row = self._tx.execute(found).one_or_none()
        return Report(*tuple(row)) if row else None

    def page(self, kind: str, limit: int) -> list[Report]:
        """The newest reports of that kind."""
        found = select(*_REPORT).where(reports.c.kind == kind)
        rows = self._tx.execute(found.order_by(reports.c.period.desc()).limit(limit))
        return [Report(*tuple(row)) for row in rows]

    def write(self, report: Report) -> None:
        """Keep a new report, or a newer revision of it."""
        values = {part.name: getattr(report, part.name) for part in fields(Report)}
        if report.revision == 1:
            self._tx.execute(insert(reports), values)
            return
        which = (reports.c.kind == report.kind, reports.c.period == report.period)
        self._tx.execute(update(reports).where(*which).values(values))

    def closed(self, since: datetime, until: datetime) -> list[Any]:
        """Number and id of the orders closed then, by number."""
        ended = (_in(orders.c.closed_at, since, until), orders.c.status == "closed")
        found = select(orders.c.number, orders.c.id).where(*ended)
        return list(self._tx.execute(found.order_by(orders.c.number)))

    def draw(self, period: str, order_ids: Sequence[int], now: datetime) -> None:
        """Keep the sample of a week."""
        if order_ids:
            rows = [{"period": period, "order_id": one, "drawn_at": now} for one in order_ids]
            self._tx.execute(insert(samples), rows)

    def samples(self, period: str | None = None, number: str | None = None, limit: int = 500) -> list[Sample]:
        """Drawn orders of a week, of a number, or the newest."""
        found = _samples().order_by(samples.c.period.desc(), orders.c.number).limit(limit)
        if period is not None:
            found = found.where(samples.c.period == period)
        if number is not None:
            found = found.where(orders.c.number == number)
        return [Sample(*tuple(row)) for row in self._tx.execute(found)]

    def review(
        self,
        sample: Sample,
        score: int,
        note: str,
        reviewer: str,
        now: datetime,
        marks: dict[str, int] | None = None,
    ) -> None:
        """Keep what the review said; a later one takes its place."""
        which = select(orders.c.id).where(orders.c.number == sample.number).scalar_subquery()
        self._tx.execute(
            update(samples)
            .where(samples.c.period == sample.period, samples.c.order_id == which)
            .values(score=score, note=note, reviewer=reviewer[:64], reviewed_at=now, marks=marks)
        )


def _samples() -> Select[Any]:
    return select(*_SAMPLE).join(orders, orders.c.id == samples.c.order_id)


def _in(column: ColumnElement[Any], since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(column >= since, column < until)
