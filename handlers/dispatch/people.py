"""The people orders are given to, and the facts of an order that decide it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from handlers.promises.policy import Kind, Level, Priority, Region

Role = Literal[
    "engineer", "installer", "support", "specialist", "reviewer", "supervisor", "manager", "agent", "expert"
]
SENIOR = "senior"
"""The skill of those who serve key customers."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may get orders; empty `kinds` and `regions` are all of them."""

    code: str
    role: str
    name: str = ""
    kinds: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    shift: str | None = None
    """A shift's name in the settings; None is always on duty."""
    load: int = 0
    """Open orders."""
    load_limit: int = 10
    deputy: str | None = None
    """The code of the named deputy (AB 角)."""
    active: bool = True
    away: bool = False
    idle_since: datetime | None = None
    """When the last order was given; None is never."""

    @property
    def senior(self) -> bool:
        """Whether they are among those who serve key customers."""
        return SENIOR in self.skills


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What dispatch looks at."""

    number: str
    kind: Kind
    priority: Priority = "normal"
    region: Region = "elsewhere"
    level: Level = "normal"
    severe: bool = False
    """A severe or repeated complaint, or one with a regulator in it."""
    skills: frozenset[str] = frozenset()
    """What the work needs: the product, the brand, a certificate."""
    named: str | None = None
    """The code of the customer's own engineer or clerk."""


@dataclass(frozen=True, slots=True)
class Tried:
    """Somebody who had the order and does not any more."""

    code: str
    why: Literal["declined", "silent"]
    """Said no, or let the time for accepting pass."""
