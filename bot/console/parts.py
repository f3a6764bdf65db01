"""What the console is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.console.door import Guard
from bot.console.entering import Entrance
from bot.console.means import Means
from bot.console.pages import Pages


@dataclass(frozen=True, slots=True)
class Parts(Means):
    """Handed to every group of routes."""

    entrance: Entrance
    guard: Guard
    pages: Pages

    def reveals_since(self) -> datetime:
        """From when on a customer's data, once revealed, is still shown."""
        return self.clock() - timedelta(minutes=self.settings.console.reveal_minutes)
