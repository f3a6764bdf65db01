"""Passwords: hashed with argon2id, checked in the same time whether the user exists or not."""

from __future__ import annotations

import secrets
import threading
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LONGEST = 256
"""Characters of a password that are looked at; longer ones are refused."""
AT_ONCE = 2
"""Hashes computed beside each other: each takes 64 MiB."""
_HASHER = PasswordHasher()
_ROOM = threading.BoundedSemaphore(AT_ONCE)


class PasswordProblem(ValueError):
    """A password that will not do; the message says why."""


def hashed(password: str) -> str:
    """What is kept of a password."""
    with _ROOM:
        return _HASHER.hash(password)


def checked(password: str, shortest: int, name: str) -> str:
    """The password; raises PasswordProblem where it is too easy to guess."""
    if not shortest <= len(password) <= LONGEST:
        raise PasswordProblem(f"a password has {shortest} to {LONGEST} characters")
    if len(set(password)) < 5 or password.casefold() in (name, name * 2, name * 3):
        raise PasswordProblem("that password is too easy to guess")
    return password


def fits(password: str, kept: str | None) -> bool:
    """Whether it is the password of that hash; None (nobody) takes as long."""
    with _ROOM:
        try:
            right = _HASHER.verify(kept or _nobody(), password[:LONGEST])
        except (VerificationError, InvalidHashError):
            return False
    return right and kept is not None and len(password) <= LONGEST


def invented() -> str:
    """A new random password, easy to copy: 100 bits."""
    letters = "abcdefghijkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _HASHER.hash(secrets.token_hex())
