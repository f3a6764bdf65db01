"""What customers made of the knowledge base: ratings of answers, and questions it could not answer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert

from storage.schema import gaps, ratings

if TYPE_CHECKING:
    from storage.transaction import Tx


class Knowledge:
    """The repository of ratings and gaps."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def rate(self, article: str, version: str, helpful: bool, conversation_id: int, now: datetime) -> None:
        """Record whether an answer helped."""
        self._tx.execute(
            insert(ratings),
            {
                "article": article,
                "version": version,
                "helpful": helpful,
                "conversation_id": conversation_id,
                "at": now,
            },
        )

    def gap(self, text: str, language: str, conversation_id: int, now: datetime) -> None:
        """Record a question without an answer."""
        self._tx.execute(
            insert(gaps),
            {"text": text, "language": language, "conversation_id": conversation_id, "at": now},
        )
