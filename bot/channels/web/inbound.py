"""What the page posts, checked and turned into the desk's form."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Any

from bot.channels.bodies import BadRequest
from bot.channels.web.history import external_id
from bot.channels.web.refusals import Refusal
from bot.channels.web.words import Catalogue
from bot.cleaning import clean
from bot.messages import Address, Inbound, Location

_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_CHOICE = re.compile(r"[0-9]{1,9}:[0-9]{1,3}")
_KINDS = ("text", "choice", "command", "location", "speak")


def client_id(value: Any) -> str:
    """The client's message id; raises BadRequest unless it is 8–64 letters, digits and hyphens."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise BadRequest(400, "'id' must be 8 to 64 letters, digits or hyphens")
    return value


def language(value: Any) -> str | None:
    """zh, en or None."""
    return value if value in ("zh", "en") else None


def read(body: dict[str, Any], address: Address, now: datetime, catalogue: Catalogue) -> Inbound:
    """One message of the page: exactly one of text, choice, command, location, speak (a language)."""
    message_id = client_id(body.get("id"))
    given = [kind for kind in _KINDS if body.get(kind) is not None]
    if len(given) != 1:
        raise BadRequest(400, f"give exactly one of {', '.join(_KINDS)}")
    spoken = language(body.get("language"))
    return Inbound(
        address=address,
        external_id=external_id(address.peer, message_id),
        sent_at=now,
        language=spoken,
        **_CONTENT[given[0]](body[given[0]], catalogue[spoken or "zh"]),
    )


def _text(value: Any, words: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(value, str):
        raise BadRequest(400, "'text' must be a string")
    text = clean(value)
    if not text:
        raise Refusal(400, "empty")
    if text.startswith("/") and text[1:] in words["commands"]:
        return {"text": text, "payload": text}
    return {"text": text}


def _choice(value: Any, words: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(value, str) or not _CHOICE.fullmatch(value):
        raise BadRequest(400, "'choice' must be <seq>:<index>")
    return {"choice": value}


def _command(value: Any, words: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(value, str) or value not in words["commands"]:
        raise BadRequest(400, "'command' is not one of the page's")
    return {"text": words["commands"][value], "payload": f"/{value}"}


def _speak(value: Any, words: dict[str, Any]) -> dict[str, Any]:
    if language(value) is None:
        raise BadRequest(400, "'speak' must be zh or en")
    return {"text": words["speak"][value], "payload": f'/change_language{{"language": "{value}"}}'}


def _location(value: Any, words: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRequest(400, "'location' must be an object")
    place = Location(_degrees(value, "latitude", 90), _degrees(value, "longitude", 180))
    return {"location": place}


def _degrees(value: dict[str, Any], name: str, limit: int) -> float:
    degrees = value.get(name)
    if isinstance(degrees, bool) or not isinstance(degrees, int | float):
        raise BadRequest(400, f"'{name}' must be a number")
    if not math.isfinite(degrees) or abs(degrees) > limit:
        raise BadRequest(400, f"'{name}' must be between -{limit} and {limit}")
    return float(degrees)


_CONTENT = {"text": _text, "choice": _choice, "command": _command, "location": _location, "speak": _speak}
