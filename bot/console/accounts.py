"""What may be done with users' accounts, by commands and by pages: each deed with its row in the audit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage import Tx
from storage.users import ROLES, User

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
NO_SECOND_FACTOR: dict[str, Any] = {"totp_secret": None, "totp_last": None, "recovery": []}
HIGHEST = ROLES[-1]


class NotDone(ValueError):
    """An account is not made or changed; `word` is a key of `problems`."""

    def __init__(self, word: str) -> None:
        super().__init__(word.replace("_", " "))
        self.word = word


@dataclass(frozen=True, slots=True)
class By:
    """Who does it, from where; nobody is the operator at the command line."""

    user_id: int | None = None
    address: str | None = None


def add(
    tx: Tx, name: str, shown: str, role: str, password: str, by: By, now: datetime, *,
    staff: str = "", once: bool = False,
) -> User:  # fmt: skip
    """Let somebody in with that password's hash; `staff` is their code. Raises NotDone."""
    if not NAME.fullmatch(name):
        raise NotDone("bad_user_name")
    if role not in ROLES:
        raise NotDone("bad_request")
    member = _staff(tx, staff) if staff else None
    user = tx.users.add(name, (shown.strip() or name)[:100], role, password, now, once)
    if user is None:
        raise NotDone("user_name_taken")
    if member is not None:
        tx.users.change(user.id, now, staff_id=member)
    tx.audit.note("user_added", by.user_id, now, about=f"user:{user.id}", address=by.address, role=role)
    return user


def change(tx: Tx, user: User, action: str, by: By, now: datetime, **values: Any) -> None:
    """Change their account; they are signed out everywhere. Raises NotDone for the last administrator."""
    leaves = values.get("role", user.role) != HIGHEST or not values.get("active", user.active)
    if user.role == HIGHEST and user.active and leaves:
        others = [one for one in tx.users.all() if one.role == HIGHEST and one.active and one.id != user.id]
        if not others:
            raise NotDone("last_administrator")
    if values:
        tx.users.change(user.id, now, **values)
    tx.sessions.end_all(user.id, now)
    detail = {"role": values["role"]} if "role" in values else {}
    tx.audit.note(action, by.user_id, now, about=f"user:{user.id}", address=by.address, **detail)


def describe(tx: Tx, user: User, shown: str, staff: str, by: By, now: datetime) -> None:
    """Change what colleagues call them, and which of the staff they are. Raises NotDone."""
    member = _staff(tx, staff, user) if staff else None
    tx.users.change(user.id, now, shown=(shown.strip() or user.name)[:100], staff_id=member)
    about = f"user:{user.id}"
    tx.audit.note("user_described", by.user_id, now, about=about, address=by.address, staff=staff)


def _staff(tx: Tx, code: str, of: User | None = None) -> int:
    member = tx.staff.find(code.strip())
    if member is None or not member.active:
        raise NotDone("no_such_staff")
    if any(one.staff_id == member.id and one != of for one in tx.users.all()):
        raise NotDone("staff_taken")
    return member.id
