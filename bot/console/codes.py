"""One-time codes of authenticator apps (RFC 6238: SHA-1, 6 digits, 30 s) and recovery codes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
from collections.abc import Collection
from datetime import datetime
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
DIGITS = 6
AROUND = 1
"""So many steps a phone's clock may be off."""
SECRET_BYTES = 20
RECOVERY_CODES = 10


def new_secret() -> str:
    """A new secret in base32."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def is_secret(text: str) -> bool:
    """Whether it is one as `new_secret` makes them."""
    return len(text) == SECRET_BYTES * 8 // 5 and set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def code(secret: str, step: int) -> str:
    """The code of that step."""
    found = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1)
    at = found[-1] & 15
    number = struct.unpack(">I", found[at : at + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(secret: str, given: str, now: datetime, last: int | None) -> int | None:
    """The step whose code was given; None where it is wrong, too old, or not after `last`."""
    given, current = given.replace(" ", ""), int(now.timestamp()) // STEP_SECONDS
    found = None
    for step in range(current - AROUND, current + AROUND + 1):
        if hmac.compare_digest(code(secret, step).encode(), given.encode()) and (last is None or step > last):
            found = step
    return found


def address(secret: str, user: str, service: str) -> str:
    """What apps read: otpauth://…"""
    told = urlencode({"secret": secret, "issuer": service, "digits": DIGITS, "period": STEP_SECONDS})
    return f"otpauth://totp/{quote(service)}:{quote(user)}?{told}"


def picture(address: str) -> str:
    """The same as a QR picture in the page itself: data:image/png…, dark on light in all colours."""
    import segno

    return str(segno.make(address, error="m", micro=False).png_data_uri(scale=5, border=4))


def new_recovery() -> list[str]:
    """Codes for a lost phone, each good once: 50 bits."""
    letters = "abcdefghijkmnpqrstuvwxyz23456789"
    return [
        "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(2))
        for _ in range(RECOVERY_CODES)
    ]


def recovery_digest(given: str) -> str:
    """What is kept of a recovery code."""
    bare = "".join(c for c in given.casefold() if c.isalnum())
    return hashlib.sha256(bare.encode()).hexdigest()


def without(kept: Collection[str], given: str) -> list[str] | None:
    """The digests that are left once that recovery code is used; None where it is none of them."""
    used = recovery_digest(given)
    return [one for one in kept if one != used] if used in kept else None
