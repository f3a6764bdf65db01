"""Forms as pages send them: only fields that are known, each within bounds."""

from __future__ import annotations

from collections.abc import Collection, Mapping

LARGEST_ID = 2**62
"""No row has a higher number."""
ALWAYS = ("csrf", "next")
"""Fields of every form."""


class BadForm(ValueError):
    """A form that cannot be taken; `word` is a key of `problems`."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


def strict(form: Mapping[str, str], known: Collection[str], longest: int = 500) -> dict[str, str]:
    """The form's known fields without blanks around, absent ones empty; raises BadForm for any other."""
    if not set(form) <= {*known, *ALWAYS}:
        raise BadForm("unexpected_field")
    found = {name: form.get(name, "").strip() for name in known}
    if any(len(value) > longest for value in found.values()):
        raise BadForm("too_much")
    return found


def reason(value: str) -> str:
    """Why, for the record; raises BadForm where it says too little or too much."""
    if not 3 <= len(value) <= 500:
        raise BadForm("reason_wanted")
    return value


def row_id(value: str) -> int | None:
    """The number of a row; None where it can be none."""
    return int(value) if value.isascii() and value.isdecimal() and 0 < int(value[:20]) < LARGEST_ID else None
