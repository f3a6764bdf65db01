"""Which Telegram account is which user's, and the one-time codes by which they show it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from storage.schema import telegram_codes, telegram_links

if TYPE_CHECKING:
    from storage.transaction import Tx
    from storage.users import User


class TelegramLinks:
    """The links' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def offer(self, user_id: int, digest: str, expires_at: datetime) -> None:
        """Keep the digest of a code as the user's only one."""
        self._tx.execute(delete(telegram_codes).where(telegram_codes.c.user_id == user_id))
        values = {"user_id": user_id, "digest": digest, "expires_at": expires_at}
        self._tx.execute(insert(telegram_codes).values(values))

    def redeem(self, digest: str, telegram_id: str, now: datetime) -> User | None:
        """Link the account to the user whose code it is and who is active; the code ends. None: no such code.

        A user has one account, and an account is one user's: what was linked before is not any more.
        """
        used = delete(telegram_codes).where(
            telegram_codes.c.digest == digest, telegram_codes.c.expires_at > now
        )
        user_id = self._tx.execute(used.returning(telegram_codes.c.user_id)).scalar_one_or_none()
        user = self._tx.users.get(int(user_id)) if user_id is not None else None
        if user is None or not user.active:
            return None
        old = (telegram_links.c.user_id == user.id) | (telegram_links.c.telegram_id == telegram_id)
        self._tx.execute(delete(telegram_links).where(old))
        values = {"user_id": user.id, "telegram_id": telegram_id, "linked_at": now}
        self._tx.execute(insert(telegram_links).values(values))
        return user

    def user(self, telegram_id: str) -> User | None:
        """Whose account it is, where they are active; else None."""
        found = select(telegram_links.c.user_id).where(telegram_links.c.telegram_id == telegram_id)
        user_id = self._tx.execute(found).scalar_one_or_none()
        user = self._tx.users.get(int(user_id)) if user_id is not None else None
        return user if user is not None and user.active else None

    def since(self, user_id: int) -> datetime | None:
        """Since when an account is linked with the user's; None: none is."""
        found = select(telegram_links.c.linked_at).where(telegram_links.c.user_id == user_id)
        since: datetime | None = self._tx.execute(found).scalar_one_or_none()
        return since

    def end(self, user_id: int) -> bool:
        """The user's account is theirs no more; whether there was one."""
        self._tx.execute(delete(telegram_codes).where(telegram_codes.c.user_id == user_id))
        gone = delete(telegram_links).where(telegram_links.c.user_id == user_id)
        return self._tx.execute(gone).rowcount > 0
