"""The staff of a simulated world: which order somebody takes up, and what they do with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from handlers.life import life, next_moves
from handlers.life.table import Move
from storage.orders import Order

WAITING = ("waiting_for_customer", "waiting_for_parts")
GOALS: Mapping[str, Callable[[Order, Move], bool]] = {
    "": lambda order, move: True,
    "take": lambda order, move: move.name in ("take", "accept"),
    "wait": lambda order, move: order.status not in WAITING and move.target in WAITING,
    "back": lambda order, move: order.status in WAITING and _goes_on(move),
    "resolve": lambda order, move: move.name == "resolve",
    "close": lambda order, move: move.name == "close",
    "again": lambda order, move: move.again,
}
"""What somebody wants of an order; without a goal anything that is possible is done."""


def choose(orders: Sequence[Order], number: int, goal: str) -> tuple[Order, Move] | None:
    """One of the moves that bring one of the orders there, picked by the number; None where none does."""
    wanted = GOALS[goal]
    possible = [
        (order, move) for order in orders for move in next_moves(order, "supervisor") if wanted(order, move)
    ]
    return possible[number % len(possible)] if possible else None


def _goes_on(move: Move) -> bool:
    state = life().states.get(move.target or "")
    return state is not None and not state.paused and not state.final
