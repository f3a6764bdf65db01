"""Canned replies: those a new desk begins with, and the names in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from nlu import yml
from storage import Tx

SHIPPED = Path(__file__).with_suffix(".yml")
NAMES = ("customer", "order", "agent")
"""What may stand in braces."""
SHORTCUT = re.compile(r"[\w-]{1,32}")
_NAME = re.compile(r"\{([a-z_]+)\}")


def ship(tx: Tx, now: datetime) -> None:
    """Keep the shipped replies, where there never were any."""
    if not tx.canned.any():
        shipped = yml.read(SHIPPED).items()
        tx.canned.ship(
            [(key, language, "", text) for key, said in shipped for language, text in said.items()], now
        )


def filled(text: str, known: Mapping[str, str]) -> str:
    """The text with the names that are known; the others stay in their braces."""
    return _NAME.sub(lambda found: known.get(found[1]) or found[0], text)


def unfilled(text: str) -> list[str]:
    """Names that still stand in braces."""
    return list(dict.fromkeys(name for name in _NAME.findall(text) if name in NAMES))


def unknown(text: str) -> list[str]:
    """Names in braces that nothing will ever fill; a reply with one is not kept."""
    return [name for name in _NAME.findall(text) if name not in NAMES]
