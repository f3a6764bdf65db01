"""Signatures as Standard Webhooks defines them: HMAC-SHA256 over id, timestamp and body."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

from handlers.webhooks.settings import MARK, key_of

RANDOM_BYTES = 32


def new_secret() -> str:
    """A new secret of 256 random bits."""
    return MARK + base64.b64encode(secrets.token_bytes(RANDOM_BYTES)).decode()


def signature(secret: str, key: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the HMAC in base64."""
    signed = f"{key}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key_of(secret), signed, hashlib.sha256).digest()).decode()


def headers(known: Iterable[str], key: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of one attempt, signed with every known secret."""
    return {
        "content-type": "application/json",
        "webhook-id": key,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(secret, key, timestamp, body) for secret in known),
    }
