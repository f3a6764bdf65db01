"""What the console is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.console.door import Guard
from bot.console.entering import Entrance
from bot.console.pages import Pages
from bot.settings import Settings
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
