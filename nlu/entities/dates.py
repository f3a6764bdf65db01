"""Dates: when it began, when it was bought, which day suits."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from nlu.context import Context
from nlu.entities import calendar_en, calendar_zh
from nlu.entities.reckoning import Either
from nlu.text import fold
from nlu.understanding import Entity

_HAN = re.compile(r"[\u4e00-\u9fff]")
_FAULT = re.compile(
    r"坏|不|没|漏|响|吵|故障|毛病|异|报错|显示|broke|not |n't|stopp|leak|nois|error|fault|smell|problem"
)
_NO_FAULT = re.compile(
    r"(.)不\1|可不可以|没(?:空|人|时间|来)|不(?:在家|行|方便|来|了吗|好意思)|不是|不能来"
    r"|(?:doesn'?t|won'?t|not) work for|not (?:home|free|available|in)"
)
"""Words that look like a fault and speak of the appointment."""
_WEEKDAY = re.compile(r"(?:周|星期|礼拜)[一二三四五六日天]|(?:mon|tues|wednes|thurs|fri|satur|sun)day")
_DONE = re.compile(
    r"\W{0,2}(?:刚|才|已经|自己|就|又|你们|师傅|来|有人|我|们|也|都){0,4}(?:修|洗|清|换|调|查|检|装|移|加|打|说|来|投诉|报|约|联系|维修|保养)"
)
"""What was done on a day is not when the fault began: 上周刚修过."""
_DONE_BEFORE = re.compile(
    r"(?:fixed|repaired|cleaned|replaced|changed|serviced|installed|reset|restarted|called|checked|washed)[^.,;!?]{0,24}$"
)
_YEAR_ALONE = re.compile(r"\s*((?:19[89]|20[0-4])\d)[\s.,。，]*")
_MOST = 12
"""Days that are looked for in one message."""
Date = date
_CALENDARS = (calendar_zh, calendar_en)


@dataclass(frozen=True, slots=True)
class Day:
    """A day named in the text at [start, end); `lasted` where it was said as a length of time,
    `bought` where the words say that it was bought then."""

    start: int
    end: int
    date: date
    calendar: int
    lasted: bool = False
    last: Date | None = None
    bought: bool = False
    other: Date | None = None

    def told(self, words: str) -> str:
        """The ISO date as exactly as `words` tell it: 2024-05-01, 2024-05, 2024, first/last, one|other."""
        calendar, iso = _CALENDARS[self.calendar], self.date.isoformat()
        if self.other is not None:
            return f"{iso}|{self.other.isoformat()}"
        if self.last is not None:
            return f"{iso}/{self.last.isoformat()}"
        if calendar.YEARLY.fullmatch(words):
            return iso[:4]
        return iso[:7] if calendar.MONTHLY.fullmatch(words) else iso


def locate(text: str, context: Context) -> tuple[Day, ...]:
    """The days named in the text, longer wordings before the shorter ones in them."""
    return _located(fold(text), context.local.date())


@lru_cache(maxsize=16)
def _located(folded: str, today: date) -> tuple[Day, ...]:
    found: list[Day] = []
    for index, calendar in enumerate(_CALENDARS):
        if index == 0 and not _HAN.search(folded):
            continue
        rules = [(rule, False) for rule in calendar.RULES] + [(calendar.LASTED, True)]
        for (pattern, reckon), lasted in rules:
            for match in pattern.finditer(folded):
                aged = "at" in pattern.groupindex
                start, end = match.span("at" if aged else 0)
                if len(found) >= _MOST:
                    break
                if any(d.start < end and start < d.end for d in found):
                    continue
                reckoned = reckon(match, today)
                if isinstance(reckoned, tuple):
                    found.append(Day(start, end, reckoned[0], index, lasted, reckoned[1]))
                elif isinstance(reckoned, Either):
                    first, other = sorted((reckoned.first, reckoned.second))
                    found.append(Day(start, end, first, index, lasted, other=other))
                elif reckoned is not None:
                    found.append(Day(start, end, reckoned, index, lasted, bought=aged))
    return tuple(sorted(found, key=lambda d: d.start))


def find(text: str, context: Context) -> list[Entity]:
    """`since`, `purchase_date` and `date`; values are ISO dates, of a month or year without what is not said.

    A purchase date is given as `date` too, for a step that asked for it in other words. Each day is judged
    by the words between its neighbours, and a word that told what one day means tells nothing of the next.
    """
    if len(text) > 400 and not re.search(r"\d|天|年|月|周|day|week|month|year", text):
        return []
    folded = fold(text)
    today = context.local.date()
    if year := _YEAR_ALONE.fullmatch(folded):
        start, end = year.span(1)
        return [Entity("date", year[1], text[start:end], start, end, 0.7, "dates")]
    found = []
    days = locate(text, context)
    told_until = 0
    for day, following in zip(days, [*days[1:], None], strict=False):
        before = folded[max(told_until, day.start - 40) : day.start]
        after = folded[day.end : min(day.end + 16, following.start if following else len(folded))]
        cue = _cue(day, before, after)
        if cue and cue.lastgroup != "noticed" and _coming_weekday(day, folded, today):
            day = replace(day, date=day.date - timedelta(days=7))  # "since Monday" is the last one
        past = day.date <= today
        told_until = day.end + (cue.end() if cue and cue.string is after else 0)
        for name, sure in _meanings(day, folded, today, cue if past else None):
            value = day.told(folded[day.start : day.end])
            found.append(Entity(name, value, text[day.start : day.end], day.start, day.end, sure, "dates"))
    return found


def _coming_weekday(day: Day, folded: str, today: date) -> bool:
    within = today < day.date <= today + timedelta(days=7)
    return within and _WEEKDAY.fullmatch(folded[day.start : day.end]) is not None


def _cue(day: Day, before: str, after: str) -> re.Match[str] | None:
    """The words beside a day that tell what it means: the group `bought`, or one for when it began.

    A day in figures may stand beside words of the other language.
    """
    for calendar in (_CALENDARS[day.calendar], _CALENDARS[1 - day.calendar]):
        sides = [calendar.AFTER.match(after), calendar.BEFORE.search(before)]
        cues = [cue for cue in (sides if calendar.VERB_LAST else reversed(sides)) if cue]
        if cues:
            return cues[-1] if cues[0].lastgroup == "noticed" else cues[0]
    return None


def _meanings(day: Day, folded: str, today: date, cue: re.Match[str] | None) -> list[tuple[str, float]]:
    past = day.date <= today
    done = _DONE.match(folded, day.end) or _DONE_BEFORE.search(folded[max(0, day.start - 30) : day.start])
    if day.bought or (cue and cue.lastgroup == "bought"):
        return [("purchase_date", 0.95), ("date", 0.9)]
    if past and (cue or day.lasted) and not (cue and cue.lastgroup == "noticed" and done):
        return [("since", 0.95)]
    if day.lasted:
        return []
    beside = folded[max(0, day.start - 24) : day.end + 24] if day.date == today else folded
    fault = _FAULT.search(_NO_FAULT.sub("", beside)) is not None and not done
    if past and (day.date < today or "今" in folded or "today" in folded) and fault:
        return [("since", 0.7)]
    return [("date", 0.9)]
