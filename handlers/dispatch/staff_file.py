"""The operator's file of the staff: read whole, and every mistake told with its line (G4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import yaml
from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from handlers import checks
from handlers.dispatch.checking import problems
from handlers.dispatch.people import Person, Role
from handlers.dispatch.settings import DispatchSettings
from handlers.dispatch.wording import WORDS
from handlers.promises.policy import Kind, Region
from handlers.section import Section
from nlu import yml
from storage.staff import Employee

WARNINGS = ("no_deputy", "nobody_for_kind", "nobody_for_region", "no_supervisor")
"""Problems with which the staff can still be used."""
Lines = Mapping[tuple[str, ...], int]
_Several = BeforeValidator(lambda value: [value] if isinstance(value, str) else value)
_NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$"


class Row(Section):
    """Somebody in the file."""

    code: Annotated[str, Field(pattern=_NAME)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    role: Role
    phone: str | None = None
    regions: Annotated[tuple[Region, ...], _Several] = ()
    skills: Annotated[tuple[Annotated[str, Field(pattern=_NAME)], ...], _Several] = ()
    kinds: Annotated[tuple[Kind, ...], _Several] = ()
    shift: str | None = None
    load_limit: Annotated[int, Field(ge=1, le=1000)] = 10
    deputy: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a file says: people, or mistakes (`line: words`); warnings stand in nobody's way."""

    people: tuple[Employee, ...] = ()
    mistakes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def read(text: str, settings: DispatchSettings, countries: tuple[str, ...], language: str = "en") -> Found:
    """Read the file's text: a list of people under `staff:`."""
    try:
        content, lines = yaml.load(text, yml.Loader), yml.lines(text)  # noqa: S506 - a safe loader
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        return Found(mistakes=(f"{mark.line + 1 if mark else 1}: not valid YAML",))
    if not isinstance(content, dict) or list(content) != ["staff"] or not isinstance(content["staff"], list):
        return Found(mistakes=("1: expected `staff:` with a list of people",))
    rows, mistakes = [], list[tuple[int, str]]()
    for place, given in enumerate(content["staff"]):
        try:
            rows.append((place, TypeAdapter(Row).validate_python(given)))
        except ValidationError as error:
            mistakes += [_mistake(place, one, lines) for one in error.errors()]
    mistakes += _between([(place, row) for place, row in rows], lines, countries)
    people = tuple(_employee(row, countries) for _, row in rows)
    warnings: list[str] = []
    if not mistakes:
        at = {row.code: _line(lines, place) for place, row in rows}
        for phrase in problems([_person(one) for one in people], settings):
            words, line = WORDS.say(phrase, language), at.get(str(phrase.values.get("who")), 0)
            if phrase.name in WARNINGS:
                warnings.append(f"{line}: {words}" if line else words)
            else:
                mistakes.append((line, words))
    told = tuple(f"{line}: {words}" for line, words in sorted(mistakes))
    return Found(mistakes=told) if told else Found(people, warnings=tuple(warnings))


def _between(
    rows: Sequence[tuple[int, Row]], lines: Lines, countries: tuple[str, ...]
) -> Iterator[tuple[int, str]]:
    """What is wrong with a value that its form alone does not tell."""
    seen: dict[str, int] = {}
    for place, row in rows:
        if row.code in seen:
            yield _line(lines, place, "code"), f"{row.code} stands in line {seen[row.code]} already"
        seen.setdefault(row.code, _line(lines, place, "code"))
        if row.phone is not None and checks.phone(row.phone, countries) is None:
            yield _line(lines, place, "phone"), f"'{row.phone}' is no phone number"


def _mistake(place: int, error: Mapping[str, Any], lines: Lines) -> tuple[int, str]:
    where = [str(part) for part in error["loc"]]
    words = "there is no such key" if error["type"] == "extra_forbidden" else str(error["msg"])
    told = f"{'.'.join(where)}: {words.removeprefix('Value error, ')}" if where else words
    return _line(lines, place, *where), told


def _line(lines: Lines, place: int, *where: str) -> int:
    """The line of a value, or of what it stands in."""
    path: tuple[str, ...] = ("staff", str(place), *where)
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _employee(row: Row, countries: tuple[str, ...]) -> Employee:
    phone = checks.phone(row.phone, countries) if row.phone else None
    return Employee(
        row.code, row.name, row.role, phone, list(row.regions), list(row.skills), list(row.kinds),
        row.shift, row.load_limit, row.deputy,
    )  # fmt: skip


def _person(one: Employee) -> Person:
    return Person(
        one.code, one.role, one.name, frozenset(one.kinds), frozenset(one.regions), frozenset(one.skills),
        one.shift, 0, one.load_limit, one.deputy,
    )  # fmt: skip
