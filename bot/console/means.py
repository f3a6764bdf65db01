"""What users' deeds need and who does them, on the console's pages or at another desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.settings import Settings
from bot.voice import DeskVoice
from handlers.desk import Desk
from handlers.ownership import Taking
from storage import Store, Tx
from storage.conversations import Conversation
from storage.users import User

DeskFor = Callable[[Tx, Conversation, str, datetime], Desk]
"""Makes the desk of one deed; the key names the deed, so that it is done once."""


@dataclass(frozen=True, slots=True)
class Means:
    """By what deeds are done."""

    store: Store
    settings: Settings
    clock: Callable[[], datetime]
    voice: DeskVoice
    wake: Callable[[str, str], None]
    """Tells the postman of a channel and account that something waits."""

    taking: Taking
    """Who may take which conversation."""

    desk_for: DeskFor


class Doer(Protocol):
    """Who does it, and from where, for the audit."""

    @property
    def user(self) -> User: ...

    @property
    def address(self) -> str: ...
