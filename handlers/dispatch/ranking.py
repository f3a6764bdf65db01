"""The order of those who fit: by role, by the settings' criteria, then longest idle, then code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from handlers.dispatch.decision import Considered
from handlers.dispatch.people import Person
from handlers.dispatch.settings import Criterion
from handlers.phrases import Phrase

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Fit:
    """Somebody who fits, with what their place depends on: smaller is better, but for skills `matched`."""

    person: Person
    role: int
    on_duty: bool
    matched: int
    favour: int
    reasons: tuple[Phrase, ...]


def ranked(fits: Sequence[Fit], order: Sequence[Criterion]) -> list[Considered]:
    """Those who fit, best first, each with by what they stand behind the one before."""
    best_first = sorted(fits, key=lambda one: tuple(value for _, value in _parts(one, order)))
    return [
        Considered(
            one.person.code,
            one.person.name,
            one.person.role,
            place,
            (*one.reasons, *(_behind(best_first[place - 2], one, order) if place > 1 else ())),
        )
        for place, one in enumerate(best_first, 1)
    ]


def called(person: Person | None, code: str) -> str:
    """A person as people write them: name and code."""
    return f"{person.name} ({code})" if person and person.name else code


def _parts(one: Fit, order: Sequence[Criterion]) -> list[tuple[str, object]]:
    load = Fraction(one.person.load, max(one.person.load_limit, 1))
    values = {"skill": -one.matched, "level": one.favour, "shift": not one.on_duty, "load": load}
    return [
        ("role", one.role),
        *((name, values[name]) for name in order),
        ("idle", one.person.idle_since or _NEVER),
        ("code", one.person.code),
    ]


def _behind(before: Fit, own: Fit, order: Sequence[Criterion]) -> tuple[Phrase]:
    pairs = zip(_parts(before, order), _parts(own, order), strict=True)
    name = next(first[0] for first, second in pairs if first[1] != second[1])
    return (Phrase("behind", {"who": called(before.person, before.person.code), "criterion": name}),)
