"""Which language the customer gets: asked for, written in, or hinted by the platform, in that order."""

from __future__ import annotations

from bot.dialogue.exchange import Exchange
from nlu.language import detect

ASKED, WORDS, HINT = "asked", "words", "hint"
ENOUGH = 2  # letters or Chinese characters that make words of a text


def choose(exchange: Exchange, default: str) -> None:
    """Set the slot `language` for this message and remember it for the customer when it is new."""
    slots, desk = exchange.memory.slots, exchange.desk
    before, source = slots.get("language"), slots.get("language_from")
    if source is None:
        known = desk.conversation.language or desk.customer().language
        before = known or hinted(exchange.heard.language) or default
        source = ASKED if known else HINT
    written = _written(exchange, str(before))
    if source == HINT and written is not None:
        before, source = written, WORDS
    changed = slots.get("language_from") is None or before != slots.get("language")
    slots["language"], slots["language_from"] = before, source
    if changed and source != HINT:
        desk.remember(language=str(before))
    elif changed:
        desk.conversation.language = str(before)


def hinted(platform: str | None) -> str | None:
    """zh or en from a platform's hint such as `zh-hans` or `en_GB`; None for any other."""
    start = (platform or "").lower()[:2]
    return start if start in ("zh", "en") else None


def _written(exchange: Exchange, before: str) -> str | None:
    """The language of the words, where there are enough to tell."""
    text = exchange.heard.text
    if exchange.heard.payload or sum(c.isalpha() for c in text) < ENOUGH:
        return None
    unsaid = "zh" if before == "en" else "en"
    found = detect(text, before)
    return found if found == detect(text, unsaid) else None
