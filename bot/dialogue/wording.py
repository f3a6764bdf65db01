"""The words of the bot: a domain's `responses:`, chosen by language, channel and slots, and filled in.

A `{name}` in a text stands for a slot or a value given by the action. Values are put in as they are
and never read as templates themselves. A line whose names are all empty is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from zlib import crc32

from bot.messages import Button, Reply

LANGUAGES = ("zh", "en")
_NAME = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class WordingProblem(Exception):
    """A response is missing or cannot be used; the message names it."""


class Wording:
    """Every response of the domain, ready to be rendered."""

    def __init__(self, responses: Mapping[str, list[dict[str, Any]]]) -> None:
        self._responses = dict(responses)

    def __contains__(self, name: str) -> bool:
        return name in self._responses

    def names(self) -> tuple[str, ...]:
        """The responses' names."""
        return tuple(self._responses)

    def render(
        self,
        name: str,
        slots: Mapping[str, Any],
        values: Mapping[str, Any] | None = None,
        *,
        channel: str = "",
        seed: str = "",
    ) -> Reply:
        """The reply in the customer's language (slot `language`); `seed` picks among variations."""
        known = {**slots, **(values or {})}
        variations = self._matching(name, known, channel)
        if not variations:
            raise WordingProblem(f"{name} has no variation for language {known.get('language')!r}")
        variation = variations[crc32(f"{seed}{name}".encode()) % len(variations)]
        return _fill(variation, known)

    def _matching(self, name: str, slots: Mapping[str, Any], channel: str) -> list[dict[str, Any]]:
        try:
            variations = self._responses[name]
        except KeyError:
            raise WordingProblem(f"there is no response {name}") from None
        own = [v for v in variations if v.get("channel") == channel and _applies(v, slots)]
        usable = own or [v for v in variations if "channel" not in v and _applies(v, slots)]
        most = max((len(v.get("condition") or ()) for v in usable), default=0)
        return [v for v in usable if len(v.get("condition") or ()) == most]


def _applies(variation: Mapping[str, Any], slots: Mapping[str, Any]) -> bool:
    """Whether every condition holds; a condition without a value asks for an empty slot."""
    return all(_equal(slots.get(c["name"]), c.get("value")) for c in variation.get("condition") or ())


def _equal(value: Any, wanted: Any) -> bool:
    if wanted is None:
        return value in (None, "", [])
    if isinstance(value, str) and isinstance(wanted, str):
        return value.lower() == wanted.lower()
    return bool(value == wanted)


def _fill(variation: Mapping[str, Any], known: Mapping[str, Any]) -> Reply:
    custom = dict(variation.get("custom") or {})
    ask = custom.pop("ask", None)
    buttons = tuple(
        Button(fill_line(b["title"], known), _fill_payload(b["payload"], known))
        for b in variation.get("buttons") or ()
    )
    return Reply(
        text=fill(variation.get("text") or "", known),
        buttons=buttons,
        image=variation.get("image"),
        ask=ask,
        custom=custom or None,
    )


def fill(text: str, known: Mapping[str, Any]) -> str:
    """The text with its names filled in, without the lines that have nothing to say."""
    lines = []
    for line, names in _lines(text):
        if names and all(_words(known.get(name)) == "" for name in names):
            continue
        lines.append(fill_line(line, known))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


@lru_cache(maxsize=2048)
def _lines(text: str) -> list[tuple[str, list[str]]]:
    """The lines of a text and the names in each."""
    return [(line, _NAME.findall(line)) for line in text.strip().split("\n")]


def fill_line(line: str, known: Mapping[str, Any]) -> str:
    """One line with its names filled in."""
    return _NAME.sub(lambda found: _words(known.get(found[1])), line)


def _fill_payload(payload: str, known: Mapping[str, Any]) -> str:
    return _NAME.sub(lambda found: json.dumps(_words(known.get(found[1])), ensure_ascii=False)[1:-1], payload)


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_words(item) for item in value)
    return str(value)
