"""Days as English-speaking customers say them, folded text, relative to today."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from nlu.entities.digits import ENGLISH as N
from nlu.entities.digits import number
from nlu.entities.reckoning import (
    Either,
    Reckoned,
    ahead,
    back,
    in_past,
    make,
    month_back,
    week,
    weekday,
    weekend,
)

Rule = tuple[re.Pattern[str], Callable[[re.Match[str], date], Reckoned]]

_NAMES = {
    "the day before yesterday": -2, "day before yesterday": -2, "yesterday": -1, "last night": -1, "today": 0,
    "tonight": 0, "this morning": 0, "this afternoon": 0, "this evening": 0, "just now": 0,
    "the day after tomorrow": 2, "day after tomorrow": 2, "tomorrow": 1, "tmr": 1, "tmrw": 1, "2morrow": 1,
}  # fmt: skip
_MONTHS = {name: i + 1 for i, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split())}  # noqa: SIM905
_MONTH = (
    r"(?P<m>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
_DAY = (
    r"(mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
    r"|weekend)"
)
_UNIT = r"(day|week|wk|month|mth|year|yr)s?"


def _weekday(match: re.Match[str], today: date) -> Reckoned:
    which = (match[1] or "").strip()
    if match[2] == "weekend":
        return weekend(today, {"next": 1, "last": -1}.get(which, 0))
    target = _DAYS[match[2][:3]]
    if which == "last":
        found = today - timedelta(days=(today.weekday() - target) % 7 or 7)
    else:
        found = weekday(today, target, 1 if which == "next" else 0, fixed=which == "next")
    return found


def _period(match: re.Match[str], today: date) -> Reckoned:
    sign = {"last": -1, "past": -1, "next": 1}.get(match[1], 0)
    if match[2] == "week":
        return week(today, sign)
    if match[2] == "month":
        return month_back(today.replace(day=1), -sign)
    return make(today.year + sign, 1, 1)


def _month_day(match: re.Match[str], today: date) -> date | None:
    month = _MONTHS[match["m"][:3]]
    day = int(match["d"] or 1)
    if match["y"]:
        return make(int(match["y"]), month, day)
    if match["r"]:
        return make(today.year - (match["r"].strip() == "last year"), month, day)
    return in_past(today, month, day, match.string[match.end() :])


def _numeric(match: re.Match[str], today: date) -> Reckoned:
    first, second, year = int(match[1]), int(match[2]), int(match[3])
    readings = [d for d in (make(year, first, second), make(year, second, first)) if d]
    if len(readings) == 2 and readings[0] != readings[1]:
        return Either(readings[0], readings[1])
    return readings[0] if readings else None


def _short(match: re.Match[str], today: date) -> Reckoned:
    first, second = int(match[1]), int(match[2])
    after = match.string[match.end() :]
    readings = [d for d in (in_past(today, first, second, after), in_past(today, second, first, after)) if d]
    if len(readings) == 2 and readings[0] != readings[1]:
        return Either(readings[0], readings[1])
    return readings[0] if readings else None


def _written(match: re.Match[str], today: date) -> date | None:
    return make(int(match[1]), int(match[2]), int(match[3]) if match.re.groups > 2 else 1)


def _year(match: re.Match[str], today: date) -> date | None:
    return make(int(match[1]), 1, 1)


def _ago(match: re.Match[str], today: date) -> date | None:
    return back(today, 0.5 if match[1] == "half a" else number(match[1]) or 0, match[2])


def _aged(match: re.Match[str], today: date) -> date | None:
    return back(today, 0.5 if match[2] == "half a" else number(match[2]) or 0, match[3])


def _after(match: re.Match[str], today: date) -> date | None:
    return ahead(today, 0.5 if match[1] == "half a" else number(match[1]) or 0, match[2])


def _month_said(match: re.Match[str], today: date) -> date | None:
    shift = {"last": -1, "next": 1}.get(match["which"], 0)
    return make(today.year + shift, _MONTHS[match["m"][:3]], 1)


def _last_month(match: re.Match[str], today: date) -> date | None:
    found = make(today.year, _MONTHS[match["m"][:3]], 1)
    return found.replace(year=today.year - 1) if found and found >= today.replace(day=1) else found


def _ordinal(match: re.Match[str], today: date) -> date | None:
    found = make(today.year, today.month, int(match[1]))
    if found is None or found >= today:
        return found
    following = month_back(today.replace(day=1), -1)
    return make(following.year, following.month, found.day)


def _named(match: re.Match[str], today: date) -> date:
    return today + timedelta(days=_NAMES[match[1]])


_ORDINAL = r"(?P<d>3[01]|[12]\d|0?[1-9])(?!\d|:\d)(?:st|nd|rd|th)?"
_YEAR = r"(?:,? (?P<y>20\d\d))?(?P<r> (?:of )?(?:last|this) year)?(?![a-z\d])"
_WORDS: tuple[tuple[str, Callable[[re.Match[str], date], Reckoned]], ...] = (
    (r"(?<!\d)(20\d\d)[\-/.](0?[1-9]|1[0-2])[\-/.](3[01]|[12]\d|0?[1-9])(?!\d)", _written),
    (r"(?<![\d.])(20[012]\d)[\-/.](0?[1-9]|1[0-2])(?![\d\-/.])", _written),
    (r"(?<!\d)([0-3]?\d)/([0-3]?\d)/(20\d\d)(?!\d)", _numeric),
    (
        r"(?:(?<=^)|(?<=on )|(?<=by )|(?<=before )|(?<=after )|(?<=since )|(?<=from )|(?<=until )|(?<=till )"
        r"|(?<=bought )|(?<=date )|(?<=date: )|(?<=date is ))"
        r"(3[01]|[12]\d|0?[1-9])/(3[01]|[12]\d|0?[1-9])(?![\d/])",
        _short,
    ),
    (rf"(?<![a-z]){_MONTH}\.? {_ORDINAL}{_YEAR}", _month_day),
    (rf"(?<!\d){_ORDINAL}(?: of)? {_MONTH}{_YEAR}", _month_day),
    (rf"(?:in|since|from|around|early|late|mid) (?P<d>(?!))?{_MONTH}{_YEAR}", _month_day),
    (rf"(?<![a-z])(?P<d>(?!))?{_MONTH}(?:,? (?P<y>20\d\d))(?P<r>(?!))?(?!\d)", _month_day),
    (r"(?:in|since|from|around) (20[012]\d)(?!\d)", _year),
    (
        rf"(?<![a-z])(?<!i )(?<!he )(?<!we )(?<!they )((?:last|next|this|on|coming) )?{_DAY}(?![a-z])"
        r"(?! on | in | at the | there)",
        _weekday,
    ),
    (r"(?<![a-z])(last|past|next|this) (week|month|year)(?![a-z])", _period),
    (rf"(?P<which>last|this|next) year,? (?:in )?{_MONTH}(?![a-z])", _month_said),
    (rf"(?<![a-z])last {_MONTH}(?![a-z])", _last_month),
    (
        r"(?<![a-z])(?:the|on) (3[01]|[12]\d|[1-9])(?:st|nd|rd|th)(?! time| floor| street| avenue)(?![a-z])",
        _ordinal,
    ),
    (rf"(?<![a-z])(?:in|after|within) ({N}) {_UNIT}(?:'? time)?(?![a-z])", _after),
    (rf"(?<![a-z])({N}|half a) {_UNIT} from (?:now|today)(?![a-z])", _after),
    (rf"(?P<at>({N}|half a) {_UNIT}) old(?![a-z])", _aged),
    (
        r"(?:had|owned|been using|used) it (?:only |just )?for (?:about |only |just |over |almost )?"
        rf"(?P<at>({N}|half a) {_UNIT})",
        _aged,
    ),
    (rf"(?:about |around |almost )?(?<![a-z\d])({N}|half a)\s+{_UNIT} (?:ago|back|before)(?![a-z])", _ago),
    (rf"(?<![a-z])({'|'.join(_NAMES)})(?![a-z])", _named),
)
RULES: tuple[Rule, ...] = tuple((re.compile(words), reckon) for words, reckon in _WORDS)

LASTED: Rule = (
    re.compile(rf"for (?:about |around |almost |over |the (?:last|past) )?({N}) {_UNIT}(?![a-z])"),
    lambda m, today: back(today, number(m[1]) or 0, m[2]),
)
"""How long it has lasted: for three days."""

VERB_LAST = False
"""The words that tell what a day means stand before it more often than behind it."""
AFTER = re.compile(
    r"(?P<bought>\W{0,2}(?:when )?(?:i |we )?(?:bought|purchased|ordered)\b)"
    r"|(?P<since>\W{0,2}(?:it |and )?(?:started|stopped|began|broke|on(?:wards?)?\b))"
)
BEFORE = re.compile(
    r"(?P<bought>(?:bought|purchas\w*|got|ordered|new|had it|owned it|using it)[^.,;!?]{0,30}$)"
    r"|(?P<since>(?:since|from|started|stopped|began|broke|happened|starting)(?: \w+){0,2}\s?$"
    r"|since (?:\w+ )?$)"
)
_ABOUT = r"(?:about |around |almost )?"
_IN = r"(?:(?:in|since|from|around|early|late|mid) )?"
YEARLY = re.compile(
    rf"{_IN}20\d\d|(?:last|past|this|next) year|{_ABOUT}{N}\s+(?:year|yr)s?(?: \w+)?|for .*(?:year|yr)s?",
)
MONTHLY = re.compile(
    rf"20\d\d[\-/.]\d{{1,2}}|{_IN}{_MONTH}\.?(?:,? 20\d\d| (?:of )?(?:last|this) year)?"
    rf"|(?:last|past|this|next) month|{_ABOUT}(?:{N}\s+(?:month|mth)s?|half a year)(?: \w+)?"
    r"|for .*(?:month|mth)s?"
)
"""Words that tell no more than the year, or the month."""
