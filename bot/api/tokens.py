"""Tokens of the API: random, and known to the desk only by their hash."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from bot.api.settings import ApiSettings
from handlers.life import Actor

MARK = "bxt_"
"""How tokens begin, so that one that leaked is recognised."""
RANDOM_BYTES = 32


@dataclass(frozen=True, slots=True)
class Caller:
    """The program that asks, and what it may do."""

    name: str
    scopes: frozenset[str]
    actor: Actor
    good_until: datetime | None = None
    per_minute: int | None = None


class Keyring:
    """The configured tokens."""

    def __init__(self, settings: ApiSettings, zone: str) -> None:
        self._known = [
            (
                one.sha256,
                Caller(
                    one.name, frozenset(one.scopes), Actor(one.role, f"api:{one.name}"), one.good_until(zone),
                    one.per_minute or settings.per_minute,
                ),
            )
            for one in settings.tokens
        ]  # fmt: skip

    def caller(self, token: str) -> Caller | None:
        """Whose token it is; every known one is compared, in constant time."""
        given, found = digest(token), None
        for known, caller in self._known:
            if hmac.compare_digest(given, known):
                found = caller
        return found


def new_token() -> str:
    """A new token of 256 random bits."""
    return MARK + secrets.token_urlsafe(RANDOM_BYTES)


def digest(token: str) -> str:
    """What is kept of a token. It is random and long, so that a plain hash cannot be searched."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
