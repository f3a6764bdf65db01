"""Which language the customer gets: asked for, written in, or hinted by the platform, in that order.

Somebody who writes in another language than before is followed at once, inside a form (where a name or an
address may be foreign) with a whole sentence or at the second time; a language asked for stays until another
is asked for.
"""

from __future__ import annotations

from bot.dialogue.exchange import Exchange
from nlu.language import detect, sentence

ASKED, WORDS, HINT = "asked", "words", "hint"
ENOUGH = 2  # letters or Chinese characters that make words of a text


def choose(exchange: Exchange, default: str) -> None:
    """Set the slot `language` for this message."""
    slots, desk = exchange.memory.slots, exchange.desk
    before, source = slots.get("language"), slots.get("language_from")
    if source is None:
        known = desk.customer().language
        before = known or hinted(exchange.heard.language) or default
        source = ASKED if known else HINT
        if before == default and not known and _foreign_greeting(exchange):
            before = "en"
    written = _written(exchange, str(before))
    if source == HINT and written is not None:
        before, source = written, WORDS
    elif source == WORDS and written not in (None, before):
        doubts = int(slots.get("language_doubts") or 0) + 1
        if exchange.memory.loop is None or doubts > 1 or sentence(exchange.heard.text):
            before, doubts = written, 0
        slots["language_doubts"] = doubts
    elif written == before:
        slots["language_doubts"] = None
    slots["language"], slots["language_from"] = before, source


def keep(exchange: Exchange) -> None:
    """Remember the language for the conversation, and for the customer where it is more than a hint."""
    slots, conversation = exchange.memory.slots, exchange.desk.conversation
    if conversation.language != slots["language"]:
        conversation.language = slots["language"]
        if slots["language_from"] != HINT:
            exchange.desk.remember(language=slots["language"])


def _foreign_greeting(exchange: Exchange) -> bool:
    """First words such as "hi" or "hello there" from somebody whose platform gives no hint."""
    text = exchange.heard.text
    letters = [c for c in text if c.isalpha()]
    return (
        not exchange.heard.language
        and len(letters) >= ENOUGH
        and text.isascii()
        and not any(map(str.isdigit, text))
    )


def hinted(platform: str | None) -> str | None:
    """zh or en from a platform's hint such as `zh-hans` or `en_GB`; None for any other."""
    start = (platform or "").lower()[:2]
    return start if start in ("zh", "en") else None


def _written(exchange: Exchange, before: str) -> str | None:
    """The language of the words, where there are enough to tell."""
    text = exchange.heard.text
    if exchange.heard.payload or sum(c.isalpha() for c in text) < ENOUGH or exchange.heard.event:
        return None
    unsaid = "zh" if before == "en" else "en"
    found = detect(text, before)
    return found if found == detect(text, unsaid) else None
