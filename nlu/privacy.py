"""Personal data taken out of a text that is kept for others to read."""

from __future__ import annotations

import re

from nlu.context import Context
from nlu.entities import find_all

_KINDS = {
    "phone": "[phone]",
    "person_name": "[name]",
    "address": "[address]",
    "order_number": "[order]",
    "serial_number": "[serial]",
}
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}", re.ASCII)
_ACCOUNT = re.compile(r"(?i)((?:微信号?|wechat(?: id)?|qq号?|扣扣)[\s:：是]{0,3})([a-z0-9_-]{5,30})")
_NUMBER = re.compile(r"(?<![A-Za-z0-9])\+?\d(?:[\d\s-]{4,}\d[Xx]?)(?![A-Za-z0-9])")
_DATE = re.compile(r"(?:19|20)\d{2}[-\s]?\d{1,2}[-\s]?\d{1,2}")
_TITLED = re.compile(
    r"(?:(?<=姓)[\u4e00-\u9fff]|[\u4e00-\u9fff]{1,2}(?=先生|女士|小姐|太太|师傅)|"
    r"(?i:(?<=\bmr )|(?<=\bmrs )|(?<=\bms )|(?<=\bmr\. )|(?<=\bmrs\. )|(?<=\bms\. ))[A-Z][a-z]+)"
)
_NOBODY = frozenset("的了个位名来叫让请找这那有是")


def redact(text: str, context: Context) -> str:
    """The text with phones, names, addresses, mail, accounts and long numbers replaced by what they are."""
    spans = [(e.start, e.end, _KINDS[e.name]) for e in find_all(text, context) if e.name in _KINDS]
    spans += [(m.start(), m.end(), "[mail]") for m in _MAIL.finditer(text)]
    spans += [(m.start(2), m.end(2), "[account]") for m in _ACCOUNT.finditer(text)]
    numbers = (m for m in _NUMBER.finditer(text) if not _DATE.fullmatch(m.group()))
    spans += [(m.start(), m.end(), "[number]") for m in numbers]
    spans += [(m.start(), m.end(), "[name]") for m in _TITLED.finditer(text) if not _NOBODY & set(m.group())]
    told, end = [], 0
    for begin, stop, word in sorted(spans, key=lambda span: (span[0], -span[1])):
        if begin >= end:
            told += [text[end:begin], word]
            end = stop
        elif stop > end:
            end = stop
    return "".join((*told, text[end:]))
