"""How well details are found: precision, recall and F1 of each kind on annotated sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from nlu import yml
from nlu.context import Context
from nlu.entities import find_all
from nlu.text import fold
from nlu.understanding import Entity

KINDS = (
    "phone", "order_number", "invoice_number", "product", "brand", "model", "serial_number", "error_code",
    "date", "time", "purchase_date", "since", "address", "person_name", "quantity", "tried", "symptom",
)  # fmt: skip
_EXACT = frozenset({"phone", "order_number", "invoice_number", "model", "serial_number", "error_code"})
"""Kinds whose first and last character must be right; of wordings at least half must be covered."""
_EXAMPLES = {"now": "2026-03-02T12:00+08:00", "zone": "Asia/Shanghai"}
Lines = Mapping[tuple[str, ...], int]
"""Where everything stands in a file, by its path."""
_REGION = ("province", "city", "district", "detail")


class AnnotationError(ValueError):
    """The annotated file cannot be used; the message names file, line and what is expected."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A detail at characters [start, end) with its value written as a word."""

    kind: str
    value: str
    start: int
    end: int

    def is_same(self, other: Mention) -> bool:
        """Whether kind, value and place agree."""
        if self.kind != other.kind or self.value != other.value:
            return False
        if self.kind in _EXACT:
            return (self.start, self.end) == (other.start, other.end)
        shared = min(self.end, other.end) - max(self.start, other.start)
        return shared * 2 >= min(self.end - self.start, other.end - other.start)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text and the details a reader finds in it."""

    text: str
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class Annotated:
    """Sentences written at one moment in one zone."""

    sentences: tuple[Sentence, ...]
    context: Context


@dataclass(frozen=True, slots=True)
class Score:
    """Figures of one kind: found and right, found but wrong, not found."""

    kind: str
    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """Share of what was found that is right; 1 where nothing was found."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Share of what is there that was found; 1 where there is nothing."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / (2 * self.right + self.wrong + self.missed) if self.right else 0.0


@dataclass(frozen=True, slots=True)
class Slip:
    """A sentence where finding and annotation differ."""

    text: str
    wrong: tuple[Mention, ...]
    missed: tuple[Mention, ...]


def load(path: Path) -> Annotated:
    """The sentences of an annotated .yml file; or AnnotationError with file and line."""
    try:
        text = path.read_text(encoding="utf-8")
        content, lines = yml.load_words(text), yml.lines(text)
    except yaml.YAMLError as error:
        at = getattr(error, "problem_mark", None)
        where = f":{at.line + 1}" if at else ""
        raise AnnotationError(f"{path.name}{where}: not YAML: {getattr(error, 'problem', error)}") from None
    except UnicodeDecodeError as error:
        raise AnnotationError(
            f"{path.name}: expected UTF-8, found {error.object[error.start]:#04x}"
        ) from None
    head = content if isinstance(content, dict) else {}
    sentences = head.get("sentences")
    if not isinstance(sentences, list):
        raise AnnotationError(f"{path.name}:1: expected `sentences`, a list")
    place = partial(_place, path.name, lines)
    told = tuple(_sentence(entry, partial(place, number)) for number, entry in enumerate(sentences))
    return Annotated(told, _context(head, path.name, lines))


def _place(file: str, lines: Lines, number: int, kind: str = "") -> str:
    """File and line of a sentence, or of its details of a kind."""
    entry = ("sentences", str(number))
    return f"{file}:{lines.get((*entry, kind), lines[entry])}"


def _context(head: dict[str, Any], file: str, lines: Lines) -> Context:
    """The moment and the zone the sentences are written in."""
    readers: dict[str, Callable[[str], Any]] = {"now": _moment, "zone": ZoneInfo}
    for key, read in readers.items():
        try:
            read(str(head.get(key)))
        except (ValueError, ZoneInfoNotFoundError, OSError):
            line, example = lines.get((key,), 1), _EXAMPLES[key]
            raise AnnotationError(f"{file}:{line}: expected `{key}`, e.g. {example}") from None
    return Context(_moment(str(head["now"])), str(head["zone"]))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def evaluate(annotated: Annotated) -> tuple[tuple[Score, ...], tuple[Slip, ...]]:
    """Scores of every kind, and the sentences where something differs."""
    counts: Counter[tuple[str, str]] = Counter()
    slips = []
    for sentence in annotated.sentences:
        found = _found(sentence, annotated.context)
        wrong, missed = _difference(found, sentence.mentions)
        counts.update((m.kind, "right") for m in found)
        counts.update((m.kind, "wrong") for m in wrong)
        counts.update((m.kind, "missed") for m in missed)
        if wrong or missed:
            slips.append(Slip(sentence.text, wrong, missed))
    scores = [
        Score(k, counts[k, "right"] - counts[k, "wrong"], counts[k, "wrong"], counts[k, "missed"])
        for k in KINDS
    ]
    return tuple(scores), tuple(slips)


def _difference(
    found: Iterable[Mention], wanted: Iterable[Mention]
) -> tuple[tuple[Mention, ...], tuple[Mention, ...]]:
    """What was found and is not wanted, and what is wanted and was not found."""
    missed, wrong = list(wanted), []
    for mention in found:
        match = next((m for m in missed if m.is_same(mention)), None)
        if match is None:
            wrong.append(mention)
        else:
            missed.remove(match)
    return tuple(wrong), tuple(missed)


def _found(sentence: Sentence, context: Context) -> list[Mention]:
    """What the desk finds; a day that tells when it began or was bought is not counted again as a date."""
    found = [
        Mention(e.name, _value(e), e.start, e.end)
        for e in find_all(sentence.text, context)
        if e.name in KINDS
    ]
    special = [m for m in found if m.kind in ("since", "purchase_date")]
    return [
        m for m in found if m.kind != "date" or not any(s.start < m.end and m.start < s.end for s in special)
    ]


def _value(entity: Entity) -> str:
    value: Any = entity.value
    if entity.name == "address":
        return "|".join(_plain(str(value[part])) for part in _REGION)
    if entity.name == "time":
        return f"{value['start'][:16]}/{value['end'][11:16]}"
    return fold(str(value)) if entity.name == "person_name" else str(value)


def _sentence(entry: Any, place: Callable[..., str]) -> Sentence:
    """One sentence with its details; `place` tells file and line of it, or of its details of a kind."""
    if not isinstance(entry, dict) or not isinstance(entry.get("text"), str) or not entry["text"]:
        raise AnnotationError(f"{place()}: expected a sentence: `text: …`, and its details by kind")
    text = entry["text"]
    mentions = []
    for kind, details in entry.items():
        if kind == "text":
            continue
        if kind not in KINDS:
            raise AnnotationError(f"{place(kind)}: “{text}”: {kind} is none of {', '.join(KINDS)}")
        at: dict[str, int] = {}
        for detail in details if isinstance(details, list) else [details]:
            if not isinstance(detail, str) or not detail:
                raise AnnotationError(
                    f"{place(kind)}: “{text}”: {kind}: expected words of it, or a list of them"
                )
            surface, _, value = detail.partition(" => ")
            start = text.find(surface, at.get(surface, 0))
            if start < 0:
                raise AnnotationError(f"{place(kind)}: “{text}” does not contain “{surface}”")
            at[surface] = start + len(surface)
            mentions.append(Mention(kind, _wanted(kind, value or surface), start, start + len(surface)))
    return Sentence(text, tuple(mentions))


def _wanted(kind: str, value: str) -> str:
    if kind == "address":
        return "|".join(_plain(part) for part in value.split("|"))
    return fold(value) if kind == "person_name" else value


def _plain(words: str) -> str:
    return "".join(c for c in fold(words) if c not in " ,，、.'")
