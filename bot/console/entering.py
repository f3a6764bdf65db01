"""Signing in and out: attempts are counted before the password is looked at, so that none is free."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.console import codes, rights
from bot.console.settings import ConsoleSettings
from storage import Store, Tx
from storage.sessions import Session, Tries
from storage.users import User

FORGOTTEN_AFTER = timedelta(days=1)
CODE_WITHIN = timedelta(minutes=5)
"""How long after the password the one-time code may be given."""
SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is kept when somebody was last active."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A sign-in: the token goes to the browser and is kept nowhere else. `partial`: the code is wanted."""

    user: User
    token: str
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Shut:
    """No sign-in: the name or password is wrong, or too many were; `wait` seconds until the next try."""

    wait: int = 0


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: a user by one of their sessions."""

    user: User
    session: Session
    csrf: str
    wanted: str | None = None
    """What their account lacks before all else: password, second_factor."""

    @property
    def address(self) -> str:
        """The network address they come from."""
        return self.session.address

    def may(self, right: str) -> bool:
        """Whether they have that right of `rights.yml`."""
        return rights.has(self.user.role, right)


class Entrance:
    """Lets people in; `clock` is the time."""

    def __init__(self, store: Store, settings: ConsoleSettings, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock

    async def enter(self, name: str, password: str, address: str) -> Entered | Shut:
        """Sign in; the same answer, in the same time, for a wrong password and for nobody of that name."""
        from bot.console.passwords import fits

        now, name = self._clock(), known_as(name)
        keys = {
            _key("user", name): self._settings.sign_in_failures,
            _key("from", address): self._settings.address_failures,
        }
        user = await self._store.transact(lambda tx: self._tried(tx, keys, name, now))
        if isinstance(user, Shut):
            return user
        right = await asyncio.to_thread(fits, password, user.password if user and user.active else None)
        if user is None or not right:
            who = user.id if user else None
            await self._store.transact(lambda tx: tx.audit.note("sign_in_failed", who, now, address=address))
            return Shut()
        token = secrets.token_urlsafe(32)
        known = user
        return await self._store.transact(lambda tx: self._let_in(tx, keys, known, token, address, now))

    async def shut_out(self, address: str) -> int:
        """How many seconds nobody may sign in from that address; 0: anybody may try."""
        now, key = self._clock(), _key("from", address)
        return await self._store.read(lambda tx: _locked([tx.sessions.tries(key, now)], now))

    async def refused(self, address: str, by: str) -> None:
        """A sign-in by way of another service did not do: counted for the address, and on record."""
        now, key, limit = self._clock(), _key("from", address), self._settings.address_failures

        def work(tx: Tx) -> None:
            tx.sessions.put_tries(key, self._one_more(tx.sessions.tries(key, now), limit, now))
            tx.audit.note("sign_in_failed", None, now, address=address[:64], by=by)

        await self._store.transact(work)

    async def vouched(self, who: Callable[[Tx], User | None], address: str, by: str) -> Entered | Shut:
        """Sign in whoever another service vouches for; a lock or a second factor of theirs holds here too."""
        now, token, source = self._clock(), secrets.token_urlsafe(32), _key("from", address)

        def work(tx: Tx) -> Entered | Shut:
            user = who(tx)
            if user is None:
                return Shut()
            keys = {_key("user", user.name): 0, source: 0}
            wait = _locked([tx.sessions.tries(key, now) for key in sorted(keys)], now)
            return Shut(wait) if wait else self._let_in(tx, keys, user, token, address, now, by)

        return await self._store.transact(work)

    async def visitor(self, token: str, partial: bool = False) -> Visitor | None:
        """Whose token it is; None where it is nobody's, or the session is over.

        `partial`: of one whose one-time code is still wanted.
        """
        now = self._clock()
        idle = timedelta(minutes=self._settings.idle_minutes)
        found = await self._store.read(lambda tx: tx.sessions.find(digest(token), now, idle, partial))
        return Visitor(found[1], found[0], csrf_of(token), self._wanted(found[1])) if found else None

    def _wanted(self, user: User) -> str | None:
        if user.once:
            return "password"
        lacks = user.totp_secret is None and user.role in self._settings.second_factor_roles
        return "second_factor" if lacks else None

    async def complete(self, visitor: Visitor, given: str) -> Entered | Shut:
        """Sign in whole by a one-time or recovery code; none is taken twice, tries are counted."""
        now, key, user_id = self._clock(), _key("code", str(visitor.user.id)), visitor.user.id

        def work(tx: Tx) -> Entered | Shut:
            tried = self._tried(tx, {key: self._settings.sign_in_failures}, visitor.user.name, now)
            user = tx.users.get(user_id, lock=True)
            if isinstance(tried, Shut) or user is None or user.totp_secret is None:
                return tried if isinstance(tried, Shut) else Shut()
            step = codes.step_of(user.totp_secret, given, now, user.totp_last)
            left = None if step is not None else codes.without(user.recovery, given)
            if step is None and left is None:
                tx.audit.note("code_wrong", user_id, now, address=visitor.address)
                return Shut()
            spent = {"totp_last": step} if left is None else {"recovery": left}
            tx.users.change(user_id, now, **spent)
            tx.sessions.put_tries(key, Tries(0, now, None))
            tx.sessions.end(visitor.session.id)
            token = secrets.token_urlsafe(32)
            until = now + timedelta(hours=self._settings.session_hours)
            tx.sessions.open(user_id, digest(token), visitor.address, now, until)
            by = "code" if left is None else "recovery_code"
            tx.audit.note("signed_in", user_id, now, address=visitor.address, by=by)
            return Entered(user, token)

        return await self._store.transact(work)

    async def active(self, visitor: Visitor) -> None:
        """They did something: the session goes on."""
        now = self._clock()
        if now - visitor.session.seen_at >= SEEN_EVERY:
            await self._store.transact(lambda tx: tx.sessions.seen(visitor.session.id, now))

    async def proves(self, visitor: Visitor, password: str) -> bool | Shut:
        """Whether it is the visitor's own password; tries are counted as those of signing in are."""
        from bot.console.passwords import fits

        now, user, key = self._clock(), visitor.user, _key("proof", str(visitor.user.id))
        tried = await self._store.transact(
            lambda tx: self._tried(tx, {key: self._settings.sign_in_failures}, user.name, now)
        )
        if isinstance(tried, Shut):
            return tried
        address = visitor.session.address
        right = await asyncio.to_thread(fits, password, user.password)

        def work(tx: Tx) -> None:
            if right:
                tx.sessions.put_tries(key, Tries(0, now, None))
            else:
                tx.audit.note("password_wrong", user.id, now, address=address)

        await self._store.transact(work)
        return right

    def renew(self, tx: Tx, user: User, address: str) -> str:
        """End all of the user's sessions; the token of a new one for the browser that asked."""
        now, token = self._clock(), secrets.token_urlsafe(32)
        tx.sessions.end_all(user.id, now)
        until = now + timedelta(hours=self._settings.session_hours)
        tx.sessions.open(user.id, digest(token), address, now, until)
        return token

    async def leave(self, visitor: Visitor, everywhere: bool = False) -> None:
        """Sign this browser out, or all of the user's."""
        now, user, session = self._clock(), visitor.user, visitor.session

        def work(tx: Tx) -> None:
            if everywhere:
                tx.sessions.end_all(user.id, now)
            else:
                tx.sessions.end(session.id)
            action = "signed_out_everywhere" if everywhere else "signed_out"
            tx.audit.note(action, user.id, now, address=session.address)

        await self._store.transact(work)

    def _tried(self, tx: Tx, keys: dict[str, int], name: str, now: datetime) -> User | Shut | None:
        """Count the attempt; the user it is for, or how long nobody may try."""
        tries = {key: tx.sessions.tries(key, now) for key in sorted(keys)}
        if wait := _locked(tries.values(), now):
            return Shut(wait)
        for key, limit in keys.items():
            tx.sessions.put_tries(key, self._one_more(tries[key], limit, now))
        return tx.users.named(name)

    def _one_more(self, tries: Tries, limit: int, now: datetime) -> Tries:
        """From the limit on each further failure locks for twice as long."""
        old = now - tries.last_at > FORGOTTEN_AFTER
        failures = 1 if old else tries.failures + 1
        if failures < limit:
            return Tries(failures, now, None)
        settings = self._settings
        minutes = min(settings.lock_minutes * 2 ** min(failures - limit, 20), settings.lock_limit_minutes)
        return Tries(failures, now, now + timedelta(minutes=minutes))

    def _let_in(
        self,
        tx: Tx,
        keys: dict[str, int],
        user: User,
        token: str,
        address: str,
        now: datetime,
        by: str = "password",
    ) -> Entered | Shut:
        found = tx.users.get(user.id)
        if found is None or not found.active or found.password != user.password:
            return Shut()  # changed while the password was looked at
        for key in sorted(keys):
            tries = tx.sessions.tries(key, now)
            left = 0 if key.startswith("user:") else max(0, tries.failures - 1)
            tx.sessions.put_tries(key, replace(tries, failures=left, locked_until=None))
        tx.sessions.forget_tries(now - FORGOTTEN_AFTER)
        partial = found.totp_secret is not None
        until = now + (CODE_WITHIN if partial else timedelta(hours=self._settings.session_hours))
        tx.sessions.open(user.id, digest(token), address[:64], now, until, partial)
        action = f"{by}_given" if partial else "signed_in"
        tx.audit.note(action, user.id, now, address=address[:64], by=by)
        return Entered(found, token, partial)


def _locked(tries: Iterable[Tries], now: datetime) -> int:
    """Seconds until the last lock ends; 0: there is none."""
    locks = [one.locked_until for one in tries if one.locked_until and one.locked_until > now]
    return max(1, round((max(locks) - now).total_seconds())) if locks else 0


def known_as(name: str) -> str:
    """The name as it is kept: letters' case and blanks around do not matter."""
    return name.strip().casefold()


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def csrf_of(token: str) -> str:
    """What every form of this session carries; worked out of the token, which only its browser holds."""
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()


def _key(kind: str, value: str) -> str:
    return f"{kind}:{hashlib.sha256(value.encode()).hexdigest()}"
