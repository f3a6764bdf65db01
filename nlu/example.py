"""What a file of training data holds: sentences with their intents, and words of their own meaning."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence and the intent it stands for."""

    text: str
    intent: str
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a synonym, lookup or regex section, or one annotated in an example (`annotation`).

    `name` is the section's (for a synonym the value it stands for), or the annotated detail's.
    """

    kind: str
    name: str
    text: str
    file: str = ""
    line: int = 0
    value: str = ""
