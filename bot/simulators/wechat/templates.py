"""Template messages 模板消息 as the simulated platform takes them: keywords, forms, a day's quota."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

PER_DAY = 100_000
REMEMBERED = timedelta(minutes=10)
"""So long the same `client_msg_id` to the same customer is one message."""
UNKNOWN, USED_UP, WRONG = 40037, 45009, 47003
_MOST = {"thing": 20, "const": 20, "keyword": 20, "phrase": 5, "name": 20, "character_string": 32, "time": 32}
_FORMS = {
    "character_string": re.compile(r"[!-~]+"),
    "number": re.compile(r"[0-9]{1,32}"),
    "time": re.compile(r"([0-9]{4}[-年][0-9]{1,2}[-月][0-9]{1,2}日? )?[0-9]{1,2}:[0-9]{2}"),
    "date": re.compile(r"[0-9]{4}[-年][0-9]{1,2}[-月][0-9]{1,2}日?( [0-9]{1,2}:[0-9]{2})?"),
}


class Templates:
    """The account's templates: `known` are the keywords of each by its id."""

    def __init__(self, clock: Callable[[], datetime], per_day: int = PER_DAY) -> None:
        self.known: dict[str, tuple[str, ...]] = {}
        self.per_day = per_day
        self._clock = clock
        self._spent: Counter[str] = Counter()
        self._sent: dict[tuple[str, str], tuple[str, datetime]] = {}

    def refusal(self, body: Mapping[str, Any]) -> int:
        """Why WeChat would not take this message, or 0."""
        keywords, data = self.known.get(str(body.get("template_id"))), body.get("data")
        if keywords is None:
            return UNKNOWN
        if not isinstance(data, Mapping) or set(data) != set(keywords):
            return WRONG
        if not all(
            isinstance(part, Mapping) and _taken(name, part.get("value")) for name, part in data.items()
        ):
            return WRONG
        return USED_UP if self._spent[self._day()] >= self.per_day else 0

    def sent_before(self, body: Mapping[str, Any]) -> str | None:
        """The msgid under which the same was sent just now, or None."""
        msgid, at = self._sent.get(_key(body), (None, self._clock()))
        return msgid if self._clock() - at < REMEMBERED else None

    def take(self, body: Mapping[str, Any], msgid: str) -> None:
        """One more of the day's messages."""
        self._spent[self._day()] += 1
        if body.get("client_msg_id"):
            self._sent[_key(body)] = (msgid, self._clock())

    def _day(self) -> str:
        return f"{self._clock() + timedelta(hours=8):%Y%m%d}"


def written(body: Mapping[str, Any]) -> str:
    """What the customer sees."""
    return "\n".join(f"{name}: {part['value']}" for name, part in body["data"].items())


def _key(body: Mapping[str, Any]) -> tuple[str, str]:
    return str(body["touser"]), str(body.get("client_msg_id"))


def _taken(keyword: str, value: Any) -> bool:
    kind = keyword.rstrip("0123456789")
    if not isinstance(value, str) or not value or len(value) > _MOST.get(kind, 200):
        return False
    form = _FORMS.get(kind)
    return form is None or form.fullmatch(value) is not None
