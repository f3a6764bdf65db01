"""Which user of the console is meant by what a provider says: by its id of them, the first time by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.cleaning import clean
from bot.console import accounts
from bot.console.entering import known_as
from bot.console.oidc.provider import OidcProblem
from bot.console.oidc.settings import OidcSettings
from storage import Tx
from storage.users import ROLES, User

SUBJECT = re.compile(r"[ -~]{1,255}")


@dataclass(frozen=True, slots=True)
class Told:
    """What a provider said of somebody. `role`: what their groups give them; None: nothing."""

    issuer: str
    subject: str
    name: str
    shown: str
    role: str | None

    @property
    def kept(self) -> str:
        """By what they are known from the first time on."""
        return f"{self.issuer}#{self.subject}"


def told(claims: Mapping[str, Any], settings: OidcSettings) -> Told:
    """What matters of the claims; raises OidcProblem where the name is missing."""
    subject, name, shown = claims.get("sub"), claims.get(settings.name_claim), claims.get("name")
    if not (isinstance(subject, str) and SUBJECT.fullmatch(subject)):
        raise OidcProblem("oidc_failed", "the claim sub is no text of up to 255 ASCII characters")
    name = known_as(name) if isinstance(name, str) else ""
    if not accounts.NAME.fullmatch(name):
        raise OidcProblem("oidc_nobody", f"the claim {settings.name_claim} is no name as users have here")
    groups = claims.get(settings.roles_claim)
    listed = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
    given = {settings.roles[one] for one in listed if isinstance(one, str) and one in settings.roles}
    role = max(given, key=ROLES.index, default=None)
    words = clean(shown, 100) if isinstance(shown, str) else ""
    return Told(str(settings.issuer), subject, name, words, role)


def joined(tx: Tx, one: Told, roles_rule: bool, password: str, address: str, now: datetime) -> User | None:
    """The user they are, added where roles are given by groups; None where they may not enter.

    `password`: the hash a new user gets, of a password that nobody knows.
    """
    by = accounts.By(None, address)
    user = tx.users.of_subject(one.kept) or tx.users.named(one.name)
    if (
        user is not None
        and user.subject
        and user.subject.startswith(f"{one.issuer}#")
        and user.subject != one.kept
    ):
        return None  # the name was given to somebody else at the provider
    if (roles_rule and one.role is None) or (user is not None and not user.active):
        return None
    if user is None:
        user = _added(tx, one, password, by, now)
    if user is None:
        return None
    if user.subject != one.kept:
        tx.users.change(user.id, now, subject=one.kept)
        tx.audit.note("oidc_joined", user.id, now, about=f"user:{user.id}", address=address)
    if one.role is not None and one.role != user.role:
        try:
            accounts.change(tx, user, "role_changed", by, now, role=one.role)
        except accounts.NotDone:
            pass  # the last administrator stays one
    return tx.users.get(user.id)


def _added(tx: Tx, one: Told, password: str, by: accounts.By, now: datetime) -> User | None:
    if one.role is None:
        return None
    try:
        return accounts.add(tx, one.name, one.shown, one.role, password, by, now)
    except accounts.NotDone:
        return None  # no name as the console's are
