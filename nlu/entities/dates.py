"""Dates: when it began, when it was bought, which day suits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from nlu.context import Context
from nlu.entities import calendar_en, calendar_zh
from nlu.text import fold
from nlu.understanding import Entity

_HAN = re.compile(r"[\u4e00-\u9fff]")
_FAULT = re.compile(
    r"坏|不|没|漏|响|吵|故障|毛病|异|报错|显示|broke|not |n't|stopp|leak|nois|error|fault|smell|problem"
)
_CALENDARS = (calendar_zh, calendar_en)


@dataclass(frozen=True, slots=True)
class Day:
    """A day named in the text at [start, end); `lasted` where it was said as a length of time."""

    start: int
    end: int
    date: date
    calendar: int
    lasted: bool = False


def locate(text: str, context: Context) -> list[Day]:
    """The days named in the text, longer wordings before the shorter ones in them."""
    folded = fold(text)
    today = context.local.date()
    found: list[Day] = []
    for index, calendar in enumerate(_CALENDARS):
        if index == 0 and not _HAN.search(folded):
            continue
        rules = [(rule, False) for rule in calendar.RULES] + [(calendar.LASTED, True)]
        for (pattern, reckon), lasted in rules:
            for match in pattern.finditer(folded):
                if any(d.start < match.end() and match.start() < d.end for d in found):
                    continue
                day = reckon(match, today)
                if day is not None:
                    found.append(Day(match.start(), match.end(), day, index, lasted))
    return sorted(found, key=lambda d: d.start)


def find(text: str, context: Context) -> list[Entity]:
    """`since`, `purchase_date` and `date`; values are ISO dates (of a month or year its first day).

    A purchase date is given as `date` too, for a step that asked for it in other words.
    """
    if len(text) > 400 and not re.search(r"\d|天|年|月|周|day|week|month|year", text):
        return []
    folded = fold(text)
    today = context.local.date()
    found = []
    for day in locate(text, context):
        for name, sure in _meanings(day, folded, today):
            value = day.date.isoformat()
            found.append(Entity(name, value, text[day.start : day.end], day.start, day.end, sure, "dates"))
    return found


def _meanings(day: Day, folded: str, today: date) -> list[tuple[str, float]]:
    calendar = _CALENDARS[day.calendar]
    before, after = folded[max(0, day.start - 40) : day.start], folded[day.end : day.end + 16]
    past = day.date <= today
    if past and (calendar.BOUGHT_AFTER.match(after) or calendar.BOUGHT_BEFORE.search(before)):
        return [("purchase_date", 0.95), ("date", 0.9)]
    began = calendar.SINCE_BEFORE.search(before) or calendar.SINCE_AFTER.match(after)
    if past and (began or day.lasted):
        return [("since", 0.95)]
    if day.lasted:
        return []
    if past and (day.date < today or "今" in folded or "today" in folded) and _FAULT.search(folded):
        return [("since", 0.7)]
    return [("date", 0.9)]
