"""The state an article's text tells: read past it, or write another."""

from __future__ import annotations

from nlu import front_matter


def with_state(text: str, state: str) -> str:
    """The text with another word behind `state:`; everything else as it was, comments too."""
    begin, end = _span(text)
    return text[:begin] + state + text[end:]


def without_state(text: str) -> str:
    """The text with the state left out, for comparing."""
    return with_state(text, "")


def _span(text: str) -> tuple[int, int]:
    """Where the state's word begins and ends; raises ValueError where there is none."""
    pairs = front_matter.split(text).head.pairs or ()
    node = next((value.node for key, value in pairs if key.text == "state"), None)
    if node is None:
        raise ValueError("the article has no state")
    lines = text.split("\n")
    first, last = node.start_mark.line + 1, node.end_mark.line + 1  # the head begins on the second line
    begin = sum(len(line) + 1 for line in lines[:first]) + node.start_mark.column
    return begin, sum(len(line) + 1 for line in lines[:last]) + node.end_mark.column
