"""Days as Chinese customers say them, folded text, relative to today."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from nlu.entities.digits import CHINESE, number
from nlu.entities.reckoning import (
    Reckoned,
    ahead,
    back,
    between,
    in_past,
    make,
    month_back,
    week,
    weekday,
    weekend,
)

Rule = tuple[re.Pattern[str], Callable[[re.Match[str], date], Reckoned]]

N = rf"(?:{CHINESE}|[俩仨])"
"""俩月 is two months."""
_SHIFTS = {
    -3: "大前天",
    -2: "前天 前日 前儿 前晚",
    -1: "昨天 昨晚 昨日 昨儿 昨儿个 昨个 昨夜 昨早 寻日 琴日 琴晚 寻晚",
    0: "今天 今日 今早 今晚 今儿 今儿个 今个 今晨 今夜 今朝",
    1: "明天 明日 明早 明晚 明儿 明儿个 明个 明朝 听日 听朝 听晚",
    2: "后天 后日 后儿 后儿个",
    3: "大后天 大后日",
}
_DAYS = {word: shift for shift, words in _SHIFTS.items() for word in words.split()}
_PAST = re.compile(r".{0,6}(?:开始|起|买|购|坏|装的|的时候|就|出现|发现|不)")
_WEEK = "周|星期|礼拜|个星期|个礼拜"
_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6} | {
    str(i + 1): i for i in range(7)
}
_YEARS = {"今年": 0, "明年": 1, "去年": -1, "上一年": -1, "旧年": -1, "前年": -2, "大前年": -3}
_FEASTS = {
    "双十一": (11, 11),
    "双11": (11, 11),
    "618": (6, 18),
    "六一八": (6, 18),
    "国庆": (10, 1),
    "五一": (5, 1),
    "元旦": (1, 1),
    "双十二": (12, 12),
    "双12": (12, 12),
    "圣诞": (12, 25),
}
_MID_AUTUMN = {2024: (9, 17), 2025: (10, 6), 2026: (9, 25), 2027: (9, 15), 2028: (10, 3), 2029: (9, 22)}
_NEW_YEAR = {2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26), 2029: (2, 13)}
_LUNAR = {"中秋": _MID_AUTUMN, "春节": _NEW_YEAR, "过年": _NEW_YEAR}
"""Feasts of the lunar calendar: their days by year."""


def _named(match: re.Match[str], today: date) -> date:
    return today + timedelta(days=_DAYS[match[1]])


def _weeks(match: re.Match[str], today: date) -> Reckoned:
    which = match[1] or ""
    shift = {"上": -1, "下": 1}.get(which[:1], 0) * len(which.replace("一", "").replace("个", ""))
    if match[2] == "末":
        return weekend(today, shift)
    if not match[2]:
        return week(today, shift) if which else None
    return weekday(today, _WEEKDAYS[match[2]], shift, fixed=bool(which))


def _ago(match: re.Match[str], today: date) -> date | None:
    count = 0.5 if match[1].startswith("半") else number(match[1])
    return back(today, count, match[2]) if count is not None else None


def _aged(match: re.Match[str], today: date) -> date | None:
    count = 0.5 if match[2].startswith("半") else number(match[2])
    return back(today, count, match[3]) if count else None


def _after(match: re.Match[str], today: date) -> date | None:
    count = 0.5 if match["n"].startswith("半") else number(match["n"])
    return ahead(today, count, match["unit"]) if count else None


def _month(match: re.Match[str], today: date) -> date | None:
    shift = {"上": -1, "下": 1, "前": -2}.get(match[1][:1], 0)
    if match[1].startswith("上上"):
        shift = -2
    first = month_back(today.replace(day=1), -shift)
    day = number(match[2]) if match[2] else None
    return make(first.year, first.month, day or 1)


def _year(match: re.Match[str], today: date) -> date | None:
    year = today.year + _YEARS[match[1]]
    month = number(match[2]) if match[2] else None
    day = number(match[3]) if match[3] else None
    return make(year, month or 1, day or 1)


def _full(match: re.Match[str], today: date) -> date | None:
    year = int("".join(str(number(c)) for c in match[1]))
    return make(
        year + 2000 if year < 100 else year, number(match[2] or "1") or 1, number(match[3] or "1") or 1
    )


def _month_day(match: re.Match[str], today: date) -> date | None:
    month, day = number(match[1]), number(match[2]) if match[2] else 1
    return in_past(today, month or 0, day or 0, match.string[match.end() :])


def _figures(match: re.Match[str], today: date) -> date | None:
    return in_past(today, int(match["month"]), int(match["day"]), match.string[match.end() :])


def _compact(match: re.Match[str], today: date) -> date | None:
    if not _DATED.search(match.string[: match.start()]) and not _PAST.match(match.string[match.end() :]):
        return None
    return make(int(match[1]), int(match[2]), int(match[3]))


def _day(match: re.Match[str], today: date) -> date | None:
    return _day_of_month(match[1], today, match.string[match.end() :])


def _day_of_month(words: str, today: date, after: str) -> date | None:
    found = make(today.year, today.month, number(words) or 0)
    if found is None or found >= today or _PAST.match(after):
        return found
    following = month_back(today.replace(day=1), -1)
    return make(following.year, following.month, found.day)


def _days(match: re.Match[str], today: date) -> Reckoned:
    if match["month"]:
        month = number(match["month"]) or 0
        first = in_past(today, month, number(match["from"]) or 0, "")
        last = first and make(first.year, number(match["month2"] or "") or month, number(match["to"]) or 0)
    else:
        first = _day_of_month(match["from"], today, "")
        last = first and make(first.year, first.month, number(match["to"]) or 0)
    return between(first, last)


def _feast(match: re.Match[str], today: date) -> date | None:
    year = today.year + _YEARS.get(match[1] or "", 0)
    if match[2] in _LUNAR:
        return make(year, *_LUNAR[match[2]].get(year, (0, 0)))
    month, day = _FEASTS[match[2]]
    found = make(year, month, day)
    if found and not match[1] and found > today and _PAST.match(match.string[match.end() :]):
        return found.replace(year=year - 1)
    return found.replace(year=year + 1) if found and not match[1] and _gone(match, found, today) else found


def _gone(match: re.Match[str], found: date, today: date) -> bool:
    return found < today and not _PAST.match(match.string[match.end() :]) and (today - found).days > 270


_YEAR_WORDS = "|".join(sorted(_YEARS, key=len, reverse=True))
_MONTH_NUMBER = r"(1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_DAY_NUMBER = r"(3[01]|[12]\d|0?[1-9]|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])"
_TO = r"\s?(?:到|至|\-|~|—)\s?"
_PART_OF_DAY = r"\s?(?:早|上午|中午|下午|下昼|晚|傍晚|全天|白天|那天|[这那]几?天|之前|以前|前|后|号|来|买|购)"
_DATED = re.compile(r"(?:日期|时间|购[于机]?|买[于的]?|生产|出厂)(?:是|为|在)?[\s:]{0,2}$")
_LENGTH = r"(?:天|日|周|星期|礼拜|月|年)"
RULES: tuple[Rule, ...] = (
    (
        re.compile(
            rf"(?<!\d)(?:(?P<month>{_MONTH_NUMBER})月)?(?P<from>{_DAY_NUMBER})[日号]?{_TO}"
            rf"(?:(?P<month2>{_MONTH_NUMBER})月)?(?P<to>{_DAY_NUMBER})[日号](?![楼栋院线码门])"
        ),
        _days,
    ),
    (
        re.compile(
            rf"(20\d\d|(?<!\d)\d\d|二[零〇][零〇一二三四五六七八九]{{2}})年(?:{_MONTH_NUMBER}月(?:份)?(?:{_DAY_NUMBER}[日号]?)?)?"
        ),
        _full,
    ),
    (
        re.compile(rf"({_YEAR_WORDS})?的?(?<!\d)({'|'.join([*_FEASTS, *_LUNAR])})(?!\d)(?:节|当天|那天)?"),
        _feast,
    ),
    (re.compile(rf"({_YEAR_WORDS})的?(?:{_MONTH_NUMBER}月(?:份)?(?:{_DAY_NUMBER}[日号])?)?"), _year),
    (re.compile(rf"(上上个?|上个?|这个|本|下个?|前个?)月(?:份)?(?:{_DAY_NUMBER}[日号])?"), _month),
    (re.compile(rf"(?<!\d){_MONTH_NUMBER}月(?:份)?(?:{_DAY_NUMBER}[日号]?)?(?!\d)"), _month_day),
    (re.compile(rf"(?<![\d月]){_DAY_NUMBER}[日号](?![楼栋院线码门])"), _day),
    (
        re.compile(rf"(上上个?|上个?|上一|这个?|本|下下个?|下个?)(?:{_WEEK})([一二三四五六日天末1-7])?"),
        _weeks,
    ),
    (re.compile(r"()(?:周|星期|礼拜)([一二三四五六日天末])"), _weeks),
    (re.compile(rf"(半|{N})(?:来|多)?个?(天|日|周|星期|礼拜|月|年)(?:多|半)?(?:之|以)?前"), _ago),
    (re.compile(rf"(?P<n>半|{N})个?(?P<unit>{_LENGTH})(?:之|以|过)?后"), _after),
    (re.compile(rf"(?<!超)过(?:上)?(?P<n>{N})个?(?P<unit>{_LENGTH})(?!了|没|前)"), _after),
    (
        re.compile(
            rf"(?:买|用|入手|装)(?:回来|回|来|上)?(?:才|刚|不到|快|有|已经|差不多|大概|了|还没|没){{0,3}}"
            rf"(?P<at>(半|{N})个?({_LENGTH})(?:多|半)?)"
        ),
        _aged,
    ),
    (re.compile(r"(?<![\d/.\-])(?P<month>1[0-2]|0?[1-9])/(?P<day>3[01]|[12]\d|0?[1-9])(?![\d/%])"), _figures),
    (
        re.compile(
            rf"(?<![\d/.\-])(?P<month>1[0-2]|0?[1-9])[.\-](?P<day>3[01]|[12]\d|0?[1-9])(?![\d.\-:])(?={_PART_OF_DAY})"
        ),
        _figures,
    ),
    (re.compile(r"(?<![\d\-])(20[012]\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)"), _compact),
    (re.compile(r"(今|明)(?=明[天两]|后[天两])"), lambda m, today: today + timedelta(days=int(m[1] == "明"))),
    (
        re.compile(r"(?<=今)(明)(?=[天两])|(?<=明)(后)(?=[天两])"),
        lambda m, today: today + timedelta(days=1 if m[1] else 2),
    ),
    (re.compile(rf"({'|'.join(sorted(_DAYS, key=len, reverse=True))})"), _named),
)

_BUSY = r"(?:人|来|回|联系|消息|派|动静|结果|接|理|过)"
_NOBODY = rf"[\s,]*(?:都|也|还)?(?:没|不){_BUSY}"
LASTED: Rule = (
    re.compile(
        rf"(?<!等)(?<!等了)(?<!几)(半|好几|(?!几天){N})(?:个)?(天|日|周|星期|礼拜|月|年)(?:多|半)?"
        rf"(?:了(?!{_NOBODY})|啦|喇|(?=都?(?:没|冇|不)(?!{_BUSY})))"
    ),
    lambda m, today: back(today, 0.5 if m[1] == "半" else 3 if m[1] == "好几" else number(m[1]) or 0, m[2]),
)
"""How long it has lasted: 三天了."""

_SOON = r"\W{0,2}(?:早上|上午|中午|下午|晚上|晚|夜里|早|凌晨)?(?:就|才)?"
VERB_LAST = True
"""The words that tell what a day means stand behind it more often than before it."""
AFTER = re.compile(
    rf"(?P<since>{_SOON}(?:又|突然|忽然)?(?:开始|起|以来|至今|到现在|坏|出的?问题))"
    r"|(?P<bought>[^,.;!?]{0,6}?(?:买|购|入手|装的|安装的|下单|换的新|送的货))"
    rf"|(?P<noticed>{_SOON}(?:不(?!在家|行|方便|来|能来|想)|又|没(?!人|空|时间|来|法)|出(?:现|的)|发(?:现|生)|突然|就))"
)
BEFORE = re.compile(
    r"(?P<bought>(?:买|购|购买|下单|入手|购机|用|发票(?:上(?:的|写)?)?|开票)(?:于|的|来)?(?:日期|时间)?(?:是|为|在|了|有)?(?:大概|大约|差不多|快)?[\s:]{0,2}$)"
    r"|(?P<since>(?:从|自从|自|由|打)\s?$)"
)
_LATELY = r"(?:多|半)?(?:(?:之|以)?前|了|啦|喇)?"
YEARLY = re.compile(rf"(?:20)?\d\d年|(?:{_YEAR_WORDS})的?|{N}(?:来|多)?年{_LATELY}")
MONTHLY = re.compile(rf".*月(?:份)?{_LATELY}|半年{_LATELY}")
"""Words that tell no more than the year, or the month."""
