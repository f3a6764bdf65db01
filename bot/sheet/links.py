"""Addresses of sheets' pictures: signed, so that nobody can guess another's, and good for some days."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from datetime import date
from pathlib import Path

PREFIX = "/sheets/"
KEY_BYTES = 32
SIGNATURE_LETTERS = 32
_NAME = re.compile(r"(SR-\d{12,16})\.(zh|en)\.(\d{8})\.([0-9a-f]{32})\.png")


@dataclass(frozen=True, slots=True)
class Link:
    """Which sheet an address names, and the last day on which it is shown."""

    number: str
    language: str
    until: date


class SheetLinks:
    """Makes and reads addresses with the service's own key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def address(self, link: Link) -> str:
        """The address of the sheet's picture."""
        named = f"{link.number}.{link.language}.{link.until:%Y%m%d}"
        return f"{PREFIX}{named}.{self._signature(named)}.png"

    def read(self, address: str) -> Link | None:
        """What the address names; None for one that is not ours."""
        found = _NAME.fullmatch(address.removeprefix(PREFIX))
        if found is None or not address.startswith(PREFIX):
            return None
        number, language, day, signature = found.groups()
        if not hmac.compare_digest(signature, self._signature(f"{number}.{language}.{day}")):
            return None
        return Link(number, language, date.fromisoformat(day))

    def _signature(self, named: str) -> str:
        return hmac.new(self._key, named.encode(), hashlib.sha256).hexdigest()[:SIGNATURE_LETTERS]


def kept_key(path: Path) -> bytes:
    """The key in that file, which only its owner can read; made at the first call, whoever comes first."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()
