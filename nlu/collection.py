"""A folder of articles as a whole: everything that is wrong, and what a trainer should look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nlu import article as articles
from nlu.article import LANGUAGES, Article, Reading
from nlu.catalogue import Catalogue
from nlu.diagnosis import plain
from nlu.problem import Problem

_TOLD_ONE_BY_ONE = 5
"""More articles without one language are told together: the folder is being written in one language first."""


@dataclass(frozen=True, slots=True)
class Collection:
    """The readings of every article file below a folder."""

    readings: tuple[Reading, ...]
    problems: tuple[Problem, ...]

    @property
    def articles(self) -> list[Article]:
        """The articles that could be read."""
        return [one.article for one in self.readings if one.article is not None]

    def warnings(self) -> list[Problem]:
        """What is allowed but rarely meant: repeated questions, a language that is missing, unlike trees."""
        told = [*_repeated(self.readings), *_alone(self.readings), *_unlike(self.readings)]
        return sorted(set(told), key=lambda one: (one.file, one.line, one.message))


def read_folder(folder: Path, catalogue: Catalogue | None = None) -> Collection:
    """Every `.md` file of a folder and below; files are named as seen from the folder."""
    files = sorted(folder.rglob("*.md"))
    readings = tuple(articles.read_file(f, f.relative_to(folder).as_posix(), catalogue) for f in files)
    problems = [problem for one in readings for problem in one.problems]
    if not files:
        problems.append(Problem(str(folder), 1, "expected .md files with articles here"))
    problems += _twins(readings)
    return Collection(readings, tuple(problems))


def _twins(readings: Sequence[Reading]) -> Iterator[Problem]:
    seen: dict[tuple[str, str], str] = {}
    for one in readings:
        if one.article is None:
            continue
        key = (one.article.id, one.article.language)
        if (other := seen.setdefault(key, one.file)) != one.file:
            message = f"article `{key[0]}` in `{key[1]}` stands already in {other}"
            yield Problem(one.file, one.at["id"], message)


def _repeated(readings: Sequence[Reading]) -> Iterator[Problem]:
    """A question of two articles finds only one of them."""
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for one in readings:
        for question, line in one.lines.items() if one.article and one.article.state != "retired" else ():
            assert one.article is not None
            first = seen.setdefault((one.article.language, plain(question)), (one.article.id, one.file))
            if first[0] != one.article.id:
                yield Problem(one.file, line, f"the question “{question}” stands in {first[1]} too")


def _alone(readings: Sequence[Reading]) -> Iterator[Problem]:
    named = [(one, one.article.id) for one in readings if one.article is not None]
    spoken = {(one.article.id, one.article.language) for one in readings if one.article is not None}
    for language in LANGUAGES:
        alone = [(one, name) for one, name in named if (name, language) not in spoken]
        many = len(alone) > _TOLD_ONE_BY_ONE
        others = f" and {len(alone) - 1} more are" if many else " is"
        for one, name in alone[:1] if many else alone:
            yield Problem(one.file, one.at["language"], f"article `{name}`{others} missing in `{language}`")


def _unlike(readings: Sequence[Reading]) -> Iterator[Problem]:
    """The languages of one article should walk the same tree and answer for the same things."""
    first: dict[str, tuple[Article, str]] = {}
    for one in readings:
        if one.article is None:
            continue
        other, file = first.setdefault(one.article.id, (one.article, one.file))
        if _shape(one.article) != _shape(other):
            yield Problem(
                one.file, one.at.get("diagnosis", one.at["id"]), f"`diagnosis` has other steps than in {file}"
            )
        for key in ("products", "models", "symptoms", "error_codes", "version"):
            if getattr(one.article, key) != getattr(other, key):
                line = one.at.get(key, one.at["id"])
                yield Problem(one.file, line, f"`{key}` is not the same as in {file}")


def _shape(one: Article) -> list[tuple[str, tuple[str, ...]]]:
    return [(step.id, step.targets) for step in one.diagnosis]
