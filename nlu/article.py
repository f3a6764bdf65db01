"""Articles of the knowledge base: Markdown with YAML front matter, read with the place of every mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from nlu import answer_text, diagnosis, front_matter, placeholders
from nlu.catalogue import Catalogue, in_use
from nlu.diagnosis import Step
from nlu.front_matter import FrontMatterError, Page, Value
from nlu.problem import Problem

__all__ = ["STATES", "Article", "Reading", "parse", "read", "version_key"]

STATES = ("draft", "review", "published", "retired")
LANGUAGES = ("zh", "en")
_REQUIRED = ("id", "title", "language", "questions", "version", "state")
_LISTS = ("questions", "products", "models", "error_codes", "symptoms")
_DATES = ("valid_from", "valid_until")
_KEYS = (*_REQUIRED, *_LISTS, *_DATES, "source", "author", "diagnosis")
_CODES = {"products": "products", "symptoms": "symptoms"}
"""Lists of codes, and the catalogue's section that has them."""
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_VERSION = re.compile(r"\d{1,6}(\.\d{1,6}){0,3}")
_LONGEST = {"title": 120, "questions": 200, "source": 200, "author": 100}

Wrong = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Article:
    """One approved answer; `diagnosis` are steps a customer tries, beginning with the first.

    `id` is the same for the languages of one article; `products`, `symptoms` are codes of the catalogue.
    `answer` is plain text; `pictures` are https addresses, or names of files beside the article.
    """

    id: str
    version: str
    language: str
    title: str
    questions: tuple[str, ...]
    answer: str
    products: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    error_codes: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = ()
    diagnosis: tuple[Step, ...] = ()
    pictures: tuple[str, ...] = ()
    source: str = ""
    author: str = ""
    state: str = "published"
    valid_from: date | None = None
    valid_until: date | None = None

    @property
    def steps(self) -> tuple[str, ...]:
        """The instructions of the diagnosis in the order they are written."""
        return tuple(step.instruction for step in self.diagnosis)

    def step(self, step_id: str) -> Step | None:
        """The step of that id, or None."""
        return next((step for step in self.diagnosis if step.id == step_id), None)

    def valid_on(self, day: date) -> bool:
        """Whether the article may be quoted on that day."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading one file: the article, or what is wrong; `lines` are those of its questions."""

    file: str
    article: Article | None = None
    problems: tuple[Problem, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)
    at: Mapping[str, int] = field(default_factory=dict)
    files: tuple[str, ...] = ()


def read(path: Path) -> tuple[Article | None, list[Problem]]:
    """The article of one file, or what is wrong with it."""
    found = read_file(path, path.name)
    return found.article, list(found.problems)


def read_file(path: Path, name: str, catalogue: Catalogue | None = None) -> Reading:
    """What one file holds; `name` is what messages call it."""
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        return Reading(name, problems=(Problem(name, line, f"expected UTF-8 text: {error.reason}"),))
    except OSError as error:
        return Reading(name, problems=(Problem(name, 1, f"cannot be read: {error.strerror}"),))
    return parse(text, name, path.parent, catalogue)


def parse(text: str, name: str, folder: Path | None = None, catalogue: Catalogue | None = None) -> Reading:
    """What an article's text holds; its pictures are looked for in `folder` where one is given."""
    try:
        page = front_matter.split(text)
    except FrontMatterError as error:
        return Reading(name, problems=(Problem(name, error.line, str(error)),))
    keys, wrong = front_matter.entries(page.head, _KEYS)
    wrong += _check(keys, catalogue or in_use())
    steps: tuple[Step, ...] = ()
    if "diagnosis" in keys:
        steps, more = diagnosis.read(keys["diagnosis"])
        wrong += more
    if not page.body.strip():
        wrong.append((page.last_line, "expected the answer below the front matter"))
    wrong += placeholders.unknown(text)
    wrong += answer_text.wrong(page.body, page.body_line, folder)
    if wrong:
        return Reading(name, problems=tuple(Problem(name, *one) for one in sorted(wrong)))
    lines = {item.text: item.line for item in front_matter.words(keys["questions"]) if item.text}
    at = {key: value.line for key, value in keys.items()}
    return Reading(name, _article(keys, steps, page), (), lines, at, answer_text.files(page.body))


def version_key(version: str) -> tuple[int, ...]:
    """What versions are ordered by: 1.10 comes after 1.9."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _check(keys: dict[str, Value], catalogue: Catalogue) -> Iterator[Wrong]:
    for key in _REQUIRED:
        if key not in keys or keys[key].empty:
            line = keys[key].line if key in keys else 2
            yield line, f"`{key}` is missing; expected {', '.join(_REQUIRED)}"
    for key, value in keys.items():
        if key in _LISTS:
            yield from _check_list(key, value, catalogue)
        elif key != "diagnosis" and not value.empty:
            yield from _check_word(key, value)
    yield from _check_dates(keys)


def _check_list(key: str, value: Value, catalogue: Catalogue) -> Iterator[Wrong]:
    if value.empty:
        return
    if value.items is None:
        yield value.line, f"`{key}`: expected a list of words"
        return
    names = catalogue.known(_CODES[key]) if key in _CODES else {}
    seen: set[str] = set()
    for item in value.items:
        words = item.text
        if not words:
            yield item.line, f"`{key}`: expected a list of words"
        elif words in seen:
            yield item.line, f"`{key}`: `{words}` stands here twice"
        elif names and words not in names:
            near = front_matter.guess(words, names)
            yield item.line, f"`{key}`: the catalogue has no {_CODES[key][:-1]} `{words}`{near}"
        elif len(words) > _LONGEST.get(key, 60):
            yield item.line, f"`{key}`: expected at most {_LONGEST.get(key, 60)} characters"
        seen.add(words or "")


def _check_word(key: str, value: Value) -> Iterator[Wrong]:
    words = value.text
    if words is None:
        yield value.line, f"`{key}`: expected words, not a list or map"
    elif key == "id" and not _ID.fullmatch(words):
        yield value.line, f"`id`: expected small letters, digits and -, found `{words}`"
    elif key == "version" and not _VERSION.fullmatch(words):
        yield value.line, f"`version`: expected a number, e.g. 3 or 2.1, found `{words}`"
    elif key == "language" and words not in LANGUAGES:
        yield value.line, f"`language`: expected one of {', '.join(LANGUAGES)}, found {words}"
    elif key == "state" and words not in STATES:
        yield value.line, f"`state`: expected one of {', '.join(STATES)}, found {words}"
    elif key in _DATES and _day(value) is None:
        yield value.line, f"`{key}`: expected a day, e.g. 2026-03-01, found `{words}`"
    elif len(words) > _LONGEST.get(key, 1000):
        yield value.line, f"`{key}`: expected at most {_LONGEST[key]} characters"


def _check_dates(keys: dict[str, Value]) -> Iterator[Wrong]:
    begin, end = (_day(keys[key]) if key in keys else None for key in _DATES)
    if begin and end and end < begin:
        yield keys["valid_until"].line, f"`valid_until`: expected a day from `valid_from` ({begin}) on"


def _day(value: Value) -> date | None:
    try:
        return date.fromisoformat(value.text or "")
    except ValueError:
        return None


def _article(keys: dict[str, Value], steps: tuple[Step, ...], page: Page) -> Article:
    def word(key: str) -> str:
        return (keys[key].text if key in keys and not keys[key].empty else "") or ""

    lists = {
        key: tuple(item.text or "" for item in front_matter.words(keys[key])) if key in keys else ()
        for key in _LISTS
    }
    return Article(
        id=word("id"),
        version=word("version"),
        language=word("language"),
        title=word("title"),
        questions=lists["questions"],
        answer=answer_text.spoken(page.body),
        products=lists["products"],
        models=lists["models"],
        error_codes=tuple(code.upper() for code in lists["error_codes"]),
        symptoms=lists["symptoms"],
        diagnosis=steps,
        pictures=answer_text.pictures(page.body),
        source=word("source") or word("author"),
        author=word("author"),
        state=word("state"),
        valid_from=_day(keys["valid_from"]) if "valid_from" in keys else None,
        valid_until=_day(keys["valid_until"]) if "valid_until" in keys else None,
    )
