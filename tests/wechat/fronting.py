"""The real front desk and postman behind a channel, with a dialogue that says what it heard."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

from bot.delays import Delays
from bot.dialogue import Heard, Outcome
from bot.front import FrontDesk
from bot.messages import Button, Reply
from bot.postman import Patience, Postman
from bot.spool import Spool
from bot.turns import Turns
from storage import Store
from tests.desk.conftest import Understands


class Dialogue:
    """Says what it heard; `answer` may be replaced."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.answer: Callable[[Heard], Iterable[Reply]] = lambda heard: [
            Reply(
                f"收到：{heard.text or heard.payload}",
                buttons=(Button("好", "/affirm"), Button("不好", "/deny")),
            )
        ]

    def take(self, heard: Heard, state: dict[str, Any], desk: Any) -> Outcome:
        self.heard.append(heard)
        return Outcome(state, tuple(self.answer(heard)))


def front_desk(
    store: Store, clock: Any, folder: Path, dialogue: Any, desk_for: Callable[..., Any] | None = None
) -> tuple[FrontDesk, Postman]:
    """A front desk whose turns are that dialogue's."""
    postman = Postman(store, Patience(attempts=3, backoff=2.0), clock, Random(1), holder="this")
    understander: Any = Understands()
    delays = Delays(Spool(folder / "spool.jsonl"), {"zh": "稍后"}, lambda delivery: None)
    bare = desk_for or (lambda tx, conversation, message_id, now: SimpleNamespace(opened=[]))
    front: Any = FrontDesk
    turns = Turns(dialogue, bare)
    return front(store, turns, understander, postman, lambda now: None, clock, delays), postman
