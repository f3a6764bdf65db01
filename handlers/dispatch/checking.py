"""Whether the people there are can serve what the rules promise: told before orders find nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import get_args

from handlers.dispatch.people import Person, Role
from handlers.dispatch.settings import DispatchRule, DispatchSettings
from handlers.phrases import Phrase
from handlers.promises.policy import Kind, Region


def problems(people: Iterable[Person], settings: DispatchSettings) -> list[Phrase]:
    """What is wrong with the people's roles, shifts and deputies, and which orders nobody would get."""
    staff = {person.code: person for person in people}
    found = [phrase for person in staff.values() for phrase in _of(person, staff, settings)]
    for row, rule in enumerate(settings.rules, 1):
        found.extend(_unserved(row, rule, [one for one in staff.values() if one.active]))
    if not any(one.active and one.role in settings.supervisors for one in staff.values()):
        found.append(Phrase("no_supervisor"))
    return found


def _of(person: Person, staff: dict[str, Person], settings: DispatchSettings) -> Iterator[Phrase]:
    who = {"who": person.code}
    if person.role not in get_args(Role):
        yield Phrase("unknown_role", {**who, "given": person.role})
    if person.shift is not None and person.shift not in settings.shifts:
        yield Phrase("unknown_shift", {**who, "given": person.shift})
    for kind in sorted(person.kinds - set(get_args(Kind))):
        yield Phrase("unknown_kind", {**who, "given": kind})
    for region in sorted(person.regions - set(get_args(Region))):
        yield Phrase("unknown_region", {**who, "given": region})
    if person.active and person.deputy is None:
        yield Phrase("no_deputy", who)
    elif person.deputy == person.code:
        yield Phrase("own_deputy", who)
    elif person.deputy is not None and (person.deputy not in staff or not staff[person.deputy].active):
        yield Phrase("deputy_gone", {**who, "given": person.deputy})


def _unserved(row: int, rule: DispatchRule, staff: list[Person]) -> Iterator[Phrase]:
    for kind in rule.kind:
        able = [one for one in staff if one.role in rule.roles and (not one.kinds or kind in one.kinds)]
        if not able:
            yield Phrase("nobody_for_kind", {"row": row, "kind": kind})
            continue
        for region in get_args(Region) if rule.own_region and rule.region is None else ():
            if not any(not one.regions or region in one.regions for one in able):
                yield Phrase("nobody_for_region", {"row": row, "kind": kind, "region": region})
