"""What a trainer should look at in training data that can be used all the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from nlu.example import Example, Word
from nlu.problem import Problem
from nlu.tables import BUILT_IN
from nlu.text import fold

_UNFINISHED = re.compile(r"\[[^\]]*(?:$|\][({])")
"""What is left of the signs around a detail where one of them is missing."""


def of_examples(examples: Sequence[Example]) -> Iterator[Problem]:
    """Intents with one example, unfinished details, sentences that stand twice or under two intents."""
    counts = Counter(e.intent for e in examples)
    seen: dict[str, Example] = {}
    few: set[str] = set()
    for example in examples:
        if counts[example.intent] < 2 and example.intent not in few:
            few.add(example.intent)
            yield Problem(example.file, example.line, f"intent {example.intent} has only one example")
        if _UNFINISHED.search(example.text):
            message = f"“{example.text}” has a detail that is not finished; expected [words](name)"
            yield Problem(example.file, example.line, message)
        first = seen.setdefault(example.text.casefold(), example)
        if first is example:
            continue
        where = f"{first.file}:{first.line}"
        if first.intent == example.intent:
            yield Problem(example.file, example.line, f"“{example.text}” stands already at {where}")
        else:
            message = f"“{example.text}” is {example.intent} here and {first.intent} at {where}"
            yield Problem(example.file, example.line, message)


def of_words(words: Sequence[Word]) -> Iterator[Problem]:
    """Annotated details that nothing finds, and words that stand for two values."""
    known = BUILT_IN | {w.name for w in words if w.kind in ("lookup", "regex")}
    unknown: set[str] = set()
    meant: dict[str, Word] = {}
    for word in words:
        if word.kind == "annotation" and word.name not in known and word.name not in unknown:
            unknown.add(word.name)
            message = f"nothing finds the detail {word.name}; expected a lookup or regex of that name"
            yield Problem(word.file, word.line, message)
        value = word.name if word.kind == "synonym" else word.value
        if not value:
            continue
        first = meant.setdefault(fold(word.text), word)
        before = first.name if first.kind == "synonym" else first.value
        if before != value:
            where = f"{first.file}:{first.line}"
            message = f"“{word.text}” stands for {value} here and for {before} at {where}"
            yield Problem(word.file, word.line, message)
