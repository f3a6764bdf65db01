"""Conversation scripts in Rasa's end-to-end test format: read, and checked against what was said."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FOLDER = Path(__file__).parent.parent / "conversations"
_SPECIAL = re.compile(r"^\[(photo|voice|sticker|location|contact)\]\s*(.*)$", re.DOTALL)


STAFF, LATER = "staff", "later"
"""Kinds of turns that are not the customer's: a deed of the staff, time that passes."""
_SPAN = re.compile(r"^(\d+) (minute|hour|day)s?$")


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing the customer or the staff does, or time that passes, and what must come of it."""

    user: str
    kind: str
    expected: tuple[tuple[str, str], ...]
    slots: dict[str, Any] = field(default_factory=dict)
    empty: tuple[str, ...] = ()
    deed: dict[str, Any] = field(default_factory=dict)
    order: dict[str, Any] = field(default_factory=dict)
    """What the customer's newest order must be then."""

    @property
    def span(self) -> timedelta:
        """How much time passes."""
        found = _SPAN.match(self.user)
        if found is None:
            raise ValueError(f"write a time as 25 hours, not {self.user!r}")
        return timedelta(**{f"{found[2]}s": int(found[1])})


@dataclass(frozen=True, slots=True)
class Script:
    """One test case."""

    name: str
    turns: tuple[Turn, ...]

    @property
    def staged(self) -> bool:
        """Whether the staff or the clock have a part in it: it needs a whole desk."""
        return any(turn.kind in (STAFF, LATER) for turn in self.turns)


def load(folder: Path = FOLDER) -> list[Script]:
    """The scripts of customer and bot alone, which the dialogue engine plays."""
    return [script for script in _every(folder) if not script.staged]


def staged() -> list[Script]:
    """The scripts in which the staff and the clock have a part, which channels play."""
    return [script for script in _every(FOLDER) if script.staged]


@cache
def _every(folder: Path) -> list[Script]:
    scripts = []
    for path in sorted(folder.glob("*.yml")):
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
        scripts.extend(
            _script(f"{path.stem}: {case['test_case']}", case["steps"]) for case in content["test_cases"]
        )
    return scripts


def mismatch(turn: Turn, said: list[str], texts: list[str]) -> str | None:
    """What is wrong with the answer to a turn; `said` are the responses' names, `texts` the bubbles."""
    position = 0
    for kind, wanted in turn.expected:
        if kind == "bot":
            if wanted == "" and texts:
                return f"expected silence, got {texts}"
            if wanted not in "\n".join(texts):
                return f"expected the words {wanted!r} in {texts}"
        elif wanted not in said[position:]:
            return f"expected {wanted} in {said[position:]}"
        else:
            position = said.index(wanted, position) + 1
    return None


def _script(name: str, steps: list[dict[str, Any]]) -> Script:
    turns: list[dict[str, Any]] = []
    for step in steps:
        if "user" in step:
            special = _SPECIAL.match(str(step["user"]))
            kind, words = (special[1], special[2]) if special else ("text", str(step["user"]))
            kind = "caption" if kind == "photo" and words else kind
            turns.append({"user": words, "kind": kind})
        elif STAFF in step:
            deed = step[STAFF] if isinstance(step[STAFF], dict) else {"move": step[STAFF]}
            turns.append({"user": str(step[STAFF]), "kind": STAFF, "deed": deed})
        elif LATER in step:
            turns.append({"user": str(step[LATER]), "kind": LATER})
        elif "order" in step:
            turns[-1]["order"] = dict(step["order"])
        elif "utter" in step or "bot" in step:
            kind = "utter" if "utter" in step else "bot"
            turns[-1].setdefault("expected", []).append((kind, str(step[kind])))
        elif "slot_was_set" in step:
            for slots in step["slot_was_set"]:
                turns[-1].setdefault("slots", {}).update(slots)
        elif "slot_was_not_set" in step:
            turns[-1].setdefault("empty", []).extend(step["slot_was_not_set"])
        else:
            raise ValueError(f"{name}: what is {step}?")
    tuples = ({**t, **{key: tuple(t.get(key, ())) for key in ("expected", "empty")}} for t in turns)
    return Script(name, tuple(Turn(**turn) for turn in tuples))
