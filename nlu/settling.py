"""Understanding without the classifier: short answers and messages that are nothing but a detail."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from nlu import yml
from nlu.context import Context
from nlu.entities import order_number, phone, wanted_language
from nlu.language import detect
from nlu.text import fold
from nlu.understanding import Entity, Understanding
from nlu.wishes import names_a_thing, wish

_ANSWERS = Path(__file__).parent / "short_answers.yml"
_LONGEST, _LONGEST_WISH = 48, 96
_PUNCTUATION = re.compile(r"[\s,，。.!！?？~～、;；:：…\"'“”‘’()（）\-]+")


@cache
def _answers() -> tuple[dict[str, str], tuple[str, ...]]:
    content = yml.read(_ANSWERS)
    endings = tuple(_bare(str(e)) for e in content.pop("endings"))
    return {_bare(str(words)): intent for intent, list_ in content.items() for words in list_}, endings


def _bare(text: str) -> str:
    return _PUNCTUATION.sub("", fold(text))


def short_answer(text: str) -> str | None:
    """The intent of a message that is wholly one of the short answers, or None."""
    answers, endings = _answers()
    bare = _bare(text)
    while bare:
        if bare in answers:
            return answers[bare]
        shorter = next((bare[: -len(e)] for e in endings if bare.endswith(e) and len(bare) > len(e)), None)
        if shorter is None:
            return None
        bare = shorter
    return None


def settle(text: str, context: Context) -> Understanding | None:
    """The understanding of a message that needs no classifier, or None.

    That is: a short answer (yes, no, skip, back …), a wish known by its words, or nothing but a phone number
    (`inform`), an order number (`track_order`) or the name of a language (`change_language`).
    """
    if not text or len(text) > _LONGEST_WISH:
        return None
    language = detect(text, context.language)
    if names_a_thing(text) and (meant := _wish(text, context, language)) is not None:
        return meant
    if len(text) > _LONGEST:
        return None
    intent = short_answer(text)
    if intent is not None:
        return _understood(text, intent, (), language)
    for kind, meaning in (
        (order_number, "track_order"),
        (phone, "inform"),
        (wanted_language, "change_language"),
    ):
        found = tuple(kind.find(text, context))
        if len(found) == 1 and found[0].confidence >= 0.8 and not _bare(_without(text, found[0])):
            return _understood(text, meaning, found, language)
    return None


def _wish(text: str, context: Context, language: str) -> Understanding | None:
    """A wish known by its words, whatever order number stands in it."""
    numbers = tuple(order_number.find(text, context))
    intent = wish(_without(text, numbers[0]) if len(numbers) == 1 else text, bool(numbers))
    return _understood(text, intent, numbers, language) if intent else None


def _without(text: str, entity: Entity) -> str:
    return text[: entity.start].rstrip("+(") + text[entity.end :]


def _understood(text: str, intent: str, entities: tuple[Entity, ...], language: str) -> Understanding:
    return Understanding(text, intent, 1.0, ((intent, 1.0),), entities, language, 1.0)
