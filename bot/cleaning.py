"""Text at the door: what no database, model or screen should have to bear is taken out."""

from __future__ import annotations

import re
import unicodedata

TEXT_LIMIT = 10_000  # characters kept of one message

_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff\u202a-\u202e\u2066-\u2069]")


def clean(text: str, limit: int = TEXT_LIMIT) -> str:
    """The text without control characters, lone surrogates and direction overrides, composed (NFC)."""
    text = _UNWANTED.sub("", text[: limit * 2])
    return unicodedata.normalize("NFC", text)[:limit].strip()
