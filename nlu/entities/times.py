"""Times of day and windows: "明天两点到五点", "下周三下午", "tomorrow 2-5pm"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from nlu.context import Context
from nlu.entities.dates import Day, locate
from nlu.entities.digits import number
from nlu.text import fold
from nlu.understanding import Entity

_HOURS = {
    (0, 6): "凌晨",
    (6, 9): "清晨",
    (8, 10): "早上 早晨 朝早 明早 今早",
    (9, 12): "上午 上昼 morning",
    (12, 14): "中午 noon",
    (14, 18): "下午 下昼 afternoon",
    (17, 19): "傍晚",
    (18, 21): "evening",
    (19, 21): "晚上 夜晚 晚间 今晚 明晚 night tonight",
    (20, 23): "夜里",
    (9, 18): "白天 全天 整天 all_day",
}
_PARTS = {word.replace("_", " "): hours for hours, words in _HOURS.items() for word in words.split()}
_PART = "|".join(sorted((p for p in _PARTS if not p.isascii()), key=len, reverse=True))
_PART_EN = "|".join(p for p in _PARTS if p.isascii())
_HOUR = r"(?:[01]?\d|2[0-4]|二十[一二三四]?|十[一二三四五六七八九]?|[零一二两三四五六七八九])"
_MINUTE = r"(?:半|[0-5]?\d分?|[一二三]刻|[一二三四五]?十[一二三四五六七八九]?分?)?"
_ZH = re.compile(
    rf"(?P<part>{_PART})?(?P<h>{_HOUR})(?:点钟?|时|:(?P<colon>[0-5]\d))(?P<m>{_MINUTE})"
    rf"(?:\s?(?:到|至|\-|~|—|–)+\s?(?P<part2>{_PART})?(?P<h2>{_HOUR})(?:点钟?|时|:(?P<colon2>[0-5]\d))(?P<m2>{_MINUTE}))?"
    rf"(?P<open>以?(?:之)?[前后])?"
)
_ZH_SHARED = re.compile(rf"(?P<part>{_PART})?(?P<h>{_HOUR})\s?(?:到|至|\-|~|—|–)\s?(?P<h2>{_HOUR})(?:点钟?)")
_EN = re.compile(
    r"(?<![\d:/\-])(?:(?:at|from|between|after|before|around|by)\s+)?(?P<h>[01]?\d|2[0-3])(?::(?P<colon>[0-5]\d))?\s?(?P<ap>am|pm|a\.m\.|p\.m\.)?"
    r"(?:\s?(?:-|–|to|and|till|until)\s?(?P<h2>[01]?\d|2[0-3])(?::(?P<colon2>[0-5]\d))?\s?(?P<ap2>am|pm|a\.m\.|p\.m\.|o'clock)?)?(?![\d:/])"
)
_ALONE = re.compile(rf"(?P<part>{_PART})|(?<![a-z])(?P<part_en>{_PART_EN})(?![a-z])")
_APPOINTMENT = re.compile(
    r"上门|有空|在家|方便|都行|都可以|可以|来|约|时间|free|home|come|available|visit|ok|works|prefer"
)


@dataclass(frozen=True, slots=True)
class _Window:
    start: int
    end: int
    first: time
    last: time


def find(text: str, context: Context) -> list[Entity]:
    """Windows of time; value {"start", "end"}: ISO times with the zone's offset, on the day named beside."""
    folded = fold(text)
    days = locate(text, context)
    windows = [*_clock_zh(folded), *_clock_en(folded)]
    for match in _ALONE.finditer(folded):
        if any(w.start < match.end() and match.start() < w.end for w in windows):
            continue
        first, last = _PARTS[match.group()]
        beside = any(0 <= match.start() - d.end <= 2 or d.start <= match.start() < d.end for d in days)
        if beside or (_APPOINTMENT.search(folded) and len(folded) < 60) or len(folded) <= 8:
            windows.append(_Window(match.start(), match.end(), time(first), time(last)))
    return [e for w in windows if (e := _entity(text, w, days, context))]


def _clock_zh(folded: str) -> list[_Window]:
    found: list[_Window] = []
    for pattern in (_ZH_SHARED, _ZH):
        for match in pattern.finditer(folded):
            if any(w.start < match.end() and match.start() < w.end for w in found):
                continue
            groups = match.groupdict()
            first = _at(groups["h"], groups.get("colon") or groups.get("m"), groups["part"])
            last = _at(
                groups.get("h2"),
                groups.get("colon2") or groups.get("m2"),
                groups.get("part2") or groups["part"],
            )
            if first is None:
                continue
            if last is None:
                first, last = _open(first, groups.get("open"))
            found.append(_Window(match.start(), match.end(), first, last))
    return found


def _clock_en(folded: str) -> list[_Window]:
    found = []
    for match in _EN.finditer(folded):
        ap, ap2 = (match["ap"] or "")[:1], (match["ap2"] or "")[:1]
        if not (ap or ap2 or (match["colon"] and match["colon2"])):
            continue
        ap = ap or (ap2 if ap2 in "ap" else "")
        hour, hour2 = int(match["h"]), int(match["h2"]) if match["h2"] else None
        if hour2 is not None and ap == "p" and not match["ap"] and hour > hour2:
            ap = "a"
        first = _clock(hour, int(match["colon"] or 0), ap)
        if first is None:
            continue
        last = _clock(hour2, int(match["colon2"] or 0), ap2) if hour2 is not None else None
        if last is None:
            opening = (
                "后" if "after" in match.group() else "前" if re.match(r"before|by", match.group()) else None
            )
            first, last = _open(first, opening)
        found.append(_Window(match.start(), match.end(), first, last))
    return found


def _clock(hour: int, minute: int, ap: str) -> time | None:
    if ap == "p" and hour < 12:
        hour += 12
    elif ap == "a" and hour == 12:
        hour = 0
    return time(hour, minute) if hour < 24 else None


def _at(hour: str | None, minute: str | None, part: str | None) -> time | None:
    """A Chinese clock time; 1 to 6 without a part of day means the afternoon, as customers do."""
    value = number(hour) if hour else None
    if value is None or value > 24:
        return None
    if (part and _PARTS[part][0] >= 12 and value < 12) or (not part and 1 <= value <= 6):
        value += 12
    if not minute:
        minutes = 0
    elif minute == "半":
        minutes = 30
    elif minute.endswith("刻"):
        minutes = 15 * (number(minute[0]) or 1)
    else:
        minutes = number(minute.rstrip("分")) or 0
    return time(value % 24, min(minutes, 59))


def _open(first: time, opening: str | None) -> tuple[time, time]:
    if opening and "后" in opening:
        return first, time(max(21, min(first.hour + 2, 23)))
    if opening and "前" in opening:
        return time(min(9, first.hour)), first
    return first, time(min(first.hour + 2, 23), first.minute)


def _entity(text: str, window: _Window, days: list[Day], context: Context) -> Entity | None:
    now = context.local
    beside = next((d for d in days if -2 <= window.start - d.end <= 4 and not d.lasted), None)
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
