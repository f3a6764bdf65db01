"""What the console is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.console.door import Guard
from bot.console.entering import Entrance
from bot.console.pages import Pages
from bot.settings import Settings
from bot.voice import DeskVoice
from handlers.ownership import Taking
from storage import Store


@dataclass(frozen=True, slots=True)
class Parts:
    """Handed to every group of routes."""

    store: Store
    settings: Settings
    clock: Callable[[], datetime]
    entrance: Entrance
    guard: Guard
    pages: Pages
    voice: DeskVoice
    wake: Callable[[str, str], None]
    """Tells the postman of a channel and account that something waits."""

    taking: Taking
    """Who may take which conversation."""

    def reveals_since(self) -> datetime:
        """From when on a customer's data, once revealed, is still shown."""
        return self.clock() - timedelta(minutes=self.settings.console.reveal_minutes)
