"""Times of day and windows: "明天两点到五点", "下周三下午", "tomorrow 2-5pm"."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from nlu.context import Context
from nlu.entities import clock_en, clock_zh
from nlu.entities.dates import Day, locate
from nlu.entities.windows import MOST, Window
from nlu.text import fold
from nlu.understanding import Entity

_PARTS = {**clock_zh.PARTS, **clock_en.PARTS}
_ALONE = re.compile(rf"{clock_zh.PART}|(?<![a-z])(?:{clock_en.PART})(?![a-z])")
_APPOINTMENT = re.compile(
    r"上门|有空|在家|方便|都行|都可以|可以|来|约|时间|有人|行不行|free|home|come|available|visit|ok|works|prefer"
)
_CLOCK = re.compile(r"\d|点|时|past|quarter|clock|before|after|at |by ")


def find(text: str, context: Context) -> list[Entity]:
    """Windows of time; value {"start", "end"}: ISO times with the zone's offset, on the day named beside."""
    folded = fold(text)
    days = locate(text, context)
    windows: list[Window] = []
    if _CLOCK.search(folded) or "前" in folded:
        for window in (*clock_zh.windows(folded), *clock_en.windows(folded)):
            if not any(w.start < window.end and window.start < w.end for w in windows):
                windows.append(window)
    for match in _ALONE.finditer(folded):
        if len(windows) >= MOST:
            break
        if any(w.start < match.end() and match.start() < w.end for w in windows):
            continue
        first, last = _PARTS[match.group()]
        beside = any(0 <= match.start() - d.end <= 8 or d.start <= match.start() < d.end for d in days)
        beside = beside or any(0 <= d.start - match.end() <= 4 for d in days)
        if beside or (len(folded) < 60 and _APPOINTMENT.search(folded)) or len(folded) <= 8:
            windows.append(Window(match.start(), match.end(), time(first), time(last)))
    return [e for w in windows if (e := _entity(text, w, days, context))]


def _entity(text: str, window: Window, days: tuple[Day, ...], context: Context) -> Entity | None:
    now = context.local
    before = [d for d in days if -2 <= window.start - d.end <= 8 and not d.lasted]
    beside = max(before, key=lambda d: d.end, default=None)
    beside = beside or next((d for d in days if 0 <= d.start - window.end <= 4 and not d.lasted), None)
    beside = beside or next((d for d in days if d.start <= window.start < d.end), None)
    if beside and beside.date < now.date():
        return None
    day = beside.date if beside else _next(now, window.first)
    if window.last <= window.first:
        return None
    zone = now.tzinfo
    begin, end = (
        datetime.combine(day, t, zone).isoformat(timespec="minutes") for t in (window.first, window.last)
    )
    start = min(window.start, beside.start) if beside else window.start
    stop = max(window.end, beside.end) if beside else window.end
    value = {"start": begin, "end": end}
    return Entity("time", value, text[start:stop], start, stop, 0.9 if beside else 0.7, "times")


def _next(now: datetime, first: time) -> date:
    return now.date() if now.time() < first else now.date() + timedelta(days=1)
