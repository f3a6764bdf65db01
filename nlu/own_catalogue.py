"""A maker's own catalogue, laid over the one that comes with the desk: entries added, replaced or removed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from nlu import yml
from nlu.catalogue import BUILTIN, Catalogue
from nlu.problem import Problem
from nlu.text import fold

NAMED = ("products", "brands", "symptoms", "tried")
PATTERNS = ("symptoms", "tried", "urgency")
SECTIONS = (*NAMED, "urgency", "models")
KEYS = {
    "products": ("name", "words", "beside", "models"),
    "brands": ("name", "words", "beside"),
    "urgency": ("words",),
}
NEEDED = "other"
"""The product of what is none of the others."""
_CODE = re.compile(r"[a-z][a-z0-9_]*")
Content = dict[str, Any]


class CatalogueError(ValueError):
    """The file cannot be used; each problem names its line and what is expected."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def laid_over(path: Path) -> Catalogue:
    """The shipped catalogue with the file's entries, by section and code; an entry `null` takes one away.

    Raises CatalogueError. Its sections are those of `nlu/catalogue.yml`; `models` are added.
    """
    try:
        text = path.read_text(encoding="utf-8")
        own, lines = yml.load(text), yml.lines(text)
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError([Problem(path.name, 1, f"cannot be read: {error}")]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "cannot be read"
        raise CatalogueError(
            [Problem(path.name, mark.line + 1 if mark else 1, f"not YAML: {what}")]
        ) from None
    found = [
        Problem(path.name, _line(lines, where), message) for where, message in _wrong(own, yml.read(BUILTIN))
    ]
    if found:
        raise CatalogueError(found)
    return Catalogue.of(merged(yml.read(BUILTIN), own or {}))


def merged(base: Content, own: Content) -> Content:
    """The one with the other's entries over it."""
    base = dict(base)
    for section in (*NAMED, "urgency"):
        entries = {str(code): _folded(section, entry) for code, entry in (own.get(section) or {}).items()}
        whole = {**base[section], **entries}
        base[section] = {code: entry for code, entry in whole.items() if entry is not None}
    return {**base, "models": [*base["models"], *(own.get("models") or [])]}


def _folded(section: str, entry: Content | None) -> Content | None:
    """Literal words as messages are folded; patterns stay as they are."""
    if entry is None or section in PATTERNS:
        return entry
    return {**entry, "words": [fold(str(word)) for word in entry["words"]]}


def _wrong(own: Any, base: Content) -> Iterator[tuple[tuple[str, ...], str]]:
    if own is None:
        return
    if not isinstance(own, dict):
        yield (), f"expected {', '.join(SECTIONS)}"
        return
    for section, entries in own.items():
        if section not in SECTIONS:
            yield (str(section),), f"there is no section `{section}`; expected {', '.join(SECTIONS)}"
        elif section == "models":
            if not _texts(entries):
                yield (section,), "`models`: expected a list of models"
        elif not isinstance(entries, dict):
            yield (section,), f"`{section}`: expected entries by their codes"
        else:
            for code, entry in entries.items():
                yield from wrong_entry(section, str(code), entry, base)


def wrong_entry(
    section: str, code: str, entry: Any, base: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is wrong with an entry, by where it stands."""
    where = (section, code)
    if entry is None:
        if code not in base[section]:
            yield where, f"`{code}` is not in the shipped catalogue, so it cannot be taken away"
        elif (section, code) == ("products", NEEDED):
            yield where, f"`{NEEDED}` is needed and cannot be taken away"
        return
    if not _CODE.fullmatch(code):
        yield where, f"`{code}`: expected a code of small letters, figures and _"
    if not isinstance(entry, dict):
        yield where, f"`{code}`: expected {', '.join(_keys(section))}"
        return
    for key in set(entry) - set(_keys(section)):
        yield (*where, str(key)), f"`{key}` is unknown; expected {', '.join(_keys(section))}"
    if section in NAMED and not _named(entry.get("name")):
        yield (*where, "name"), f"`{code}`: expected a name in zh and en"
    if not _texts(entry.get("words")) or not entry["words"]:
        yield (*where, "words"), f"`{code}`: expected a list of words"
    elif section in PATTERNS:
        yield from _wrong_patterns((*where, "words"), entry["words"])
    if "models" in entry and not _texts(entry["models"]):
        yield (*where, "models"), f"`{code}`: expected a list of what its models begin with"


def _wrong_patterns(where: tuple[str, ...], words: list[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    for at, word in enumerate(words):
        try:
            empty = re.compile(word).match("") is not None
        except re.error as error:
            yield (*where, str(at)), f"`{word}` is no regular expression: {error}"
            continue
        if empty:
            yield (*where, str(at)), f"`{word}` is found everywhere: it fits no text at all"


def _keys(section: str) -> tuple[str, ...]:
    return KEYS.get(section, ("name", "words"))


def _named(name: Any) -> bool:
    return isinstance(name, dict) and all(isinstance(name.get(tongue), str) for tongue in ("zh", "en"))


def _texts(words: Any) -> bool:
    return isinstance(words, list) and all(isinstance(word, str) and word.strip() for word in words)


def _line(lines: Mapping[tuple[str, ...], int], where: tuple[str, ...]) -> int:
    while where and where not in lines:
        where = where[:-1]
    return lines.get(where, 1)
