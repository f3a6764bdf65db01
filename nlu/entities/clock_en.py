"""Clock times and parts of the day as English-speaking customers say them, in folded text."""

from __future__ import annotations

import re
from datetime import time
from itertools import islice

from nlu.entities.digits import number
from nlu.entities.windows import MOST, Window, opened

PARTS = {
    "morning": (9, 12),
    "noon": (12, 14),
    "midday": (12, 14),
    "lunchtime": (12, 14),
    "afternoon": (14, 18),
    "evening": (18, 21),
    "night": (19, 21),
    "tonight": (18, 21),
    "all day": (9, 18),
}
"""Parts of the day and their usual hours."""
PART = "|".join(PARTS)
_HOUR = r"[01]?\d|2[0-3]"
_AP = r"a\.?m\b\.?|p\.?m\b\.?"
_WORDS = r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_CLOCK = re.compile(
    r"(?<![\d:/.\-#+])"
    r"(?:(?<![a-z])(?P<lead>at|from|between|after|not before|before|around|about|by|till|until)\s)?"
    rf"(?P<h>{_HOUR})(?!\d)(?::(?P<m>[0-5]\d)(?!\d))?\s?(?P<ap>{_AP})?"
    rf"(?:\s?(?P<to>-|–|to|and|till|until)\s?(?P<h2>{_HOUR})(?!\d)(?::(?P<m2>[0-5]\d)(?!\d))?\s?(?P<ap2>{_AP})?)?"
    r"(?P<clock>\s?o'?clock)?(?![\d:/]|\.\d)"
)
_SPOKEN = re.compile(
    r"(?<![a-z])(?:(?P<lead>after|before)\s)?(?P<side>half past|quarter past|quarter to)\s"
    rf"(?P<h>{_WORDS}|\d{{1,2}})(?![a-z\d])"
)
_WORDED = re.compile(
    rf"(?<![a-z])(?P<lead>at|after|before|around|by)\s(?P<h>{_WORDS})(?:\s(?P<ap>{_AP})|\s?(?P<clock>o'?clock))?(?![a-z])"
)
_BESIDE_PART = re.compile(rf"(?<![a-z])(?P<side>before|after|by)\s(?P<part>{PART})(?![a-z])")
_GOES_ON = re.compile(
    r"\W*(?:$|[,.;!?]|(?:today|tomorrow|tmrw?|tonight|on|this|next|in the|mon|tue|wed|thu|fri|sat|sun"
    r"|please|pls|is|are|works?|or|if|when|because|i|we|my|but|would|will|suits|ok|fine|good)\b)"
)
_DAY_BEFORE = re.compile(
    r"(?:day|mon|tue|tues|wed|thu|thurs|fri|sat|sun|tomorrow|tmr|tonight|\dth|\dst|\dnd|\drd)\W{1,2}$"
)


def windows(folded: str) -> list[Window]:
    """Times in figures and words."""
    found = list(islice((w for match in _CLOCK.finditer(folded) if (w := _clock(match))), MOST))
    for match in (*_SPOKEN.finditer(folded), *_WORDED.finditer(folded)):
        if (window := _worded(match)) and not any(
            w.start < window.end and window.start < w.end for w in found
        ):
            found.append(window)
    for match in _BESIDE_PART.finditer(folded):
        first, last = (time(h) for h in PARTS[match["part"]])
        times = opened(last, "后") if match["side"] == "after" else opened(first, "前")
        if not any(w.start < match.end() and match.start() < w.end for w in found) and times[0] < times[1]:
            found.append(Window(match.start(), match.end(), *times))
    return found


def _clock(match: re.Match[str]) -> Window | None:
    if not _is_clock(match):
        return None
    ap, ap2 = (match["ap"] or "")[:1], (match["ap2"] or "")[:1]
    hour, hour2 = int(match["h"]), int(match["h2"]) if match["h2"] else None
    if not ap and ap2:
        ap = "a" if ap2 == "p" and hour2 is not None and hour2 % 12 < hour < 12 else ap2
    first = _time(hour, match["m"], ap)
    if first is None:
        return None
    if hour2 is None:
        side = {
            "after": "后",
            "not before": "后",
            "from": "后",
            "before": "前",
            "by": "前",
            "till": "前",
            "until": "前",
        }.get(match["lead"] or "", "")
        return Window(match.start(), match.end(), *opened(first, side))
    last = _time(hour2, match["m2"], ap2 or ap)
    if last is not None and last <= first and last.hour < 12:
        last = last.replace(hour=last.hour + 12)
    return Window(match.start(), match.end(), first, last) if last else None


def _is_clock(match: re.Match[str]) -> bool:
    """Whether the figures are a time: by am/pm, colon, o'clock, or the word before and nothing counted."""
    if match["ap"] or match["ap2"] or match["clock"] or match["m"] or match["m2"]:
        return True
    if not 1 <= int(match["h"]) <= 23 or not _GOES_ON.match(match.string, match.end()):
        return False
    if match["to"]:
        spoken = (match["lead"], match["to"]) in (
            ("between", "and"),
            ("from", "to"),
            ("from", "till"),
            ("from", "until"),
        )
        return spoken or bool(_DAY_BEFORE.search(match.string[max(0, match.start() - 10) : match.start()]))
    return match["lead"] in ("at", "after", "before", "around", "by", "from", "till", "until")


def _worded(match: re.Match[str]) -> Window | None:
    groups = match.groupdict()
    if not groups.get("side") and not (
        groups.get("ap") or groups.get("clock") or _GOES_ON.match(match.string, match.end())
    ):
        return None
    hour = number(match["h"])
    minute = {"half past": 30, "quarter past": 15, "quarter to": 45}.get(groups.get("side") or "", 0)
    if hour is None or not 1 <= hour <= 12:
        return None
    at = _time(hour - 1 if minute == 45 else hour, str(minute), (groups.get("ap") or "")[:1])
    if at is None:
        return None
    side = {"after": "后", "not before": "后", "before": "前", "by": "前"}.get(match["lead"] or "", "")
    return Window(match.start(), match.end(), *opened(at, side))


def _time(hour: int, minute: str | None, ap: str) -> time | None:
    if ap == "p" and hour < 12:
        hour += 12
    elif ap == "a" and hour == 12:
        hour = 0
    elif not ap and 1 <= hour <= 6 and not (minute and len(str(hour)) == 2):
        hour += 12
    return time(hour, int(minute or 0)) if hour < 24 else None
