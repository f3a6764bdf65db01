"""Which role has which right, and which right each page needs: one table (`rights.yml`), read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from nlu import yml
from storage.users import ROLES

TABLE = Path(__file__).with_suffix(".yml")
OPEN, OWN = "open", "own"
"""The rights of pages that need no signing in, and of those about one's own account."""


def has(role: str, right: str) -> bool:
    """Whether users of that role have the right."""
    return right in _roles()[role]


def opens(role: str, path: str) -> bool:
    """Whether users of that role may open the page at that route."""
    right = needed("GET", path)
    return right is not None and (right == OPEN or has(role, right))


def every() -> list[str]:
    """All rights, those of the lower roles first."""
    table = yml.read(TABLE)["roles"]
    return [right for more in table.values() for right in more]


def needed(method: str, path: str) -> str | None:
    """The right that a route needs; None where the table does not know the route."""
    return pages().get(f"{'GET' if method == 'HEAD' else method} {path}")


@cache
def pages() -> dict[str, str]:
    """The right of each route, by method and path; raises ValueError for a mistake in the table."""
    known = {OPEN, *_roles()[ROLES[-1]]}
    found: dict[str, str] = {}
    for subject, rights in yml.read(TABLE)["pages"].items():
        for right, routes in rights.items():
            if right not in known:
                raise ValueError(f"{TABLE.name}: {subject}: no role has the right {right}")
            for route in routes:
                if found.setdefault(route, right) != right:
                    raise ValueError(f"{TABLE.name}: {subject}: {route} needs two rights")
    return found


@cache
def _roles() -> dict[str, frozenset[str]]:
    table = yml.read(TABLE)["roles"]
    if tuple(table) != ROLES:
        raise ValueError(f"{TABLE.name}: the roles are {', '.join(ROLES)}, in this order")
    found: dict[str, frozenset[str]] = {}
    so_far: frozenset[str] = frozenset()
    for role, more in table.items():
        found[role] = so_far = so_far | frozenset(more)
    return found
