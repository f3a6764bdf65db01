"""Phone numbers of any country, in figures or read aloud."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

from nlu.context import Context
from nlu.entities.digits import read_aloud
from nlu.text import fold
from nlu.understanding import Entity

_CANDIDATE = re.compile(r"(?<![\d.a-z])(?:\+|00)?\(?\d[\d \-().·,]{5,22}\d(?!\d)")
_CUE = re.compile(
    r"(?:电话|手机|号码|联系方式|联系|座机|热线|打|拨|"
    r"call|phone|mobile|number|tel|cell|whatsapp|reach me)[^\d+]{0,12}$"
)
_NOT_PHONE = re.compile(r"(?:型号|序列号|编号|单号|订单|serial|model|order|code|sn|s/n)[^\d+]{0,6}$")


def find(text: str, context: Context) -> list[Entity]:
    """Valid phone numbers; value in E.164. A bare number is tried as one of `context.countries`, in order."""
    folded = read_aloud(fold(text))
    found = []
    for match in _CANDIDATE.finditer(folded):
        before = folded[max(0, match.start() - 16) : match.start()]
        if _NOT_PHONE.search(before):
            continue
        cued = bool(_CUE.search(before))
        for start, end in _spans(match, folded):
            value = _number(folded[start:end], context.countries)
            if value and (cued or _plain(folded[start:end], value)):
                sure = 0.99 if cued or len(re.sub(r"\D", "", folded[start:end])) >= 10 else 0.8
                found.append(Entity("phone", value, text[start:end], start, end, sure, "phone"))
                break
    return found


def _spans(match: re.Match[str], folded: str) -> list[tuple[int, int]]:
    """The whole candidate, then its parts between spaces and commas (two numbers written in a row)."""
    spans = [match.span()]
    parts = list(re.finditer(r"[^,\s]+", match.group()))
    if len(parts) > 1:
        spans += [(match.start() + p.start(), match.start() + p.end()) for p in parts if len(p.group()) >= 7]
    return spans


@lru_cache(maxsize=512)
def _number(written: str, countries: tuple[str, ...]) -> str | None:
    for country in countries or ("CN",):
        try:
            parsed = phonenumbers.parse(written, country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed):
            return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    return None


def _plain(written: str, value: str) -> bool:
    """Whether an uncued number looks like a phone number and not like a date or an amount."""
    digits = re.sub(r"\D", "", written)
    if re.fullmatch(r"(?:19|20)\d\d[\-. ]?[01]?\d[\-. ]?[0-3]?\d", written.strip()):
        return False
    return "," not in written and len(digits) >= 8 and not (len(digits) == 8 and digits[:2] in ("19", "20"))
