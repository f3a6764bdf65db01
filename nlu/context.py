"""What must be known beside the words to understand a message."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from nlu.catalogue import Catalogue, in_use
from nlu.tables import NONE, Tables


@dataclass(frozen=True, slots=True)
class Context:
    """When and where a message was written; `now` is aware, `countries` are tried for bare phone numbers.

    `language` is the conversation's language so far, kept where the text does not tell; `tables` are the
    trainer's own words.
    """

    now: datetime
    zone: str = "Asia/Shanghai"
    countries: tuple[str, ...] = ("CN", "HK", "TW")
    language: str = "zh"
    catalogue: Catalogue = field(default_factory=in_use, repr=False)
    tables: Tables = field(default=NONE, repr=False)

    @property
    def local(self) -> datetime:
        """`now` on the customer's clock."""
        return self.now.astimezone(ZoneInfo(self.zone))
