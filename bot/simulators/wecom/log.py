"""The log that `sync_msg` reads: every account's entries in order, kept for three days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

KEPT = timedelta(days=3)
TOKEN_LIFE = timedelta(minutes=10)
MOST = 1000
WITHOUT_TOKEN_PER_MINUTE = 10  # "strict" is all that WeCom says
BAD_ARGUMENT, BAD_TOKEN, TOO_OFTEN = 40058, 95007, 45009

Entry = dict[str, Any]


class Log:
    """One account's entries; `page` caps how many a call gives, whatever it asks for."""

    def __init__(self, account: str, clock: Callable[[], datetime], random: Random) -> None:
        self.account = account
        self.page = MOST
        self.entries: list[tuple[datetime, Entry]] = []
        self._clock = clock
        self._random = random
        self._tokens: dict[str, datetime] = {}
        self._bare: list[datetime] = []

    def add(self, entry: Entry) -> None:
        """Something has happened."""
        self.entries.append((self._clock(), entry))

    def token(self) -> str:
        """A callback's token, good for ten minutes."""
        token = f"ENC{self._random.getrandbits(96):024x}"
        self._tokens[token] = self._clock() + TOKEN_LIFE
        return token

    def read(self, body: dict[str, Any]) -> tuple[int, list[Entry], str, bool]:
        """sync_msg: error code, entries, next cursor, whether there are more."""
        if code := self._may_read(body.get("token")):
            return code, [], "", False
        limit, cursor = body.get("limit", MOST), body.get("cursor", "")
        if not isinstance(limit, int) or not 1 <= limit <= MOST or not isinstance(cursor, str):
            return BAD_ARGUMENT, [], "", False
        start = self._start(cursor)
        if start is None:
            return BAD_ARGUMENT, [], "", False
        end = min(start + limit, start + self.page, len(self.entries))
        found = [entry for _, entry in self.entries[start:end]]
        return 0, found, self._cursor(end), end < len(self.entries)

    def _may_read(self, token: Any) -> int:
        now = self._clock()
        if token:
            return 0 if self._tokens.get(str(token), now) > now else BAD_TOKEN
        self._bare = [at for at in self._bare if now - at < timedelta(minutes=1)]
        self._bare.append(now)
        return TOO_OFTEN if len(self._bare) > WITHOUT_TOKEN_PER_MINUTE else 0

    def _start(self, cursor: str) -> int | None:
        """Where to read on; without a cursor the oldest of three days, None for a cursor never given out."""
        if not cursor:
            old = self._clock() - KEPT
            return next((n for n, (at, _) in enumerate(self.entries) if at > old), len(self.entries))
        account, _, place = cursor.rpartition("/")
        known = account == self.account and place.isdecimal() and int(place) <= len(self.entries)
        return int(place) if known else None

    def _cursor(self, place: int) -> str:
        return f"{self.account}/{place}"
