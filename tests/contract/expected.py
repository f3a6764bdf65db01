"""What the engine alone makes of each script, and which scripts a channel plays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.messages import Reply
from storage.orders import Order
from tests.conftest import NOON
from tests.dialogue.players import Mind, Player
from tests.dialogue.scripts import Script, Turn

LONG_TEXT_BYTES = 300
LONG_TITLE_CHARACTERS = 10
MANY_BUTTONS = 4
VOLATILE_FIELDS = ("since",)


@dataclass(frozen=True, slots=True)
class Step:
    """One turn: the place of the button that is tapped, if one is, and the bubbles that answer."""

    turn: Turn
    tapped: int | None
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """A script with what comes of it; `forms` are the kinds of things that pass through a channel in it."""

    script: Script
    steps: tuple[Step, ...]
    orders: list[dict[str, Any]]
    left: tuple[Any, Any]
    forms: frozenset[str]

    @property
    def kinds(self) -> set[str]:
        """What the customer sends: text, photo, voice …"""
        return {step.turn.kind for step in self.steps}


def expected(mind: Mind, script: Script) -> Expected:
    """Play the script on the engine alone."""
    player, steps, forms = Player(mind, NOON), [], set()
    for turn in script.turns:
        offered = [button["title"] for button in (player.choices or {"buttons": []})["buttons"]]
        player.say(turn.user, turn.kind)
        tapped = offered.index(turn.user) if turn.kind == "text" and turn.user in offered else None
        steps.append(Step(turn, tapped, tuple(player.texts)))
        new = {f"sent {turn.kind}", *_forms(player.replies)}
        new |= {"a tap"} if tapped is not None else set()
        new |= {"a number"} if offered and turn.user.isdigit() else set()
        forms |= {f"{player.conversation.language or 'zh'}: {form}" for form in new}
    orders = [order_of(order) for order in player.tx.orders.rows]
    forms |= {f"{order['kind']} order, {order['priority']}" for order in orders}
    left = (player.conversation.owner, player.conversation.state["loop"])
    return Expected(script, tuple(steps), orders, left, frozenset({*forms, f"owner {left[0]}"}))


def representative(scripts: Iterable[Expected]) -> list[Expected]:
    """Few scripts in which every form occurs that occurs in any: each time the one with most new ones."""
    left = list(scripts)
    missing = {form for script in left for form in script.forms}
    chosen: list[Expected] = []
    while missing:
        best = max(left, key=lambda script: len(script.forms & missing) / (len(script.steps) + 2))
        chosen.append(best)
        missing -= best.forms
    return chosen


def order_of(order: Order) -> dict[str, Any]:
    """What must be equal in an order whatever the channel and the minute."""
    fields = {name: value for name, value in order.fields.items() if name not in VOLATILE_FIELDS}
    return {"kind": order.kind, "status": order.status, "priority": order.priority, "fields": fields}


def _forms(replies: tuple[Reply, ...]) -> Iterator[str]:
    yield f"{min(len(replies), 3)} bubbles"
    for number, reply in enumerate(replies):
        if len(reply.text.encode()) > LONG_TEXT_BYTES:
            yield "long text"
        if "\n" in reply.text:
            yield "lines"
        if reply.image:
            yield f"picture, buttons {bool(reply.buttons)}"
        if reply.ask:
            yield f"ask for {reply.ask}"
        if reply.custom:
            yield "custom"
        if reply.buttons:
            yield "many buttons" if len(reply.buttons) >= MANY_BUTTONS else "few buttons"
            yield f"buttons, last {number == len(replies) - 1}"
        if any(len(button.title) > LONG_TITLE_CHARACTERS for button in reply.buttons):
            yield "long button"
