"""Whose Telegram account is whose: shown by a one-time code sent to the bot in a private chat."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from storage import Tx

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
_COMMAND = re.compile(r"/link(?:@\w{1,64})?(?:\s+(.*))?\Z", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class By:
    """Who did it: a user of the console, from that address, or an operator at the machine (neither)."""

    user_id: int | None = None
    address: str | None = None


def offer(tx: Tx, user_id: int, secrets: Random, now: datetime, minutes: float, by: By = By()) -> str:
    """A new code of the user's, shown this once; only its digest is kept. Earlier ones end."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    tx.telegram_links.offer(user_id, _digest(code), now + timedelta(minutes=minutes))
    tx.audit.note("telegram_code_made", by.user_id, now, about=f"user:{user_id}", address=by.address)
    return "-".join(code[place : place + 4] for place in range(0, LENGTH, 4))


def end(tx: Tx, user_id: int, now: datetime, by: By = By()) -> bool:
    """The user's account is theirs no more, a code not yet used is none; whether there was an account."""
    there_was = tx.telegram_links.end(user_id)
    if there_was:
        tx.audit.note("telegram_unlinked", by.user_id, now, about=f"user:{user_id}", address=by.address)
    return there_was


def code_in(text: str) -> str | None:
    """The code after `/link`, empty where there is none; None where the text is no such command."""
    found = _COMMAND.match(text.strip())
    return (found[1] or "").strip() if found else None


def redeem(tx: Tx, code: str, telegram_id: str, now: datetime) -> str | None:
    """Link the account; the user's name to colleagues, or None where the code is none."""
    user = tx.telegram_links.redeem(_digest(code), telegram_id, now)
    if user is None:
        tx.audit.note("telegram_code_refused", None, now, address=f"telegram:{telegram_id}")
        return None
    tx.audit.note("telegram_linked", user.id, now, about=f"user:{user.id}", address=f"telegram:{telegram_id}")
    return user.shown


def _digest(code: str) -> str:
    plain = "".join(character for character in code.upper() if character in ALPHABET)
    return hashlib.sha256(plain.encode()).hexdigest()
