"""Who looks at a conversation just now, and who writes in it: forgotten within a minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import signs

if TYPE_CHECKING:
    from storage.transaction import Tx

CUSTOMER = "customer"
SEEN_FOR = timedelta(seconds=40)
"""An open page says so more often than this."""
WRITES_FOR = timedelta(seconds=10)
"""Whoever types says so more often than this."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Somebody who is there; `user_id` None: the customer."""

    user_id: int | None
    writes: bool


class Signs:
    """The signs' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def show(self, conversation_id: int, who: str, writes: bool, now: datetime) -> bool:
        """They are there on that page, and write or not; whether that is news to others."""
        before = self._told(conversation_id, who, now)
        dialect = postgresql if self._tx.row_locks else sqlite
        values = {"seen_at": now, "writes_at": now if writes else None}
        put = dialect.insert(signs).values(conversation_id=conversation_id, who=who, **values)
        self._tx.execute(put.on_conflict_do_update(index_elements=["conversation_id", "who"], set_=values))
        return self._is_news(conversation_id, who, before, now)

    def leave(self, conversation_id: int, who: str, now: datetime) -> bool:
        """They are on that page no more; whether that is news to others."""
        before = self._told(conversation_id, who, now)
        self._tx.execute(delete(signs).where(signs.c.conversation_id == conversation_id, signs.c.who == who))
        return self._is_news(conversation_id, who, before, now)

    def wrote(self, conversation_id: int) -> None:
        """What the customer typed has come."""
        theirs = (signs.c.conversation_id == conversation_id, signs.c.who == CUSTOMER)
        self._tx.execute(delete(signs).where(*theirs))

    def others(self, conversation_id: int, who: str, now: datetime) -> list[Sign]:
        """Everybody else who is there now, each once."""
        people = self._people(conversation_id, now)
        return [sign for person, sign in people.items() if person != _person(who)]

    def writing(self, ids: Sequence[int], now: datetime) -> dict[int, list[int | None]]:
        """Who writes in which of these conversations just now, the customer (None) first."""
        found = select(signs.c.conversation_id, signs.c.who).where(
            signs.c.conversation_id.in_(ids), signs.c.writes_at > now - WRITES_FOR
        )
        people: dict[int, list[int | None]] = {}
        for room, who in map(tuple, self._tx.execute(found.order_by(signs.c.who))):
            here = people.setdefault(room, [])
            person = None if who == CUSTOMER else int(_person(who))
            if person not in here:
                here.insert(0 if person is None else len(here), person)
        return people

    def _told(self, conversation_id: int, who: str, now: datetime) -> Sign | None:
        """What others are told of whoever that is."""
        return self._people(conversation_id, now).get(_person(who))

    def _is_news(self, conversation_id: int, who: str, before: Sign | None, now: datetime) -> bool:
        told = self._told(conversation_id, who, now)
        if told == before:
            return False
        writing = any(one is not None and one.writes for one in (told, before))  # lists show that
        return writing or bool(self.others(conversation_id, who, now))

    def _people(self, conversation_id: int, now: datetime) -> dict[str, Sign]:
        """Who is there now, on however many pages."""
        found = select(signs.c.who, signs.c.writes_at).where(
            signs.c.conversation_id == conversation_id, signs.c.seen_at > now - SEEN_FOR
        )
        people: dict[str, Sign] = {}
        for who, at in map(tuple, self._tx.execute(found.order_by(signs.c.who))):
            person = _person(who)
            writes = at is not None and at > now - WRITES_FOR
            writes = writes or (person in people and people[person].writes)
            people[person] = Sign(None if person == CUSTOMER else int(person), writes)
        return people

    def forget(self, before: datetime) -> None:
        """Forget who was there before that moment."""
        self._tx.execute(delete(signs).where(signs.c.seen_at < before))


def page_of(user_id: int, page: str) -> str:
    """Who is there, where one person may have several pages open."""
    return f"{user_id}.{page}" if page else str(user_id)


def _person(who: str) -> str:
    return who.partition(".")[0]
