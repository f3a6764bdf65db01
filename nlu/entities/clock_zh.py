"""Clock times and parts of the day as Chinese customers say them, in folded text."""

from __future__ import annotations

import re
from datetime import time

from nlu.entities.digits import number
from nlu.entities.windows import MOST, Window, opened

PARTS = {
    word: hours
    for hours, words in {
        (0, 6): "凌晨",
        (6, 9): "清晨 清早 一大早",
        (8, 10): "早上 早晨 朝早 明早 今早 听早 早起",
        (9, 12): "上午 上昼 上半天 上半晌 头晌 听朝 今朝",
        (12, 14): "中午 晌午 正午 午休",
        (14, 18): "下午 下昼 下半天 下半晌 后晌 午后",
        (17, 19): "傍晚 黄昏",
        (19, 21): "晚上 夜晚 晚间 今晚 明晚 听晚 晚黑 夜头",
        (20, 23): "夜里 半夜",
        (9, 18): "白天 全天 整天",
    }.items()
    for word in words.split()
}
"""Parts of the day and their usual hours."""
PART = "|".join(sorted(PARTS, key=len, reverse=True))
_HOUR = r"(?:[01]?\d|2[0-4]|二十[一二三四]?|十[一二三四五六七八九]?|[零一二两三四五六七八九])"
_MINUTE = (
    r"(?:半|[0-5]?\d分?|[一二三]刻|[零一二三四五]?十?[一二三四五六七八九]分"
    r"|[一二三四五]?十[一二三四五六七八九]?)?"
)
_POINT = r"(?:点钟?|时(?!候|间))"
_TO = r"\s?(?:到|至|\-|~|—|–)+\s?"
_CLOCK = re.compile(
    rf"(?P<part>{PART})?\s?(?<!\d)(?P<h>{_HOUR})(?:{_POINT}(?P<m>{_MINUTE})|:(?P<colon>[0-5]\d)(?!\d|\s?[ap]\.?m))"
    rf"(?:{_TO}(?P<part2>{PART})?(?P<h2>{_HOUR})(?:{_POINT}(?P<m2>{_MINUTE})|:(?P<colon2>[0-5]\d)))?"
    rf"(?P<open>(?:之|以)?[前后](?!天|面))?"
)
_SHARED = re.compile(
    rf"(?P<part>{PART})?\s?(?<!\d)(?P<h>{_HOUR}){_TO}(?P<h2>{_HOUR}){_POINT}(?P<m2>{_MINUTE})"
)
_PAIR = re.compile(
    rf"(?P<part>{PART})?(?P<h>[一二两三四五六七八九])(?P<h2>[二三四五六七八九十]){_POINT}"
    rf"|(?P<part3>{PART})?(?P<h3>{_HOUR})点(?P<h4>{_HOUR})点"
)
"""两三点, 九点十点."""
_NO_CLOCK = re.compile(
    r"[一1]点(?=[都也不没儿小点用问办]|$)(?<!下午一点)|[一二两三四五六1-6]点(?:意见|要求|问题|建议|说明|原因|[.,:]\S)"
)
_BEFORE_PART = re.compile(rf"(?P<part>{PART})(?:之|以)?前")


def windows(folded: str) -> list[Window]:
    """Times in figures and words, longer wordings first."""
    found: list[Window] = []
    for match in _PAIR.finditer(folded):
        _add(found, match, _pair(match))
    for match in _SHARED.finditer(folded):
        part = match["part"]
        _add(found, match, _range(_at(match["h"], None, part), _at(match["h2"], match["m2"], part), part))
    for match in _CLOCK.finditer(folded):
        if len(found) >= MOST:
            break
        if not _NO_CLOCK.match(folded, match.start()):
            _add(found, match, _clock(match))
    for match in _BEFORE_PART.finditer(folded):
        first = PARTS[match["part"]][0]
        _add(found, match, (time(min(9, first)), time(first)) if first else None)
    return found


def _add(found: list[Window], match: re.Match[str], times: tuple[time, time] | None) -> None:
    if (
        times
        and len(found) < MOST
        and not any(w.start < match.end() and match.start() < w.end for w in found)
    ):
        found.append(Window(match.start(), match.end(), *times))


def _pair(match: re.Match[str]) -> tuple[time, time] | None:
    part = match["part"] or match["part3"]
    first, last = match["h"] or match["h3"], match["h2"] or match["h4"]
    begin, end = _at(first, None, part), _at(last, None, part)
    follows = (number(last) or 0) - (number(first) or 0) in (1, 2)
    return (begin, end) if begin and end and follows else None


def _clock(match: re.Match[str]) -> tuple[time, time] | None:
    first = _at(match["h"], match["colon"] or match["m"], match["part"])
    last = _at(match["h2"], match["colon2"] or match["m2"], match["part2"] or match["part"])
    if first is None:
        return None
    if last is None:
        return opened(first, match["open"] or "")
    return _range(first, last, match["part2"] or match["part"])


def _range(first: time | None, last: time | None, part: str | None) -> tuple[time, time] | None:
    if first is None or last is None:
        return None
    if last <= first and last.hour + 12 < 24:
        last = last.replace(hour=last.hour + 12)
    return first, last


def _at(hour: str | None, minute: str | None, part: str | None) -> time | None:
    """A Chinese clock time; 1 to 6 without a part of day means the afternoon, as customers do."""
    value = number(hour) if hour else None
    if value is None or value > 24:
        return None
    afternoon = part is not None and PARTS[part][0] >= 12 and 0 < value < 12
    if afternoon or (not part and 1 <= value <= 6):
        value += 12
    return time(value % 24, min(_minutes(minute), 59))


def _minutes(words: str | None) -> int:
    if not words:
        return 0
    if words == "半":
        return 30
    if words.endswith("刻"):
        return 15 * (number(words[0]) or 1)
    return number(words.rstrip("分")) or 0
