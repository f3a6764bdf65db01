"""What a form of the catalogue says, checked field by field before it becomes an entry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.console.catalogue_things import Thing
from nlu.catalogue import of_files
from nlu.changed_catalogue import MODELS, NAMED
from nlu.entities.model import bare
from nlu.own_catalogue import NEEDED, wrong_entry
from nlu.text import fold

LANGUAGES = ("zh", "en")
LONGEST_NAME = 60
LONGEST_WORD = 40
MOST_WORDS = 200
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MODEL = re.compile(r"(?=.*[A-Z])(?=.*\d)[A-Z0-9][A-Z0-9 \-/.+()]{1,39}")
_PREFIX = re.compile(r"[A-Z][A-Z0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with the field of that name: a key of `catalogue.wrong`, and what it is about."""

    name: str
    word: str
    what: Mapping[str, str] = field(default_factory=dict)


class Unfit(Exception):
    """A form that cannot be taken; `problems` has the first of each field."""

    def __init__(self, problems: Sequence[Wrong]) -> None:
        super().__init__(", ".join(one.word for one in problems))
        self.problems = {one.name: one for one in reversed(problems)}


def entry_of(form: Mapping[str, str], sort: str, before: Thing | None) -> dict[str, Any]:
    """The entry that the form describes; what it does not show stays. A new one is known by its names."""
    if sort == MODELS:
        return {}
    names = {language: form[language] for language in LANGUAGES}
    words = _lines(form["words"]) if before else [*names.values(), *_lines(form["words"])]
    entry = {**(before.entry if before else {}), "name": names, "words": _once(map(fold, words))}
    if sort == "products":
        entry["models"] = _once(prefix.upper() for prefix in _lines(form["models"]))
    return entry


def check(sort: str, code: str, entry: Mapping[str, Any], known: Sequence[Thing], new: bool) -> None:
    """Raises Unfit naming each field that will not do; `known` are all entries there are."""
    others = [one for one in known if (one.sort, one.code) != (sort, code) and not one.retired]
    problems = [*_code(sort, code, known, others, new)]
    if sort in NAMED:
        problems += [*_names(entry["name"]), *_words(entry["words"], others)]
    if sort == "products":
        problems += _prefixes(entry.get("models", ()), others)
    if sort in NAMED and not problems:  # the files' own rules have the last word
        for where, _ in wrong_entry(sort, code, entry, of_files().content):
            problems.append(Wrong(where[2] if len(where) > 2 else "code", "unreadable"))
    if problems:
        raise Unfit(problems)


def check_retiring(sort: str, code: str) -> None:
    """Raises Unfit for the entry that the desk cannot do without."""
    if (sort, code) == ("products", NEEDED):
        raise Unfit([Wrong("code", "needed")])


def _code(
    sort: str, code: str, known: Sequence[Thing], others: Sequence[Thing], new: bool
) -> Iterator[Wrong]:
    if not (_MODEL if sort == MODELS else _CODE).fullmatch(code):
        yield Wrong("code", "bad_model" if sort == MODELS else "bad_code")
    elif new and (there := [one for one in known if (one.sort, one.code) == (sort, code)]):
        yield Wrong("code", "code_retired" if there[0].retired else "code_taken", {"code": code})
    elif sort == MODELS:
        same = [one.code for one in others if one.sort == MODELS and bare(one.code) == bare(code)]
        if same:
            yield Wrong("code", "code_taken", {"code": same[0]})


def _names(names: Mapping[str, str]) -> Iterator[Wrong]:
    for language in LANGUAGES:
        if not 1 <= len(names[language]) <= LONGEST_NAME:
            yield Wrong(language, "name_wanted")


def _words(words: Sequence[str], others: Sequence[Thing]) -> Iterator[Wrong]:
    taken = {word: one for one in others if one.sort in NAMED for word in (*one.aliases, *one.beside)}
    if not words or len(words) > MOST_WORDS:
        yield Wrong("words", "words_wanted")
    for word in words:
        if not 2 <= len(word) <= LONGEST_WORD or not any(char.isalpha() for char in word):
            yield Wrong("words", "bad_word", {"word": word})
        elif word in taken:
            yield Wrong("words", "word_taken", {"word": word, "code": taken[word].code})


def _prefixes(prefixes: Sequence[str], others: Sequence[Thing]) -> Iterator[Wrong]:
    taken = {prefix: one.code for one in others for prefix in one.prefixes}
    for prefix in prefixes:
        if not _PREFIX.fullmatch(prefix):
            yield Wrong("models", "bad_prefix", {"word": prefix})
        elif prefix in taken:
            yield Wrong("models", "word_taken", {"word": prefix, "code": taken[prefix]})


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _once(words: Any) -> list[str]:
    return list(dict.fromkeys(words))
