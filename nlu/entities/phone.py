"""Phone numbers of any country, in figures or read aloud."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import phonenumbers

from nlu.context import Context
from nlu.entities.digits import read_aloud, read_aloud_en
from nlu.text import fold
from nlu.understanding import Entity

_CANDIDATE = re.compile(r"(?<![\d.a-z])(?<!\d-)(?:\+|00)?\(?\d[\d \-().·,]{5,22}\d(?!\d)")
_CUE = re.compile(
    r"(?:电话|手机|号码|联系方式|联系|座机|固话|市话|热线|打|拨|分机|"
    r"call|phone|mobile|number|tel|cell|whatsapp|reach me|ring)[^\d+]{0,12}$"
)
_NOT_PHONE = re.compile(
    r"(?:型号|序列号|编号|单号|订单|发票|代码|卡号?|身份证|邮编|验证码|价|花了|付了|[¥$]|serial|model|order|invoice|(?<![a-z])code"
    r"|(?<![a-z])sn|s/n)[^\d+]{0,6}$"
)
_HOTLINE = re.compile(r"\(?(?:400|800)[\d \-]{7,9}|1?00\d{2,3}|95\d{3,6}")
"""A company's own number: customers complain about it, nobody is called back on it."""
_EXTENSION = re.compile(r"\s?(?:转|分机号?|ext\.?|extension|x)\s?(\d{1,6})(?!\d)")
_MOBILE = re.compile(r"\+861[3-9]|\+852")
_GROUPS = re.compile(r"1[3-9]\d,\d{4},\d{4}|\d{1,4}(?:,\d{1,4}){3,}")
_LOCAL = re.compile(r"\d{4}[ \-·]?\d{4}")
"""Eight figures: a number in Hong Kong or Macau, or many other things."""


def find(text: str, context: Context) -> list[Entity]:
    """Valid phone numbers; value in E.164. A bare number is tried as one of `context.countries`, in order.

    An extension is kept as RFC 3966 writes it: `+861062345678;ext=801`.
    """
    folded = fold(text)
    read = read_aloud(folded)
    found = []
    for match in _CANDIDATE.finditer(read):
        before = read[max(0, match.start() - 16) : match.start()]
        other = _NOT_PHONE.search(before)
        if other and not _CUE.search(other.group()):
            continue
        cued = bool(_CUE.search(before)) or len(read.strip(" ,.。")) <= len(match.group()) + 4
        spoken = folded[match.start() : match.end()] != match.group()
        for start, end in _spans(match, read):
            written = read[start:end]
            value = _number(written, context.countries)
            if value and not _HOTLINE.fullmatch(written) and _plausible(written, value, cued, spoken):
                more = _EXTENSION.match(read, end)
                if more is not None and not _MOBILE.match(value):
                    value, end = f"{value};ext={more[1]}", more.end()
                sure = 0.99 if cued or len(re.sub(r"\D", "", written)) >= 10 else 0.8
                found.append(Entity("phone", value, text[start:end], start, end, sure, "phone"))
                if (start, end) == match.span() or more:
                    break
    return [*found, *_spoken_english(text, folded, context)]


def _spoken_english(text: str, folded: str, context: Context) -> Iterator[Entity]:
    for start, end, digits in read_aloud_en(folded):
        if value := _number(digits, context.countries):
            yield Entity("phone", value, text[start:end], start, end, 0.9, "phone")


def _spans(match: re.Match[str], folded: str) -> list[tuple[int, int]]:
    """The whole candidate, then its parts between spaces and commas (two numbers written in a row)."""
    spans = [match.span()]
    parts = list(re.finditer(r"[^,\s]+", match.group()))
    if len(parts) > 1:
        spans += [(match.start() + p.start(), match.start() + p.end()) for p in parts if len(p.group()) >= 7]
    return spans


@lru_cache(maxsize=512)
def _number(written: str, countries: tuple[str, ...]) -> str | None:
    local = bool(_LOCAL.fullmatch(written))
    for country in countries or ("CN",):
        if local and country in ("CN", "TW"):
            continue  # without an area code nobody can be reached there
        try:
            parsed = phonenumbers.parse(written.replace(",", "").replace("·", ""), country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed):
            return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    return None


def _plausible(written: str, value: str, cued: bool, spoken: bool) -> bool:
    """Whether it looks like a phone number and not like a date or an amount."""
    digits = re.sub(r"\D", "", written)
    if "," in written and not (spoken or cued or _GROUPS.fullmatch(written)):
        return False
    if cued:
        return True
    if re.fullmatch(r"(?:19|20)\d\d[\-. ]?[01]?\d[\-. ]?[0-3]?\d", written.strip()):
        return False
    return len(digits) >= 10 or (
        len(digits) == 8 and not digits.startswith(("19", "20")) and written != digits
    )
