"""One-time codes 验证码: made, recognised in words, compared; the secret part is kept as a hash only."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from storage.link_codes import LinkCode

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without signs that are taken for each other."""
PREFIX = "LK"
HANDLE, SECRET = 3, 5
"""Signs that find the code, and signs that prove it: 24 million."""
_GROUP = 4
_WRITTEN = re.compile(
    rf"(?<![A-Za-z0-9]){PREFIX}[-\s]?([A-Za-z0-9]{{{_GROUP}}})[-\s]?([A-Za-z0-9]{{{_GROUP}}})(?![A-Za-z0-9])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Code:
    """What the customer sees and types."""

    handle: str
    secret: str

    def __str__(self) -> str:
        signs = self.handle + self.secret
        return f"{PREFIX}-{signs[:_GROUP]}-{signs[_GROUP:]}"


def drawn(random: Random) -> Code:
    """A new code; `random` must not be guessable."""
    signs = "".join(random.choice(ALPHABET) for _ in range(HANDLE + SECRET))
    return Code(signs[:HANDLE], signs[HANDLE:])


def read(text: str) -> Code | None:
    """The code in somebody's words, or None; one that was mistyped is read as it is."""
    found = _WRITTEN.search(text)
    if found is None:
        return None
    signs = (found[1] + found[2]).upper()
    return Code(signs[:HANDLE], signs[HANDLE:])


def kept(code: Code, conversation_id: int, random: Random, now: datetime, lasts: timedelta) -> LinkCode:
    """What is written down of a code."""
    salt = random.randbytes(16).hex()
    return LinkCode(conversation_id, code.handle, salt, _hash(code.secret, salt), now, now + lasts)


def fits(code: Code, known: LinkCode) -> bool:
    """Whether it is that code; takes as long whatever is wrong with it."""
    return hmac.compare_digest(_hash(code.secret, known.salt), known.hash)


def _hash(secret: str, salt: str) -> str:
    return hashlib.sha256(f"{salt}:{secret}".encode()).hexdigest()
