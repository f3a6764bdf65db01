"""The section `webhooks` of the settings."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Mapping
from typing import Annotated, Literal, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator

from handlers.section import Section

EventType = Literal[
    "order.opened",
    "order.moved",
    "complaint.registered",
    "survey.answered",
    "customer.joined",
    "customer.parted",
]
PERSONAL = "customers:read"
MARK = "whsec_"
"""How secrets begin, as Standard Webhooks writes them."""


def _url(words: str) -> str:
    parts = urlsplit(words)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be a whole http:// or https:// address")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("must not carry a user, a password or a fragment")
    _ = parts.port  # raises ValueError where it is none
    try:
        address = ipaddress.ip_address(parts.hostname)
    except ValueError:
        return words
    plain = getattr(address, "ipv4_mapped", None) or address
    if plain.is_link_local or plain.is_multicast or plain.is_unspecified:
        raise ValueError(f"{parts.hostname} is no address of a receiver")
    return words


def key_of(secret: str) -> bytes:
    """The key behind a secret; raises ValueError."""
    try:
        key = base64.b64decode(secret.removeprefix(MARK), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(MARK) or not 24 <= len(key) <= 64:
        raise ValueError(f"must be {MARK} and 24 to 64 bytes in base64: python -m bot webhooks new")
    return key


class Receiver(Section):
    """One program that is told: where, signed with what, of which events, and how much of the customer."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,30}$")]
    url: Annotated[str, AfterValidator(_url)]
    secret: SecretStr
    old_secret: SecretStr | None = None
    events: tuple[EventType, ...] = get_args(EventType)
    scopes: tuple[Literal["orders:read", "customers:read"], ...] = ("orders:read",)

    @field_validator("secret", "old_secret")
    @classmethod
    def _a_key(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None:
            key_of(secret.get_secret_value())
        return secret

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets that sign: the new one first, while the old one is still known."""
        return tuple(one.get_secret_value() for one in (self.secret, self.old_secret) if one is not None)

    @property
    def personal(self) -> bool:
        """Whether it may know who the customer is."""
        return PERSONAL in self.scopes


class WebhookSettings(Section):
    """Who is told, and how patiently."""

    receivers: tuple[Receiver, ...] = ()
    attempts: Annotated[int, Field(ge=1, le=50)] = 12
    backoff_seconds: Annotated[float, Field(gt=0)] = 5
    backoff_limit_seconds: Annotated[float, Field(gt=0)] = 21_600
    timeout_seconds: Annotated[float, Field(gt=0, le=30)] = 10
    parallel: Annotated[int, Field(ge=1, le=64)] = 8
    keep_days: Annotated[int, Field(ge=1)] = 30

    @field_validator("receivers")
    @classmethod
    def _once(cls, receivers: tuple[Receiver, ...]) -> tuple[Receiver, ...]:
        names = [one.name for one in receivers]
        if len(set(names)) < len(names):
            raise ValueError("two receivers have the same name")
        return receivers

    @property
    def by_name(self) -> Mapping[str, Receiver]:
        """The receivers by their names."""
        return {one.name: one for one in self.receivers}
