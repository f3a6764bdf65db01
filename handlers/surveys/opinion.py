"""What a customer's words say about a service: a rating, and what was good or bad about it (F4).

A lexicon with negation (`opinion.yml`), no model: short answers to a question that was asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from nlu import yml
from nlu.text import fold

SOURCE = Path(__file__).with_name("opinion.yml")
ASPECTS = ("content", "attitude", "result")
RATINGS = ("satisfied", "neutral", "dissatisfied")
"""In the order in which they are offered."""
GENERAL = "general"
READ = 500
"""Characters that are read."""
Rating = Literal["satisfied", "neutral", "dissatisfied"]
Sentiment = Literal["good", "mixed", "bad"]

_OPPOSITE = {"good": "bad", "bad": "good", "satisfied": "dissatisfied", "dissatisfied": "neutral"}
_BREAKS = re.compile(r"[,，。.;；!！?？\n、~～…:：]+")


@dataclass(frozen=True, slots=True)
class Opinion:
    """What was judged: `rating` in so many words or by what was said, what was praised and criticised."""

    rating: Rating
    explicit: bool
    """The rating itself was said, rather than what speaks for it."""
    good: tuple[str, ...]
    bad: tuple[str, ...]

    @property
    def sentiment(self) -> Sentiment:
        """Good, bad, or some of each."""
        if self.good and self.bad:
            return "mixed"
        if self.good or self.bad:
            return "good" if self.good else "bad"
        return {"satisfied": "good", "neutral": "mixed", "dissatisfied": "bad"}[self.rating]  # type: ignore[return-value]

    @property
    def reasons(self) -> tuple[str, ...]:
        """The aspects that were criticised."""
        return tuple(aspect for aspect in ASPECTS if aspect in self.bad)


@dataclass(frozen=True, slots=True)
class _Hit:
    sort: str
    """A rating, or good or bad."""
    aspect: str


@dataclass(frozen=True, slots=True)
class _Lexicon:
    words: re.Pattern[str]
    """What judges, and what only looks like it."""
    meanings: Mapping[str, _Hit]
    aspects: re.Pattern[str]
    nouns: Mapping[str, str]
    negated: re.Pattern[str]
    turns: re.Pattern[str]
    asking: tuple[str, ...]


def opinion(text: str) -> Opinion | None:
    """What the words judge, or None where they judge nothing."""
    hits = list(_hits(fold(text[:READ]).replace("’", "'")))
    rated = [hit.sort for hit in hits if hit.sort in RATINGS]
    good = {hit.aspect for hit in hits if hit.sort in ("good", "satisfied") and hit.aspect != GENERAL}
    bad = {hit.aspect for hit in hits if hit.sort in ("bad", "dissatisfied") and hit.aspect != GENERAL}
    likes = any(hit.sort == "good" for hit in hits)
    dislikes = any(hit.sort == "bad" for hit in hits)
    if rated:
        mixed = len(set(rated)) > 1 and bool(good) and bool(bad)
        rating = "neutral" if mixed else rated[0]
    elif likes or dislikes:
        rating = "neutral" if likes and dislikes else "satisfied" if likes else "dissatisfied"
    else:
        return None
    return Opinion(rating, bool(rated), _ordered(good), _ordered(bad))  # type: ignore[arg-type]


def _hits(text: str) -> Iterator[_Hit]:
    lexicon = _lexicon()
    about = GENERAL
    for clause, asks in _clauses(text, lexicon):
        named = lexicon.aspects.search(clause)
        about = lexicon.nouns[named[0]] if named else about
        if asks:
            continue
        for found in lexicon.words.finditer(clause):
            hit = lexicon.meanings.get(found[0]) or lexicon.meanings.get(f"{found[0]}$")
            if hit is None:
                continue
            sort, before = hit.sort, clause[: found.start()]
            while negation := lexicon.negated.search(before):
                sort, before = _OPPOSITE.get(sort, sort), before[: negation.start()]
            yield _Hit(sort, about if hit.aspect == GENERAL else hit.aspect)


def _clauses(text: str, lexicon: _Lexicon) -> Iterator[tuple[str, bool]]:
    """Each clause, and whether it asks something."""
    end = 0
    for stop in [*_BREAKS.finditer(text), None]:
        sentence = text[end : stop.start() if stop else len(text)]
        asks = sentence.strip().endswith(lexicon.asking) or bool(stop and "?" in fold(stop[0]))
        end = stop.end() if stop else end
        for clause in lexicon.turns.split(sentence):
            if clause and clause.strip():
                yield clause.strip(), asks


def _ordered(aspects: Iterable[str]) -> tuple[str, ...]:
    return tuple(aspect for aspect in ASPECTS if aspect in aspects)


def number(text: str) -> int | None:
    """The number that is all of a message, with what it counts or without, or None."""
    units = "|".join(map(re.escape, _content()["units"]))
    found = re.fullmatch(rf"\s*(\d{{1,3}})\s*(?:{units})?[\s。.!！]*", fold(text[:READ]))
    return int(found[1]) if found else None


@cache
def _content() -> dict[str, Any]:
    return dict(yml.read(SOURCE))


@cache
def _lexicon() -> _Lexicon:
    content = _content()
    meanings = dict(_meanings(content))
    nouns = {word: aspect for aspect, words in content["aspects"].items() for word in words}
    between = _either(content["between"])
    negations = _either(content["not"])
    return _Lexicon(
        words=re.compile(_either([*meanings, *content["idle"]])),
        meanings=meanings,
        aspects=re.compile(_either(nouns)),
        nouns=nouns,
        negated=re.compile(rf"(?:{negations})\s*(?:(?:{between})\s*){{0,4}}$"),
        turns=re.compile(_either(content["turns"])),
        asking=tuple(content["asking"]),
    )


def _meanings(content: Mapping[str, Any]) -> Iterator[tuple[str, _Hit]]:
    for rating, words in content["ratings"].items():
        yield from ((str(word), _Hit(rating, GENERAL)) for word in words)
    for sort in ("good", "bad"):
        for aspect, words in content[sort].items():
            yield from ((str(word), _Hit(sort, aspect)) for word in words)


def _either(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first; words of letters stand alone."""
    return "|".join(map(_pattern, sorted(map(str, words), key=lambda word: -len(word.removesuffix("$")))))


def _pattern(word: str) -> str:
    stem = word.removesuffix("$")
    end = rf"(?=\s*[{_content()['particles']}]*$)" if word.endswith("$") else ""
    alone = r"\b{}\b" if re.match(r"[a-z0-9]", stem) and re.search(r"[a-z]$", stem) else "{}"
    return alone.format(re.escape(stem)) + end
