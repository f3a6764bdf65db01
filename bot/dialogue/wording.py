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
from nlu.catalogue import in_use

LANGUAGES = ("zh", "en")
_NAME = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_PRODUCT = re.compile(r'"product": *"([a-z0-9_]+)"')
_EMPTY_LINES = re.compile(r"\n{3,}")


class WordingProblem(Exception):
    """A response is missing or cannot be used; the message names it."""


class Wording:
    """Every response of the domain, ready to be rendered."""

    def __init__(self, responses: Mapping[str, list[dict[str, Any]]]) -> None:
        self._responses = {name: [_Variation(one) for one in many] for name, many in responses.items()}

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
        return _fill(variation.given, known)

    def _matching(self, name: str, slots: Mapping[str, Any], channel: str) -> list[_Variation]:
        try:
            variations = self._responses[name]
        except KeyError:
            raise WordingProblem(f"there is no response {name}") from None
        fitting = [one for one in variations if one.channel in (None, channel) and one.applies(slots)]
        usable = [one for one in fitting if one.channel is not None] or fitting
        most = max((len(one.conditions) for one in usable), default=0)
        return [one for one in usable if len(one.conditions) == most]


class _Variation:
    """One way of saying it; a condition without a value asks for an empty slot."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given
        self.channel: str | None = given.get("channel")
        self.conditions = [(one["name"], _folded(one.get("value"))) for one in given.get("condition") or ()]

    def applies(self, slots: Mapping[str, Any]) -> bool:
        """Whether every condition holds."""
        for name, wanted in self.conditions:
            value = slots.get(name)
            if value in (None, "", []) if wanted is None else _folded(value) == wanted:
                continue
            return False
        return True


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _fill(variation: Mapping[str, Any], known: Mapping[str, Any]) -> Reply:
    custom = dict(variation.get("custom") or {})
    ask = custom.pop("ask", None)
    buttons = tuple(
        Button(fill_line(b["title"], known), _fill_payload(b["payload"], known))
        for b in variation.get("buttons") or ()
        if _offered(b["payload"])
    )
    return Reply(
        text=fill(variation.get("text") or "", known),
        buttons=buttons,
        image=variation.get("image"),
        ask=ask,
        custom=custom or None,
    )


def _offered(payload: str) -> bool:
    """Whether the desk still knows the appliance that the button stands for."""
    named = _PRODUCT.search(payload)
    return named is None or named[1] in in_use().names["products"]


def fill(text: str, known: Mapping[str, Any]) -> str:
    """The text with its names filled in, without the lines that have nothing to say."""
    lines = []
    for line in _lines(text):
        filled = _filled(line, known)
        if len(line) == 1 or any(filled[1::2]):
            lines.append("".join(filled))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def fill_line(line: str, known: Mapping[str, Any]) -> str:
    """One line with its names filled in."""
    return "".join(_filled(_parts(line), known))


@lru_cache(maxsize=2048)
def _lines(text: str) -> list[list[str]]:
    return [_parts(line) for line in text.strip().split("\n")]


@lru_cache(maxsize=2048)
def _parts(line: str) -> list[str]:
    """Words and names in turn: the names stand at the odd places."""
    return _NAME.split(line)


def _filled(parts: list[str], known: Mapping[str, Any]) -> list[str]:
    filled = list(parts)
    for place in range(1, len(parts), 2):
        filled[place] = _words(known.get(parts[place]))
    return filled


def _fill_payload(payload: str, known: Mapping[str, Any]) -> str:
    filled = _filled(_parts(payload), known)
    filled[1::2] = map(_quoted, filled[1::2])
    return "".join(filled)


@lru_cache(maxsize=256)
def _quoted(words: str) -> str:
    """As it stands between quotes in JSON; the buttons of a message say the same again."""
    return json.dumps(words, ensure_ascii=False)[1:-1]


def _words(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_words(item) for item in value)
    return str(value)
