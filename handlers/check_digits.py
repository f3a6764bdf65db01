"""Check digits of serial numbers: the usual ones, by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def holds(name: str, text: str) -> bool:
    """Whether the check digit in the text is right; signs that are no letters or digits do not count."""
    plain = "".join(sign for sign in text.upper() if sign in _SIGNS)
    return name == "none" or (len(plain) > 1 and CHECKS[name](plain))


def _luhn(text: str) -> bool:
    """The formula of ISO/IEC 7812, annex B, as on bank cards and in IMEI."""
    if not text.isdecimal():
        return False
    doubled = (int(d) * (1 + at % 2) for at, d in enumerate(reversed(text)))
    return sum(n // 10 + n % 10 for n in doubled) % 10 == 0


def _ean(text: str) -> bool:
    """GS1's modulo 10 with weights 3 and 1, as in EAN-13."""
    return text.isdecimal() and sum(int(d) * (1, 3)[at % 2] for at, d in enumerate(reversed(text))) % 10 == 0


def _pure(text: str, modulus: int, radix: int) -> bool:
    """ISO/IEC 7064's pure systems; the last sign of MOD 11-2 may be X for 10."""
    rest = 0
    for at, sign in enumerate(text):
        last = at == len(text) - 1
        value = 10 if modulus == 11 and last and sign == "X" else _SIGNS.index(sign)
        if value >= 10 and not (last and value == 10 and modulus == 11):
            return False
        rest = (rest * radix + value) % modulus
    return rest == 1


def _mod37_36(text: str) -> bool:
    """ISO/IEC 7064's hybrid system for letters and digits."""
    rest = 36
    for sign in text[:-1]:
        rest = (rest + _SIGNS.index(sign)) % 36 or 36
        rest = rest * 2 % 37
    return (rest + _SIGNS.index(text[-1])) % 36 == 1


CHECKS: dict[str, Callable[[str], bool]] = {
    "luhn": _luhn,
    "ean": _ean,
    "mod11_2": partial(_pure, modulus=11, radix=2),
    "mod37_36": _mod37_36,
    "mod97_10": partial(_pure, modulus=97, radix=10),
}
"""By the names that settings use."""
