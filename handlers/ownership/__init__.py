"""Whose a conversation is: the bot's, the queue's, an agent's, another desk's, or nobody's (G1, G2, G4)."""

from handlers.ownership.moving import (
    BOT,
    CUSTOMER,
    DANGER,
    SETTLING,
    SYSTEM,
    Mover,
    NotMoved,
    check_read,
    may,
    move,
    mover,
    moves,
)
from handlers.ownership.peak import peak
from handlers.ownership.promising import CALLBACK, promise, promised, said_of, told
from handlers.ownership.settings import QueueSettings
from handlers.ownership.snoozing import PRESETS, preset, snooze, wake
from handlers.ownership.taking import Taking
from handlers.ownership.undoing import MOVED_ON, undo
from handlers.ownership.waiting import Place, answered, attended, be, leave, overdue, place, taken_back, wrote

__all__ = [
    "BOT",
    "CALLBACK",
    "CUSTOMER",
    "DANGER",
    "MOVED_ON",
    "PRESETS",
    "SETTLING",
    "SYSTEM",
    "Mover",
    "NotMoved",
    "Place",
    "QueueSettings",
    "Taking",
    "answered",
    "attended",
    "be",
    "check_read",
    "leave",
    "may",
    "move",
    "mover",
    "moves",
    "overdue",
    "peak",
    "place",
    "preset",
    "promise",
    "promised",
    "said_of",
    "snooze",
    "taken_back",
    "told",
    "undo",
    "wake",
    "wrote",
]
