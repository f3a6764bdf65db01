"""The desk of one deed as tests have it: the shipped settings' terms, a knowledge base without articles."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from bot.app import terms_of
from bot.settings import Settings
from handlers.desk import Desk, Terms
from storage import Tx
from storage.conversations import Conversation


class NoArticles:
    """Answers nothing."""

    def diagnosis(self, *_: Any) -> None:
        """No steps for any fault."""

    def search(self, *_: Any) -> list[Any]:
        """No article for any question."""
        return []

    def get(self, *_: Any) -> None:
        """No article of any name."""


@cache
def terms() -> Terms:
    """What desks go by: tables that take a while to read."""
    return terms_of(Settings())


def desk_for(tx: Tx, conversation: Conversation, key: str, now: datetime) -> Desk:
    """The desk of the deed that the key names."""
    return Desk(tx, conversation, NoArticles(), terms(), now, key)  # type: ignore[arg-type]
