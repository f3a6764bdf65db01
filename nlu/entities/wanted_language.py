"""A wish to be served in another language: "说英文", "switch to Chinese"."""

from __future__ import annotations

import re

from nlu.context import Context
from nlu.text import fold
from nlu.understanding import Entity

_ZH = r"中文|汉语|国语|普通话|华语|chinese|mandarin|putonghua"
_EN = r"英文|英语|english|鸟语"
_NAMED = re.compile(rf"(?P<zh>{_ZH})|(?P<en>{_EN})")
_WISH = re.compile(
    r"说|讲|用|换|切|转|改|语言|回复|界面|服务|客服|"
    r"speak|switch|change|use|talk|language|reply|please|can we|in (?:english|chinese)|set"
)
_CLAUSES = re.compile(r"[^,，.。;；!！?？\n]+")
_AROUND = re.compile(
    r"\b(?:sorry|please|pls|hi|hello|ok|only|in|my|is)\b|不好意思|对不起|抱歉|请|你好|[吧啊呀哦]|\W"
)
_CANNOT = re.compile(
    r"(?:看不懂|听不懂|不会|不懂|don'?t (?:understand|speak|read)|"
    r"can'?t (?:understand|speak|read)|no)\W*(?:说|讲|any)?\W*$"
)


def find(text: str, context: Context) -> list[Entity]:
    """`zh` or `en`: the language asked for; "I don't understand Chinese" asks for English."""
    folded = fold(text)
    found = []
    for match in _NAMED.finditer(folded):
        clause = next(c[0] for c in _CLAUSES.finditer(folded) if c.start() <= match.start() < c.end())
        alone = _AROUND.sub("", clause) == match.group()
        code = "zh" if match["zh"] else "en"
        if _CANNOT.search(folded[max(0, match.start() - 20) : match.start()]):
            code = "en" if code == "zh" else "zh"
        elif not alone and not _WISH.search(folded):
            continue
        start, end = match.span()
        found.append(Entity("language", code, text[start:end], start, end, 0.9, "language"))
    return found
