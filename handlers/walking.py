"""Walking a diagnosis: where a customer is in an article's tree, and which answer their words mean.

The place is kept in the conversation with the instruction and the answers as they were said, so that an
article changed meanwhile leaves nobody stranded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from handlers.telling import EDGES
from handlers.vocabulary import listed
from nlu.article import Article
from nlu.diagnosis import Step, plain
from nlu.parts import lexicon
from nlu.text import fold

Place = dict[str, Any]
LONGEST = 40
"""Longer words are no mere answer to a step."""
MOST = 30
"""Steps after which a customer has tried enough."""
_BEFORE = 6


def place(article: Article, other: Article | None, step: Step, path: Sequence[str] = ()) -> Place:
    """Being at a step; `other` is the article in the other language, whose words are understood too."""
    return {
        "article": article.id,
        "version": article.version,
        "language": article.language,
        "at": step.id,
        "instruction": step.instruction,
        "says": _says(step, other),
        "path": list(path),
    }


def known(here: Place) -> Place:
    """A place as it was kept, also by a desk that knew steps by their number only."""
    at = here.get("at")
    at = f"#{at + 1}" if isinstance(at, int) else at
    return {"says": [], "instruction": "", "path": [], "language": None, "version": None, **here, "at": at}


def locate(article: Article, here: Place) -> Step | None:
    """The step the customer is at, in the article as it is now; None where it is gone."""
    same = (article.language, article.version) == (here.get("language"), here.get("version"))
    if same or article.language != here.get("language"):
        return article.step(str(here.get("at")))
    by_words = (step for step in article.diagnosis if step.instruction == here.get("instruction"))
    named = None if str(here.get("at")).startswith("#") else article.step(str(here.get("at")))
    return next(by_words, named)


def target(step: Step, here: Place, said: str) -> str | None:
    """Where an answer leads; None where the step has no such answer any more."""
    for answer in step.answers:
        if plain(said) in map(plain, (answer.say, *answer.also)):
            return answer.next
    index = index_of(said, here["says"])
    alike = len(step.answers) == len(here["says"])
    return step.answers[index].next if index is not None and alike else None


def index_of(said: str, says: Sequence[Sequence[str]]) -> int | None:
    """Which of the answers these words are, or None."""
    wanted = plain(said)
    return next((i for i, words in enumerate(says) if wanted in map(plain, words)), None)


def understood(text: str, says: Sequence[Sequence[str]]) -> int | None:
    """Which of the answers a customer's own words mean, or None where that is not clear."""
    if not says or len(text) > LONGEST or "?" in text or "？" in text:
        return None
    if (exactly := index_of(text, says)) is not None:
        return exactly
    read = lexicon().connectives.sub(lambda m: " " * len(m[0]), fold(text))  # 还有 is no 有
    found = [(m.start(), m.end(), i) for i, words in enumerate(says) for w in words for m in _in(w, read)]
    widest = [f for f in found if not any(_inside(f, g) for g in found)]
    meant = {_unless_denied(read[max(0, begin - _BEFORE) : begin], i, says) for begin, _, i in widest}
    return meant.pop() if len(meant) == 1 else None


def over(text: str, fault: str) -> bool:
    """Whether the words say that nothing is wrong any more; `fault` is what was."""
    if len(text) > LONGEST or "?" in text or "？" in text:
        return False
    read, told = fold(text), fold(fault)
    marks = [*listed("marks", "worked"), *(m for m in listed("marks", "gone") if m not in told)]
    found = (m for mark in marks for m in _in(mark, read))
    return any(not _denies(_clause(read[max(0, m.start() - _BEFORE) : m.start()])) for m in found)


def declined(text: str) -> bool:
    """Whether the words only say, perhaps politely, that nothing is wanted any more."""
    whole = fold(text).strip(EDGES)
    bare = whole
    for polite in (*listed("marks", "polite"), *listed("marks", "gives_way"), *listed("marks", "ending")):
        bare = bare.replace(polite, "")
    return any(
        t in listed("marks", "no_repair") or t in listed("marks", "no_more")
        for t in (whole, bare.strip(EDGES))
    )


def yes_or_no(yes: bool, says: Sequence[Sequence[str]]) -> int | None:
    """Which of two answers a bare yes or no means, where only one of them is a denial."""
    denials = [_denies(fold(words[0])) for words in says]
    if len(says) != 2 or denials[0] == denials[1]:
        return None
    return denials.index(not yes)


def _says(step: Step, other: Article | None) -> list[list[str]]:
    twin = other.step(step.id) if other is not None else None
    alike = twin is not None and len(twin.answers) == len(step.answers)
    says = []
    for i, answer in enumerate(step.answers):
        foreign = twin.answers[i] if twin is not None and alike else None
        says.append([answer.say, *answer.also, *((foreign.say, *foreign.also) if foreign else ())])
    return says


def _in(words: str, read: str) -> list[re.Match[str]]:
    wanted = fold(words).strip()
    if not wanted:
        return []
    pattern = re.escape(wanted)
    whole = rf"(?<![a-z0-9]){pattern}(?![a-z0-9])" if wanted.isascii() else pattern
    return list(re.finditer(whole, read))


def _inside(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    return (
        one != other and other[0] <= one[0] and one[1] <= other[1] and other[1] - other[0] > one[1] - one[0]
    )


def _clause(before: str) -> str:
    """What stands in the same clause."""
    return re.split(r"[,，。.;；!！]", before)[-1]


def _denies(words: str) -> bool:
    return any(mark in f" {words} " for mark in listed("marks", "denial"))


def _unless_denied(before: str, index: int, says: Sequence[Sequence[str]]) -> int | None:
    """The answer found, or the opposite one where "not" stands right before it."""
    before = _clause(before)
    if not _denies(before) or _denies(fold(says[index][0])):
        return index
    other = yes_or_no(False, says)
    return other if other != index else None
