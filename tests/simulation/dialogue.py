"""A small dialogue with a checkable memory: its state is a function of what the customer said, in order."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.dialogue import Heard, NotUnderstoodYet, Outcome
from bot.messages import Button, Reply
from handlers.advice import INTENT, Choice
from handlers.desk import Desk
from handlers.life import may

FORM = "report"
PERSONS = ("queue", "agent")
"""Whose a conversation is while the bot is silent."""


class Poison(Exception):
    """A message that no turn can take."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one message does: the state after it, the bubbles said, and the effects on the desk."""

    state: dict[str, Any]
    owner: str
    bubbles: int
    opens: bool = False
    cancels: bool = False


def step(state: dict[str, Any], owner: str, text: str) -> Step:
    """The rules, without any desk: what the desk must have done is recomputed from them."""
    word, _, rest = text.partition(" ")
    form = state.get("form")
    after = {
        "count": state.get("count", 0) + 1,
        "chain": zlib.crc32(text.encode(), state.get("chain", 0)),
        "form": form,
        "orders": state.get("orders", 0),
        "abandoned": state.get("abandoned", []),
    }
    if owner in PERSONS:
        return Step(after, "bot", 1) if word == "bot" else Step(after, owner, 0)
    if word == "agent":
        return Step(after, "queue", 1)
    if word == "report":
        return Step(after | {"form": 1}, owner, 1)
    if word == "next" and form:
        return Step(after | {"form": form + 1}, owner, 1)
    if word == "confirm" and form:
        return Step(after | {"form": None, "orders": after["orders"] + 1}, owner, 1, opens=True)
    if word == "cancel":
        return Step(after | {"form": None}, owner, 1, cancels=not form and after["orders"] > 0)
    if word == "more":
        return Step(after, owner, int(rest.split()[0]))
    if word == "quiet":
        return Step(after, owner, 0)
    return Step(after, owner, 1)


def abandon(state: dict[str, Any]) -> dict[str, Any]:
    """The state after its form was given up, with a note of when."""
    return {**state, "form": None, "abandoned": [*state["abandoned"], state["count"]]}


def remembered(
    texts: Iterable[str], abandoned: list[int], given: Mapping[int, str]
) -> tuple[dict[str, Any], str, list[Step]]:
    """The state, the owner and the steps after these texts.

    Forms were given up, and people gave the conversation to the owners `given`, after so many of them.
    """
    state: dict[str, Any] = {}
    owner = "bot"
    steps: list[Step] = []
    given_up = Counter(abandoned)
    for text in texts:
        for _ in range(given_up[len(steps)]):
            state = abandon(state)
        owner = given.get(len(steps), owner)
        taken = step(state, "bot" if owner == "closed" else owner, text)
        state, owner = taken.state, taken.owner
        steps.append(taken)
    for _ in range(given_up[len(steps)]):
        state = abandon(state)
    return state, given.get(len(steps), owner), steps


class ScriptedDialogue:
    """Stands where `bot.dialogue.Dialogue` stands."""

    language = "zh"

    def take(self, heard: Heard, state: dict[str, Any], desk: Desk) -> Outcome:
        """Follow the rules; `think` needs the classifier and then advice first, `poison` always fails."""
        if heard.event:
            return Outcome(dict(state))
        word = heard.text.partition(" ")[0]
        if word == "think" and heard.understanding is None:
            raise NotUnderstoodYet
        if word == "think":
            desk.advised(heard.text, Choice(INTENT, {"greet": "say hello"}))
        taken = step(state, desk.owner, heard.text)
        replies = [self._bubble(n, heard.text) for n in range(taken.bubbles)]
        if taken.opens:
            number = desk.open_order("fault", {"said": heard.text}).number
            replies = [Reply(f"order {number}")]
        mine = (order for order in desk.orders() if may(order, "cancel", desk.speaker))
        if taken.cancels and (last := next(mine, None)):
            desk.move(last, "cancel", desk.speaker, "asked")
        if taken.state["form"]:
            desk.keep_draft(FORM)
        else:
            desk.clear_draft()
        if taken.owner == "bot":
            desk.take_back()
        else:
            desk.hand_over()
        if word == "poison":
            raise Poison
        return Outcome(dict(taken.state), tuple(replies))

    def say(self, response: str, language: str, **values: Any) -> Reply:
        """What a scheduled job says."""
        return Reply(f"{response} {language}")

    def resume(self, state: dict[str, Any], desk: Desk) -> Outcome:
        """A person gave the conversation back: nothing more to say than that."""
        return Outcome(dict(state))

    def abandon(self, state: dict[str, Any]) -> dict[str, Any]:
        """The state without its form."""
        return abandon(state)

    def _bubble(self, number: int, text: str) -> Reply:
        return Reply(f"{number} {text}", buttons=(Button("ok", "/affirm"),))
