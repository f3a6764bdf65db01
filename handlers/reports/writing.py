"""Reports written once for each closed period, and computed again; the week's sample is drawn with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from math import ceil
from random import Random
from typing import TYPE_CHECKING, Any

from handlers.reports.figures import Figures, figures, flat, trend
from handlers.reports.periods import KINDS, Period, last_closed
from handlers.reports.settings import ReportSettings
from storage.reports import Report

if TYPE_CHECKING:
    from storage import Tx


def compute(tx: Tx, period: Period, settings: ReportSettings, zone: str) -> Figures:
    """The period's figures and how they changed against the period before, from rows and events alone."""
    before = period.before(zone)
    now = figures(tx, period.since, period.until, settings.repeat_days)
    then = figures(tx, before.since, before.until, settings.repeat_days)
    return {**now, "trend": {"against": before.key, **trend(now, then)}}


def write_due(tx: Tx, settings: ReportSettings, zone: str, now: datetime) -> Period | None:
    """Write the oldest report that is due and not written; which period's, None where none is left.

    Periods before the first order have none; of those missed while the desk was down, the newest are made up.
    """
    first = tx.reports.first_order_at()
    if first is None:
        return None
    for kind in KINDS:
        period = last_closed(kind, now, zone, settings.close_after_hours)
        missing: list[Period] = []
        while len(missing) < settings.catch_up and period.until > first:
            if tx.reports.find(kind, period.key) is not None:
                break
            missing.append(period)
            period = period.before(zone)
        if missing:
            write(tx, missing[-1], settings, zone, now)
            return missing[-1]
    return None


def write(tx: Tx, period: Period, settings: ReportSettings, zone: str, now: datetime) -> Report:
    """Write the period's report, and draw its sample where it is a week's."""
    report = Report(period.kind, period.key, compute(tx, period, settings, zone), 1, now)
    tx.reports.write(report)
    if period.kind == "weekly":
        draw_sample(tx, period, settings, now)
    return report


def recompute(
    tx: Tx, report: Report, period: Period, settings: ReportSettings, zone: str, now: datetime, keep: bool
) -> dict[str, tuple[Any, Any]]:
    """What differs when it is computed again, as (was, is) by figure; kept as a new revision if wanted."""
    again = compute(tx, period, settings, zone)
    old, new = flat(report.figures), flat(again)
    changed = {
        name: (old.get(name), new.get(name))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    }
    if changed and keep:
        tx.reports.write(replace(report, figures=again, revision=report.revision + 1, computed_at=now))
    return changed


def draw_sample(tx: Tx, week: Period, settings: ReportSettings, now: datetime) -> int:
    """Draw so much of the orders closed in the week, at least one, with the week as seed; how many."""
    if tx.reports.samples(week.key, limit=1):
        return 0
    closed = tx.reports.closed(week.since, week.until)
    if not closed:
        return 0
    many = max(1, ceil(len(closed) * settings.sample_percent / 100))
    drawn = Random(week.key).sample([row.id for row in closed], many)
    tx.reports.draw(week.key, drawn, now)
    return many
