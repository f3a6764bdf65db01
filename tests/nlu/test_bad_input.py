"""Text that nobody should send, and somebody will: an answer comes, and it comes quickly (B1, H3)."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import pytest

from bot.cleaning import clean
from handlers import mood, telling
from nlu import parts
from nlu.context import Context
from nlu.hazards import hazard
from nlu.interpreter import Interpreter
from nlu.knowledge import KnowledgeBase
from nlu.language import detect

LIMIT_MS = 50
ZALGO = "".join(map(chr, range(0x300, 0x340)))
TEXTS = {
    "100,000 Chinese characters": "空调坏了" * 25_000,
    "100,000 letters": "a" * 100_000,
    "empty": "",
    "emoji": "😀👨‍👩‍👧" * 20_000,
    "punctuation": "，。！？…" * 20_000,
    "Latin punctuation": ".,;!?" * 20_000,
    "mixed scripts": "空调 не работает エアコン مكيف broken" * 300,
    "lone surrogates": "\ud800\udc00\ud83d" * 30_000,
    "zalgo": "".join(letter + ZALGO for letter in "fridge is warm") * 100,
    "Chinese zalgo": "".join(letter + ZALGO for letter in "冰箱不冷") * 300,
    "right to left": "\u202eثلاجة لا تبرد\u202c" * 2_000,
    "one long word": "x" * 10_000,
    "short words": "ab " * 30_000,
    "newlines": "\n" * 5_000,
    "lines": "冰箱不冷\n" * 5_000,
    "clauses": "冰箱不冷，" * 2_000,
    "connectives": "另外，对了还有also btw" * 500,
    "questions": "吗？" * 2_000,
    "digits": "1" * 100_000,
    "spaced digits": "1 " * 50_000,
    "hyphens": "-" * 100_000,
    "spaces": " " * 100_000,
    "addresses": "路1号2" * 20_000,
    "NUL": "\x00" * 5_000,
    "syllables": "zhuangshuangxiong" * 5_000,
    "letters apart": "a n g " * 10_000,
    "syllables that end in none": "wo " + "xianang" * 50 + "x",
    "an announcement that never ends": "空调坏了，" + "另一个" * 100 + "吃",
}
"""What is sent, by what it is."""


def median_ms(call: Callable[[], object], tries: int = 5) -> float:
    """The processor's milliseconds a call takes, in the middle of several tries."""
    spent = []
    for _ in range(tries):
        began = time.thread_time()
        call()
        spent.append((time.thread_time() - began) * 1000)
    return statistics.median(spent)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_any_text_is_understood_in_time(interpreter: Interpreter, context: Context, text: str) -> None:
    """H3: an understanding within 50 ms, whatever was sent; nothing is remembered from the try before."""

    def parse() -> None:
        interpreter.encoder._remembered.clear()
        interpreter.parse(text, context)

    found = interpreter.parse(text, context)
    assert found.text == text
    assert found.intent in interpreter.model.classes
    assert median_ms(parse) < LIMIT_MS


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_every_reader_of_words_is_quick(knowledge: KnowledgeBase, text: str) -> None:
    """H3: the search, the language, hazards, the pieces, and what a message tells: each within 50 ms."""
    words = clean(text)
    message = {"text": words, "metadata": {"words": words}, "entities": []}
    readers: dict[str, Callable[[], object]] = {
        "search": lambda: knowledge.search(words, "zh"),
        "language": lambda: detect(words),
        "hazard": lambda: hazard(words),
        "pieces": lambda: parts.split(words, ()),
        "leftover": lambda: telling.leftover(message, telling.DETAIL_ENTITIES),
        "fault": lambda: telling.fault_told(message),
        "request": lambda: telling.request_told(message, 8),
        "question": lambda: telling.asks_something(words),
        "value": lambda: telling.tells_value(message),
        "anger": lambda: mood.rages(words) or mood.short_of_words(words),
    }
    slow = {name: ms for name, reader in readers.items() if (ms := median_ms(reader, 3)) >= LIMIT_MS}
    assert not slow
