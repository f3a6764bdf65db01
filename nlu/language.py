"""Which of the desk's languages a message is written in."""

from __future__ import annotations

import re

from nlu.text import fold

_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[a-z]{2,}(?:'[a-z]+)?")
_CODE = re.compile(r"\b(?=[a-z\-]*\d)[a-z0-9\-]+\b|\b(?:sr|sn|ok|wifi|app|led|tv|pvc|bye|hi)\b")
_INITIALS = "b p m f d t n l g k h j q x r y w z c s zh ch sh".split()  # noqa: SIM905
_FINALS = (
    "a ai an ang ao e ei en eng i ia ian iang iao ie in ing iong iu o ong ou u ua uai uan uang ue ui un uo v"
)
_ALONE = "ang ai an ao en er ou".split()  # noqa: SIM905
_SYLLABLES = frozenset([*_ALONE, *(initial + final for initial in _INITIALS for final in _FINALS.split())])
_LONGEST_SYLLABLE = max(map(len, _SYLLABLES))
_PLAINLY_CHINESE = re.compile(
    r"\b(?:bu|le|wo|de|ni|yao|huai|mei you|mei yong|bao xiu|tiao guo|xie xie|zai jian|ren gong|qu xiao)\b"
    r"|bing ?xiang|kong ?tiao|xi ?yi ?ji|re ?shui ?qi|baoxiu|rengong|nihao|xiexie|zaijian"
    r"|zhidao|tiaoguo|quxiao|haode|meiyou|jindu"
)
_SAYING = re.compile(
    r"\b(?:i|i'm|i've|my|it|it's|its|is|isn't|are|was|you|your|we|can|can't|cannot|not|don't|doesn't|didn't|won't|have|has"
    r"|what|when|why|how|please|still|this|that)\b|[我你您它吗呢了吧啊]|怎么|什么|没有|可以"
)
_OTHER_LETTER = re.compile(r"[^\W\d_a-z\u3400-\u9fff]")


def detect(text: str, previous: str = "zh") -> str:
    """`zh` or `en`; the previous language where the text does not tell (a number, a code, an emoji).

    One Chinese character outweighs codes and brand names: "BCD-216坏了" is Chinese. Chinese in Latin
    letters ("kong tiao bu leng") is Chinese as well.
    """
    folded = fold(text[:400])
    han = len(_HAN.findall(folded))
    if not han and pinyin(folded):
        return "zh"
    words = len(_WORD.findall(_CODE.sub(" ", folded)))
    if han and han * 1.5 > words:
        return "zh"
    if words and not _OTHER_LETTER.search(folded):
        return "en"
    return "zh" if han else previous


def sentence(text: str) -> bool:
    """Whether a text says something: it has a pronoun, a verb or a particle, as no name or address has."""
    return bool(_SAYING.search(fold(text[:400])))


def pinyin(folded: str) -> bool:
    """Whether a text is Chinese in Latin letters: pinyin throughout, and not just a name or a place."""
    words = re.findall(r"[a-z]+", _CODE.sub(" ", folded))
    return bool(_PLAINLY_CHINESE.search(" ".join(words))) and all(map(_is_syllables, words))


def _is_syllables(word: str) -> bool:
    """Whether a word is syllables of pinyin in a row, however it has to be divided."""
    ends = {0}
    for end in range(1, len(word) + 1):
        first = max(0, end - _LONGEST_SYLLABLE)
        if any(start in ends and word[start:end] in _SYLLABLES for start in range(first, end)):
            ends.add(end)
    return len(word) in ends
