"""What customers made of the knowledge base: ratings of answers, and questions it could not answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from storage.schema import gaps, ratings

if TYPE_CHECKING:
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class Gap:
    """A question without an answer, free of personal data; `product` is what the talk was about."""

    text: str
    language: str
    product: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Rating:
    """Whether an article's version helped somebody."""

    article: str
    version: str
    language: str | None
    helpful: bool
    at: datetime


class Knowledge:
    """The repository of ratings and gaps."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def rate(
        self, article: str, version: str, language: str, helpful: bool, conversation_id: int, now: datetime
    ) -> None:
        """Record whether an answer helped."""
        self._tx.execute(
            insert(ratings),
            {
                "article": article,
                "version": version,
                "language": language,
                "helpful": helpful,
                "conversation_id": conversation_id,
                "at": now,
            },
        )

    def gap(self, text: str, language: str, product: str | None, conversation_id: int, now: datetime) -> None:
        """Record a question without an answer."""
        self._tx.execute(
            insert(gaps),
            {
                "text": text,
                "language": language,
                "product": product,
                "conversation_id": conversation_id,
                "at": now,
            },
        )

    def gaps(self, since: datetime | None = None) -> list[Gap]:
        """The questions without an answer, oldest first; those of people who were erased have no words."""
        found = select(gaps.c.text, gaps.c.language, gaps.c.product, gaps.c.at).order_by(gaps.c.id)
        found = found.where(gaps.c.text != "")
        rows: Sequence[Any] = list(
            self._tx.execute(found if since is None else found.where(gaps.c.at >= since))
        )
        return [Gap(*row) for row in rows]

    def ratings(self, since: datetime | None = None) -> list[Rating]:
        """What customers said of answers, oldest first."""
        columns = (ratings.c.article, ratings.c.version, ratings.c.language, ratings.c.helpful, ratings.c.at)
        found = select(*columns).order_by(ratings.c.id)
        rows: Sequence[Any] = list(
            self._tx.execute(found if since is None else found.where(ratings.c.at >= since))
        )
        return [Rating(*row) for row in rows]
