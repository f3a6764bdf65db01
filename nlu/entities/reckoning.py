"""Reckoning with days: months back, coming weekdays, dates that may not exist."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

Span = tuple[date, date]
"""First and last day."""


@dataclass(frozen=True, slots=True)
class Either:
    """Two days that the words may mean alike: 3/4 is the third of April or the fourth of March."""

    first: date
    second: date


Reckoned = date | Span | Either | None
"""What words come to: a day, a stretch of days, one of two days, or nothing."""

_UNIT_DAYS = {"天": 1, "日": 1, "day": 1, "周": 7, "星期": 7, "礼拜": 7, "week": 7, "wk": 7}


def make(year: int, month: int, day: int) -> date | None:
    """The date, or None where there is no such day (or none a customer could mean)."""
    try:
        return date(year, month, day) if 1990 <= year <= 2100 else None
    except ValueError:
        return None


def month_back(day: date, months: int) -> date:
    """The same day so many months earlier (negative: later), or the last of that month."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def back(today: date, count: float, unit: str) -> date | None:
    """The day `count` units ago; None beyond a century."""
    if unit in _UNIT_DAYS:
        days = count * _UNIT_DAYS[unit]
        return today - timedelta(days=int(days)) if days < 36_500 else None
    months = count * (12 if unit in ("年", "year", "yr") else 1)
    if months >= 1200:
        return None
    return month_back(today, int(months)) if months >= 1 else today - timedelta(days=15)


def weekday(today: date, target: int, weeks: int, fixed: bool) -> date:
    """The weekday (Monday 0) of the week `weeks` ahead; unless `fixed`, the next one from today on."""
    if not fixed:
        return today + timedelta(days=(target - today.weekday()) % 7)
    return today - timedelta(days=today.weekday()) + timedelta(days=target, weeks=weeks)


def ahead(today: date, count: float, unit: str) -> date | None:
    """The day in `count` units; None beyond three years."""
    if unit in _UNIT_DAYS:
        days = int(count * _UNIT_DAYS[unit])
        return today + timedelta(days=days) if days < 1100 else None
    months = int(count * (12 if unit in ("年", "year", "yr") else 1))
    return month_back(today, -months) if 1 <= months <= 36 else None


def week(today: date, weeks: int) -> Span:
    """Monday and Sunday of the week `weeks` ahead."""
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)
    return monday, monday + timedelta(days=6)


def weekend(today: date, weeks: int) -> Span:
    """Saturday and Sunday of the week `weeks` ahead."""
    sunday = week(today, weeks)[1]
    return sunday - timedelta(days=1), sunday


def between(first: date | None, last: date | None) -> Span | None:
    """Both days, where the second is not before the first."""
    return (first, last) if first and last and first <= last else None


def in_past(today: date, month: int, day: int, after: str) -> date | None:
    """A day without its year: the next one soon to come, else the last one."""
    found = make(today.year, month, day)
    if found is None:
        return None
    bought = any(word in after[:8] for word in ("买", "购", "开始", "装", "坏"))
    if found > today and (bought or (found - today).days > 92):
        return make(today.year - 1, month, day)
    if found < today and not bought and (today - found).days > 270:
        return make(today.year + 1, month, day)
    return found
