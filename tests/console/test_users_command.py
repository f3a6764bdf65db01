"""`python -m bot users` (I3): who may sign in, by the operator's hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.commands import users
from bot.console import passwords
from storage import open_store
from tests.conftest import NOON


@pytest.fixture
def run(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BOT__DATABASE__URL", f"sqlite:///{tmp_path / 'desk.sqlite3'}")
    (tmp_path / "desk.sqlite3").write_bytes(sqlite_template.read_bytes())
    runner = CliRunner()
    return lambda *words, **env: runner.invoke(users.group, words, env=env)


def test_users_by_command(run, tmp_path: Path) -> None:
    """I3: added with a password given or made up, listed, shut out, given another password and role."""
    added = run("add", "Li.Na", "--role", "supervisor", "--shown", "李娜", BAOXIU_PASSWORD="correct horse")
    assert added.output == "li.na may sign in as supervisor\n"
    made = run("add", "wang")
    assert "shown this once: " in made.output
    assert "already" in run("add", "wang").output
    assert "small letters" in run("add", "王").output
    assert "12 to 256" in run("password", "wang", BAOXIU_PASSWORD="short").output
    assert "nobody of the staff" in run("add", "zhao", "--staff", "E1").output
    store = open_store(f"sqlite:///{tmp_path / 'desk.sqlite3'}")
    user = store.run(lambda tx: tx.users.named("wang"))
    assert user is not None
    assert passwords.fits(made.output.rpartition(" ")[2].strip(), user.password)
    store.run(lambda tx: tx.sessions.open(user.id, "d", "a", NOON, NOON.replace(year=2090)))
    assert run("disable", "wang").exit_code == 0
    assert store.run(lambda tx: tx.sessions.end_all(user.id, NOON)) == 0  # signed out by it
    assert run("role", "wang", "expert").exit_code == 0
    store.run(lambda tx: tx.users.change(user.id, NOON, totp_secret="A" * 32, recovery=["d"]))
    assert "password alone" in run("totp-reset", "wang").output
    reset = store.run(lambda tx: tx.users.get(user.id))
    assert reset is not None
    assert (reset.totp_secret, reset.recovery) == (None, [])
    listed = run("list").output
    assert "wang" in listed
    assert "expert" in listed
    assert "may not sign in" in listed
    assert run("disable", "nobody").exit_code == 1
    assert users.first_administrator(store) is None
    store.close()


def test_the_first_administrator(store) -> None:
    """I3: where nobody may sign in yet, an administrator is made once, with a random password."""
    made = users.first_administrator(store)
    assert made is not None
    admin = store.run(lambda tx: tx.users.named("admin"))
    assert admin is not None
    assert admin.role == "admin"
    assert passwords.fits(made[1], admin.password)
    assert users.first_administrator(store) is None
