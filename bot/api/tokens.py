"""Tokens of the API: random, and known to the desk only by their hash."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from bot.api.settings import ApiToken
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


class Keyring:
    """The configured tokens."""

    def __init__(self, tokens: Iterable[ApiToken]) -> None:
        self._known = [
            (one.sha256, Caller(one.name, frozenset(one.scopes), Actor(one.role, f"api:{one.name}")))
            for one in tokens
        ]

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
