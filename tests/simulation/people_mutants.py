"""Planted bugs of what people change, of reports and of retention."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from sqlalchemy import select, update

from handlers.reports import writing
from handlers.reports.periods import period_of
from storage.dispatches import Dispatches
from storage.identities import Identities
from storage.reports import Reports
from storage.retention import Retention
from storage.schema import orders
from tests.conftest import NOON
from tests.simulation.clock_mutants import MUTANTS
from tests.simulation.mutants import mutant

__all__ = ["MUTANTS"]


@mutant
def leaves_orders_with_who_is_gone() -> Iterator[None]:
    """Joined customers become one, but their orders stay with the one who is no more."""
    real = Identities.join

    def join(self: Identities, wanted: Any, changes: Any) -> Any:
        theirs = list(self._tx.execute(orders.select().where(orders.c.customer_id == wanted.joined_id)))
        done = real(self, wanted, changes)
        for row in theirs:
            change = update(orders).where(orders.c.id == row.id).values(customer_id=wanted.joined_id)
            self._tx.execute(change)
        return done

    with patch.object(Identities, "join", join):
        yield


@mutant
def forgets_that_they_were_parted() -> Iterator[None]:
    """Customers are parted, but the join still stands in the record."""
    real = Identities.part

    def part(self: Identities, join: Any, *rest: Any) -> None:
        real(self, join, *rest)
        self._set(join.joined_id, {"joined_into": join.kept_id})

    with patch.object(Identities, "part", part):
        yield


@mutant
def gives_an_order_to_two() -> Iterator[None]:
    """Whoever had an order before still has it."""
    with patch.object(Dispatches, "end", lambda *_: None):
        yield


@mutant
def counts_promises_twice() -> Iterator[None]:
    """A report counts some of the promises that ended twice."""
    real = Reports.settled_promises

    def settled(self: Reports, since: Any, until: Any) -> list[Any]:
        found = real(self, since, until)
        return found[:1] + found

    with patch.object(Reports, "settled_promises", settled):
        yield


@mutant
def writes_of_the_month_before_it_ended() -> Iterator[None]:
    """The first month's report is written with the first week's."""
    with patch.object(writing, "last_closed", lambda kind, now, zone, _: period_of(kind, NOON.date(), zone)):
        yield


@mutant
def begins_the_month_late() -> Iterator[None]:
    """A month's written report begins with its third day; computed again it would be right."""
    real = writing.write

    def write(tx: Any, period: Any, *rest: Any) -> Any:
        late = period.since + timedelta(days=2) if period.kind == "monthly" else period.since
        return real(tx, replace(period, since=late), *rest)

    with patch.object(writing, "write", write):
        yield


@mutant
def lets_go_of_what_is_not_archived() -> Iterator[None]:
    """Of a batch of old orders only the first is written to the archive."""
    real = Retention.whole

    with patch.object(Retention, "whole", lambda self, ids: real(self, ids[:1])):
        yield


@mutant
def lets_go_of_open_orders() -> Iterator[None]:
    """Old orders go whether they ended or not."""
    real = Retention.ended_before

    def old(self: Retention, moment: Any, limit: int) -> list[int]:
        still = select(orders.c.id).where(orders.c.created_at < moment, orders.c.closed_at.is_(None))
        self._tx.records.remove_orders(list(self._tx.execute(still).scalars()), moment)
        return real(self, moment, limit)

    with patch.object(Retention, "ended_before", old):
        yield
