"""Signing in to the console (I3): who gets in, who is kept out, what is remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bot.console import passwords
from bot.console.entering import Entered, Entrance, Shut, digest
from bot.console.settings import ConsoleSettings
from storage import Store
from storage.users import User
from tests.conftest import Clock


@pytest.fixture
def entrance(store: Store, clock: Clock) -> Entrance:
    return Entrance(store, ConsoleSettings(), clock)


def somebody(store: Store, clock: Clock, name: str = "li.na", role: str = "agent") -> User:
    user = store.run(lambda tx: tx.users.add(name, "李娜", role, passwords.hashed("correct horse"), clock()))
    assert user is not None
    return user


async def enter(
    entrance: Entrance, name: str = "li.na", password: str = "correct horse", address: str = "1.1.1.1"
) -> Entered:
    found = await entrance.enter(name, password, address)
    assert isinstance(found, Entered)
    return found


async def test_a_session_is_known_by_its_token_only(store: Store, clock: Clock, entrance: Entrance) -> None:
    """I3: the database keeps a digest of the token and an argon2 hash, never token or password."""
    user = somebody(store, clock)
    entered = await enter(entrance, " Li.Na ")
    visitor = await entrance.visitor(entered.token)
    assert visitor is not None
    assert visitor.user.id == user.id
    assert await entrance.visitor(digest(entered.token)) is None
    assert await entrance.visitor("") is None
    kept = store.run(lambda tx: repr(tx.connection.exec_driver_sql("SELECT * FROM sessions").all()))
    assert entered.token not in kept
    assert user.password.startswith("$argon2id$")
    assert "password" not in repr(user)


async def test_wrong_names_and_passwords_look_alike(store: Store, clock: Clock, entrance: Entrance) -> None:
    """I3: nobody learns which names exist, not by the answer and not by the lock."""
    somebody(store, clock)
    answers = {}
    for name in ("li.na", "nobody"):
        answers[name] = [await entrance.enter(name, "wrong", name) for _ in range(7)]
    assert answers["li.na"] == answers["nobody"]
    assert answers["li.na"] == [Shut()] * 5 + [Shut(60)] * 2


async def test_nobody_is_looked_for_as_long(
    store: Store, clock: Clock, entrance: Entrance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I3: a password is hashed for a name that does not exist, and for one that may not sign in."""
    looked: list[str | None] = []

    def fits(password: str, kept: str | None) -> bool:
        looked.append(kept)
        return real(password, kept)

    real: Callable[[str, str | None], bool] = passwords.fits
    monkeypatch.setattr(passwords, "fits", fits)
    user = somebody(store, clock)
    store.run(lambda tx: tx.users.change(user.id, clock(), active=False))
    assert await entrance.enter("li.na", "correct horse", "a") == Shut()
    assert await entrance.enter("nobody", "correct horse", "a") == Shut()
    assert looked == [None, None]
    assert not real("anything", None)


async def test_locks_grow_and_end(store: Store, clock: Clock, entrance: Entrance) -> None:
    """I3: after five failures the account is shut for a minute, then for twice as long each."""
    somebody(store, clock)
    for _ in range(5):
        await entrance.enter("li.na", "wrong", "a")
    waits = []
    for _ in range(7):
        shut = await entrance.enter("li.na", "correct horse", "elsewhere")
        assert isinstance(shut, Shut)
        waits.append(shut.wait)
        clock.forward(seconds=shut.wait)
        assert await entrance.enter("li.na", "wrong", "a") == Shut()
    assert waits == [60, 120, 240, 480, 960, 1800, 1800]
    clock.forward(minutes=30)
    await enter(entrance)
    assert await entrance.enter("li.na", "wrong", "a") == Shut()  # forgotten: no lock at the next failure
    await enter(entrance)


async def test_an_address_is_shut_out_of_every_account(store: Store, clock: Clock) -> None:
    """I3: one address may not try passwords on many accounts."""
    entrance = Entrance(store, ConsoleSettings(address_failures=3), clock)
    somebody(store, clock)
    for name in ("a", "b", "c"):
        assert await entrance.enter(name, "wrong", "9.9.9.9") == Shut()
    assert await entrance.enter("li.na", "correct horse", "9.9.9.9") == Shut(60)
    await enter(entrance, address="8.8.8.8")


async def test_attempts_beside_each_other_are_all_counted(
    store: Store, clock: Clock, entrance: Entrance
) -> None:
    """I3: twenty guesses at once are not twenty free guesses."""
    somebody(store, clock)
    answers = await asyncio.gather(*(entrance.enter("li.na", "wrong", f"{n}") for n in range(20)))
    assert answers.count(Shut()) == 5
    assert all(isinstance(one, Shut) for one in answers)


async def test_sessions_end(store: Store, clock: Clock, entrance: Entrance) -> None:
    """I3: after two idle hours, after twelve in any case, at sign-out, and for a user who may not enter."""
    user = somebody(store, clock)
    idle, busy = await enter(entrance), await enter(entrance)
    for _ in range(7):
        clock.forward(minutes=100)
        visitor = await entrance.visitor(busy.token)
        assert visitor is not None
        await entrance.active(visitor)
    assert await entrance.visitor(idle.token) is None
    clock.forward(minutes=20)
    assert await entrance.visitor(busy.token) is None
    first, second = await enter(entrance), await enter(entrance)
    visitor = await entrance.visitor(first.token)
    assert visitor is not None
    await entrance.leave(visitor)
    assert await entrance.visitor(first.token) is None
    assert await entrance.visitor(second.token) is not None
    store.run(lambda tx: tx.users.change(user.id, clock(), active=False))
    assert await entrance.visitor(second.token) is None


async def test_signing_out_everywhere(store: Store, clock: Clock, entrance: Entrance) -> None:
    """I3: every browser of the user, nobody else's; and it is on record."""
    somebody(store, clock)
    somebody(store, clock, "wang")
    mine, also, other = await enter(entrance), await enter(entrance), await enter(entrance, "wang")
    visitor = await entrance.visitor(mine.token)
    assert visitor is not None
    await entrance.leave(visitor, everywhere=True)
    assert [await entrance.visitor(one.token) is None for one in (mine, also, other)] == [True, True, False]
    await entrance.enter("nobody", "x", "6.6.6.6")
    deeds = store.run(lambda tx: [(one.action, one.user_id) for one in tx.audit.latest(2)])
    assert deeds == [("sign_in_failed", None), ("signed_out_everywhere", visitor.user.id)]


async def test_a_password_changed_meanwhile(
    store: Store, clock: Clock, entrance: Entrance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I3: a sign-in under way with the old password does not survive the change."""
    user = somebody(store, clock)

    def fits(password: str, kept: str | None) -> bool:
        store.run(lambda tx: tx.users.change(user.id, clock(), password="changed"))
        return True

    monkeypatch.setattr(passwords, "fits", fits)
    assert await entrance.enter("li.na", "correct horse", "a") == Shut()


def test_csrf_differs_by_session() -> None:
    """I3: the form's token is worked out of the session's, and does not give it away."""
    from bot.console.entering import csrf_of

    assert csrf_of("one") != csrf_of("two")
    assert "one" not in csrf_of("one")


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "li.nali.na", "x" * 300])
def test_passwords_that_will_not_do(password: str) -> None:
    """I3: too short, too plain, the name itself, too long."""
    with pytest.raises(passwords.PasswordProblem):
        passwords.checked(password, 8, "li.na")
