"""Personal data on pages: in full for who has the conversation, else so much as to recognise it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.console.entering import Visitor
from bot.orders.masking import masked_number, masked_phone
from storage import Tx
from storage.inbox import WITH_PEOPLE
from storage.schema import audit, conversations

KEPT_OF_ADDRESS = 6
"""Characters of an address that say about where, not at which door."""
_BETWEEN = re.compile(r"[ \-.·–－()（）\u00a0]")
_NUMBER = re.compile(
    rf"(?<!\d)(?<!SR-)\+?\d(?:{_BETWEEN.pattern}{{0,2}}\d){{6,}}(?!\d)|[零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖]{{7,}}"
)
"""Digits enough to be a telephone number, however spaced, or as many in words; an order's number is none."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How one visitor sees one customer's data; `full`: as it is."""

    full: bool

    def phone(self, value: str | None) -> str:
        """138****1111."""
        return (value or "") if self.full else masked_phone(value)

    def address(self, value: str | None) -> str:
        """The beginning and stars."""
        value = value or ""
        return value if self.full or not value else f"{value[:KEPT_OF_ADDRESS]}****"

    def serial(self, value: str | None) -> str:
        """The last four characters and stars."""
        return (value or "") if self.full else masked_number(value)

    def text(self, value: str | None) -> str:
        """Words with what may be telephone numbers masked."""
        value = value or ""
        return (
            value if self.full else _NUMBER.sub(lambda found: masked_phone(_BETWEEN.sub("", found[0])), value)
        )

    def slot(self, name: str, value: Any) -> Any:
        """What the bot collected under that name, or an order's field."""
        if self.full or not isinstance(value, str):
            return value if self.full or not isinstance(value, list) else [self.slot(name, x) for x in value]
        ways: dict[str, Callable[[str], str]] = {
            "phone": self.phone, "complaint_phone": self.phone, "address": self.address,
            "serial_number": self.serial,
        }  # fmt: skip
        return ways.get(name, self.text)(value)


FULL, MASKED = Seen(full=True), Seen(full=False)
REVEALED = "personal_revealed"
"""The deed in the audit, about `customer:ID`."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose data a visitor sees in full just now."""

    user_id: int
    customers: frozenset[int]
    rules: bool = False

    def of(self, customer_id: int) -> Seen:
        """How they see that customer's data."""
        return FULL if customer_id in self.customers else MASKED

    def shows_files(self, customer_id: int) -> bool:
        """Whether they may see what that customer sent and got: photos cannot be masked."""
        return self.rules or customer_id in self.customers

    def held_by(self, agent_id: int | None) -> Seen:
        """How they see a conversation which that agent has."""
        return FULL if agent_id == self.user_id else MASKED


def numbers_in(text: str) -> list[str]:
    """What may be telephone numbers in the words, as they were written."""
    return [found[0] for found in _NUMBER.finditer(text)]


def sight(tx: Tx, visitor: Visitor, since: datetime) -> Sight:
    """The customers whose conversations they have, and those whose data they had revealed after `since`."""
    user_id = visitor.user.id
    theirs = select(conversations.c.customer_id).where(
        WITH_PEOPLE, conversations.c.owner == "agent", conversations.c.agent_id == user_id
    )
    revealed = select(audit.c.about).where(
        audit.c.user_id == user_id, audit.c.action == REVEALED, audit.c.at > since
    )
    held = set(tx.execute(theirs).scalars())
    shown = {int(one.partition(":")[2]) for one in tx.execute(revealed).scalars()}
    return Sight(user_id, frozenset(held | shown), visitor.user.rules)
