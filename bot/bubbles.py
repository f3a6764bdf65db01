"""Bubbles: what one turn says, in as few messages as stay readable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bot.messages import Reply

BUBBLE_BYTES = 1800  # a merged bubble fits every channel's text limit (WeChat: 2048 bytes of UTF-8)

QUOTED = "quoted"
"""The part of `Reply.custom` that names the articles whose words are said: [{article, version, …}]."""


def merge(replies: Iterable[Reply]) -> tuple[Reply, ...]:
    """Join texts that follow one another; buttons, images and requests end a bubble."""
    bubbles: list[Reply] = []
    for reply in replies:
        last = bubbles[-1] if bubbles else None
        if last is not None and _open_ended(last) and reply.text and not reply.image:
            text = f"{last.text}\n\n{reply.text}"
            if len(text.encode()) <= BUBBLE_BYTES:
                bubbles[-1] = replace(reply, text=text, custom=_together(last.custom, reply.custom))
                continue
        bubbles.append(reply)
    return tuple(bubbles)


def _open_ended(reply: Reply) -> bool:
    shown = {name for name in reply.custom or () if name != QUOTED}
    return bool(reply.text) and not (reply.buttons or reply.image or reply.ask or shown)


def _together(one: dict[str, Any] | None, other: dict[str, Any] | None) -> dict[str, Any] | None:
    """What two replies carry besides words; what both quote is kept in order."""
    if not one or not other:
        return one or other
    both = {**one, **other}
    if quoted := [*one.get(QUOTED, ()), *other.get(QUOTED, ())]:
        both[QUOTED] = quoted
    return both
