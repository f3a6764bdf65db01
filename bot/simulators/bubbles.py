"""What stands in a simulated customer's chat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Author = Literal["customer", "account", "wechat", "servicer"]
Via = Literal["push", "passive", "service", "template"]


@dataclass(frozen=True, slots=True)
class Bubble:
    """One bubble: whose, what, when, and how it came.

    `items` are tappable choices as (id, words); `kind` is text, image, voice, video, location, event,
    menu, template or failure; a failure is what WeChat itself says when the account does not answer.
    """

    number: int
    author: Author
    kind: str
    text: str
    at: datetime
    via: Via
    items: tuple[tuple[str, str], ...] = ()
    media: str = ""

    def as_json(self) -> dict[str, Any]:
        """For the demo page."""
        return {
            "number": self.number,
            "author": self.author,
            "kind": self.kind,
            "text": self.text,
            "at": self.at.isoformat(),
            "via": self.via,
            "items": [{"id": id_, "title": title} for id_, title in self.items],
            "media": self.media,
        }
