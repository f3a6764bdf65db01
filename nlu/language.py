"""Which of the desk's languages a message is written in."""

from __future__ import annotations

import re

from nlu.text import fold

_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[a-z]{2,}(?:'[a-z]+)?")
_CODE = re.compile(r"\b(?=[a-z\-]*\d)[a-z0-9\-]+\b|\b(?:sr|sn|ok|wifi|app|led|tv|pvc|bye|hi)\b")
_OTHER_LETTER = re.compile(r"[^\W\d_a-z\u3400-\u9fff]")


def detect(text: str, previous: str = "zh") -> str:
    """`zh` or `en`; the previous language where the text does not tell (a number, a code, an emoji).

    One Chinese character outweighs codes and brand names: "BCD-216坏了" is Chinese.
    """
    folded = fold(text[:400])
    han = len(_HAN.findall(folded))
    words = len(_WORD.findall(_CODE.sub(" ", folded)))
    if han and han * 1.5 >= words:
        return "zh"
    if words and not _OTHER_LETTER.search(folded):
        return "en"
    return "zh" if han else previous
