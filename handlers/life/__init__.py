"""The life of a service order: one table of legal moves, and the one way to make them (E2)."""

from handlers.life.moving import (
    BOT,
    CUSTOMER,
    SYSTEM,
    Actor,
    Moved,
    Refused,
    Stale,
    check_move,
    may,
    move,
    next_moves,
    opening,
)
from handlers.life.table import Life, LifeProblem, life
from handlers.life.telling import move_and_tell, news, refusal
from handlers.life.words import escalation_line, status_line

__all__ = [
    "BOT",
    "CUSTOMER",
    "SYSTEM",
    "Actor",
    "Life",
    "LifeProblem",
    "Moved",
    "Refused",
    "Stale",
    "check_move",
    "escalation_line",
    "life",
    "may",
    "move",
    "move_and_tell",
    "news",
    "next_moves",
    "opening",
    "refusal",
    "status_line",
]
