"""What the console is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.console.door import Guard
from bot.console.entering import Entrance
from bot.console.means import Means
from bot.console.pages import Pages
from bot.console.turnstile import Turnstile


@dataclass(frozen=True, slots=True)
class Parts(Means):
    """Handed to every group of routes."""

    entrance: Entrance
    guard: Guard
    pages: Pages
    by_itself: Turnstile = field(default_factory=Turnstile)
    """What the routes go through that pages ask by themselves."""

    def reveals_since(self) -> datetime:
        """From when on a customer's data, once revealed, is still shown."""
        return self.clock() - timedelta(minutes=self.settings.console.reveal_minutes)
