"""Our package names are generic: a foreign package of the same name must not be found first."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PACKAGES = ("bot", "nlu", "handlers", "storage", "scheduler")


def shadowed() -> Iterator[str]:
    """One line for each of our packages that is not this project's; imports none of them."""
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        origin = (spec.origin if spec else None) or "nowhere"
        if not origin.startswith(str(PROJECT)):
            yield f"the package {name} is found in {origin}, not in this project"
