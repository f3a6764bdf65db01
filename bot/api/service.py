"""What the API's routes work with, and whom they serve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request

from bot.api.problems import ApiProblem, wrong
from bot.api.tokens import Caller
from bot.settings import Settings
from bot.voice import DeskVoice
from handlers.desk import Desk, Terms
from nlu.context import Context
from storage import Store, Tx
from storage.conversations import Conversation


@dataclass(frozen=True, slots=True)
class Service:
    """The desk's parts that the API needs; `desk_for` makes the desk of one request, named by its key."""

    store: Store
    settings: Settings
    voice: DeskVoice
    clock: Callable[[], datetime]
    context_for: Callable[[datetime], Context]
    desk_for: Callable[[Tx, Conversation, str, datetime], Desk]
    terms: Terms


def caller_of(request: Request) -> Caller:
    """Whom the door let in."""
    caller: Caller = request.state.caller
    return caller


Calling = Annotated[Caller, Depends(caller_of)]


def needs(*scopes: str) -> Any:
    """A dependency: the token has all these scopes."""

    def check(caller: Calling) -> None:
        missing = sorted(set(scopes) - caller.scopes)
        if missing:
            raise ApiProblem("not-allowed", f"The token lacks the scope {missing[0]}.")

    return Depends(check)


def _no_parameters(request: Request) -> None:
    for name in request.query_params:
        raise wrong(name, "There is no such parameter here.", "query")


def _each_once(request: Request) -> None:
    given = [name for name, _ in request.query_params.multi_items()]
    for name in given:
        if given.count(name) > 1:
            raise wrong(name, "is given more than once", "query")


ONCE: Any = Depends(_each_once)
"""A dependency: no query parameter comes twice, as only one of the two would count."""
PLAIN: Any = Depends(_no_parameters)
"""A dependency: the operation takes no query parameters, and a misspelt one is told."""
