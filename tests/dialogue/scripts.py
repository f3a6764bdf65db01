"""Conversation scripts in Rasa's end-to-end test format: read, and checked against what was said."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent.parent / "conversations"
_SPECIAL = re.compile(r"^\[(photo|voice|sticker|location|contact)\]\s*(.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing the customer does, and what must come of it."""

    user: str
    kind: str
    expected: tuple[tuple[str, str], ...]
    slots: dict[str, Any] = field(default_factory=dict)
    empty: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """One test case."""

    name: str
    turns: tuple[Turn, ...]


def load(folder: Path = FOLDER) -> list[Script]:
    """Every test case of a folder, by default `tests/conversations`."""
    scripts = []
    for path in sorted(folder.glob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
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
            turns.append({"user": words, "kind": kind, "expected": [], "slots": {}, "empty": []})
        elif "utter" in step or "bot" in step:
            kind = "utter" if "utter" in step else "bot"
            turns[-1]["expected"].append((kind, str(step[kind])))
        elif "slot_was_set" in step:
            for slots in step["slot_was_set"]:
                turns[-1]["slots"].update(slots)
        elif "slot_was_not_set" in step:
            turns[-1]["empty"].extend(step["slot_was_not_set"])
        else:
            raise ValueError(f"{name}: what is {step}?")
    return Script(
        name,
        tuple(Turn(**{**t, "expected": tuple(t["expected"]), "empty": tuple(t["empty"])}) for t in turns),
    )
