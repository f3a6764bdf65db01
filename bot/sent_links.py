"""Addresses of files that agents sent: signed, so that nobody can make another's, and good for some days."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.settings import Settings
from bot.sheet.links import kept_key

PREFIX = "/sent/"
SIGNATURE_LETTERS = 32
_NAME = re.compile(r"([\w-]{32})\.(\d{8})\.([0-9a-f]{32})", re.ASCII)


@dataclass(frozen=True, slots=True)
class SentLink:
    """Which file of the media folder an address names, and the last day on which browsers get it."""

    file: str
    until: date


class SentLinks:
    """Makes and reads addresses with the service's own key; days are those of `zone`."""

    def __init__(self, key: bytes, zone: ZoneInfo, days: int) -> None:
        self._key = key
        self._zone = zone
        self._days = days

    @classmethod
    def from_settings(cls, settings: Settings) -> SentLinks:
        """As configured; the key lies beside the files, which several machines share."""
        key = kept_key(settings.data_path / "media" / "sent-links.key")
        return cls(key, ZoneInfo(settings.service.zone), settings.console.link_days)

    def address(self, file: str, now: datetime) -> str:
        """Where the file is to be had from now on."""
        until = now.astimezone(self._zone).date() + timedelta(days=self._days)
        named = f"{file}.{until:%Y%m%d}"
        return f"{PREFIX}{named}.{self._signature(named)}"

    def read(self, address: str) -> SentLink | None:
        """What the address names; None for one that is not ours."""
        found = _NAME.fullmatch(address.removeprefix(PREFIX))
        if found is None or not address.startswith(PREFIX):
            return None
        file, day, signature = found.groups()
        if not hmac.compare_digest(signature, self._signature(f"{file}.{day}")):
            return None
        return SentLink(file, date.fromisoformat(day))

    def good(self, link: SentLink, now: datetime) -> bool:
        """Whether browsers still get it."""
        return now.astimezone(self._zone).date() <= link.until

    def _signature(self, named: str) -> str:
        return hmac.new(self._key, named.encode(), hashlib.sha256).hexdigest()[:SIGNATURE_LETTERS]
