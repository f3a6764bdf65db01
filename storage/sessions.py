"""Who is signed in to the console, and who tries to: only digests of what the browsers hold are kept."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import sessions, sign_in_tries
from storage.users import User

if TYPE_CHECKING:
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that is signed in."""

    id: int
    user_id: int
    address: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    partial: bool
    """The password was right, the code is still wanted."""


@dataclass(frozen=True, slots=True)
class Tries:
    """Failed attempts in a row at one account, or from one address."""

    failures: int
    last_at: datetime
    locked_until: datetime | None


_COLUMNS = [sessions.c[part.name] for part in fields(Session)]
_TRIES = [sign_in_tries.c[part.name] for part in fields(Tries)]


class Sessions:
    """The sessions' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def open(
        self, user_id: int, digest: str, address: str, now: datetime, until: datetime, partial: bool = False
    ) -> int:
        """Remember a browser that signed in; returns the session's id. Those that are over are forgotten."""
        self._tx.execute(delete(sessions).where(sessions.c.expires_at <= now))
        values: dict[str, object] = {
            "digest": digest,
            "user_id": user_id,
            "address": address,
            "partial": partial,
        }
        opened = insert(sessions).values(**values, created_at=now, seen_at=now, expires_at=until)
        return int(self._tx.execute(opened.returning(sessions.c.id)).scalar_one())

    def find(
        self, digest: str, now: datetime, idle: timedelta, partial: bool = False
    ) -> tuple[Session, User] | None:
        """The session of that token and its user; None where it is over or its user may not sign in.

        `partial`: one whose code is still wanted, else one that is whole.
        """
        found = select(*_COLUMNS).where(
            sessions.c.digest == digest, sessions.c.expires_at > now, sessions.c.seen_at > now - idle,
            sessions.c.partial.is_(partial),
        )  # fmt: skip
        row = self._tx.execute(found).one_or_none()
        session = Session(*tuple(row)) if row else None
        user = self._tx.users.get(session.user_id) if session else None
        return (session, user) if session and user and user.active else None

    def seen(self, session_id: int, now: datetime) -> None:
        """Its user did something now."""
        self._tx.execute(update(sessions).where(sessions.c.id == session_id).values(seen_at=now))

    def end(self, session_id: int) -> None:
        """Sign this browser out."""
        self._tx.execute(delete(sessions).where(sessions.c.id == session_id))

    def end_all(self, user_id: int, now: datetime) -> int:
        """Sign the user out everywhere, which open pages hear; how many browsers that were."""
        self._tx.live.note([None], now)
        return self._tx.execute(delete(sessions).where(sessions.c.user_id == user_id)).rowcount

    def open_by_user(self, now: datetime) -> dict[int, int]:
        """In how many browsers each user is signed in."""
        found = select(sessions.c.user_id, func.count()).where(sessions.c.expires_at > now)
        return dict(map(tuple, self._tx.execute(found.group_by(sessions.c.user_id))))

    def tries(self, key: str, now: datetime) -> Tries:
        """The failed attempts under that key, locked until the transaction ends."""
        dialect = postgresql if self._tx.row_locks else sqlite
        none = dialect.insert(sign_in_tries).values(key=key, failures=0, last_at=now)
        self._tx.execute(none.on_conflict_do_nothing())
        found = select(*_TRIES).where(sign_in_tries.c.key == key).with_for_update()
        return Tries(*tuple(self._tx.execute(found).one()))

    def put_tries(self, key: str, tries: Tries) -> None:
        """Write them back."""
        values = {name: getattr(tries, name) for name in ("failures", "last_at", "locked_until")}
        self._tx.execute(update(sign_in_tries).where(sign_in_tries.c.key == key).values(values))

    def forget_tries(self, before: datetime) -> None:
        """Forget failed attempts older than that."""
        self._tx.execute(delete(sign_in_tries).where(sign_in_tries.c.last_at < before))
