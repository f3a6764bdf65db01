"""What was heard, as a message in Rasa's form: text, intent, entities, metadata."""

from __future__ import annotations

import json
import re
from typing import Any

from bot.dialogue.heard import Heard
from nlu.understanding import Understanding

_PAYLOAD = re.compile(r"^/([a-z_]+)\s*(\{.*\})?$", re.DOTALL)
FALLBACK = "nlu_fallback"
VALUE_LIMIT = 1000
SURE = 0.85
ENOUGH = 0.2


def compose(heard: Heard, accept: float, in_form: bool) -> dict[str, Any]:
    """The message; its intent's name is None while the words are not understood yet.

    `accept` is the confidence from which an intent is acted on, `in_form` says that a form is active.
    """
    if heard.payload:
        message = parse_payload(heard.payload)
    elif heard.understanding is not None:
        message = _understood(heard.understanding, accept, in_form)
    else:
        message = {"text": heard.text, "intent": _no_intent(), "entities": [], "intent_ranking": []}
    message["entities"] = [*message["entities"], *_shared(heard)]
    message["metadata"] = {
        "attachments": list(heard.attachments),
        "attachment_kinds": list(heard.attachment_kinds),
        "sender_name": heard.sender_name,
        "words": "" if heard.payload else heard.text,
    }
    return message


def _no_intent() -> dict[str, Any]:
    return {"name": None, "confidence": 0.0}


def _understood(understanding: Understanding, accept: float, in_form: bool) -> dict[str, Any]:
    """The message in Rasa's form; an unsure intent gives way to `nlu_fallback`, as Rasa's classifier does.

    Outside a form a fault with its details cannot be meant as mere details: `inform` is left out.
    """
    message = understanding.as_rasa()
    chances = dict(understanding.ranking)
    told = any(e.name in ("symptom", "error_code") and e.confidence >= SURE for e in understanding.entities)
    if not in_form and told and chances.get("report_fault", 0.0) >= ENOUGH:
        rest = {name: chance for name, chance in chances.items() if name != "inform"}
        best = max(rest, key=lambda name: rest[name])
        sure = rest[best] / (1.0 - chances.get("inform", 0.0) or 1.0)
        message["intent"] = {"name": best, "confidence": min(sure, 1.0)}
    if message["intent"]["confidence"] < accept:
        message["intent"] = {"name": FALLBACK, "confidence": 1.0 - message["intent"]["confidence"]}
    return message


def parse_payload(payload: str) -> dict[str, Any]:
    """A button's meaning `/intent{"slot": "value"}` as a parsed message; not in that form: no intent."""
    match = _PAYLOAD.match(payload.strip())
    entities: list[dict[str, Any]] = []
    if match is None:
        return {"text": payload, "intent": _no_intent(), "entities": [], "intent_ranking": []}
    try:
        values = json.loads(match[2] or "{}")
    except ValueError:
        values = {}
    for name, value in values.items() if isinstance(values, dict) else ():
        if not isinstance(value, str | int | float):
            continue
        value = value[:VALUE_LIMIT] if isinstance(value, str) else value
        entities.append({"entity": name, "value": value, "extractor": "payload", "confidence_entity": 1.0})
    intent = {"name": match[1], "confidence": 1.0}
    return {"text": payload, "intent": intent, "entities": entities, "intent_ranking": [intent]}


def _shared(heard: Heard) -> list[dict[str, Any]]:
    """A contact card or a place as entities, so that forms take them like words."""
    found: list[tuple[str, Any]] = []
    if heard.contact is not None:
        found.append(("phone", heard.contact.phone))
        if heard.contact.name:
            found.append(("person_name", heard.contact.name))
    if heard.location is not None:
        found.append(("place", f"{heard.location.latitude:.5f},{heard.location.longitude:.5f}"))
        if heard.location.label:
            found.append(("address", heard.location.label))
    return [{"entity": name, "value": value, "extractor": "channel"} for name, value in found]
