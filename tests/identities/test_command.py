"""The staff links and parts identities on the command line, with who and why (A3)."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.commands.customers import group
from storage import Store, open_store
from tests.identities.people import chat, order, owner


@pytest.fixture
def sqlite_store(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The database that commands find."""
    (tmp_path / "baoxiu.sqlite3").write_bytes(sqlite_template.read_bytes())
    monkeypatch.setenv("BOT__DATA_DIR", str(tmp_path))
    return open_store(f"sqlite:///{tmp_path / 'baoxiu.sqlite3'}")


def run(*words: str) -> Result:
    return CliRunner().invoke(group, list(words))


def test_linked_shown_and_parted(sqlite_store: Store) -> None:
    """A3: WHO is an order's number, a phone or an id; the record says who did it and why."""
    rooms = sqlite_store.run(lambda tx: [chat(tx, "telegram"), chat(tx, "wechat")])
    theirs = sqlite_store.run(lambda tx: order(tx, rooms[1]))
    told = run("link", theirs.number, "1", "--reason", "showed both at the counter", "--by", "li")
    assert "customer 2 is part of customer 1 now (link 1)" in told.output
    shown = run("show", "2", "--full").output
    assert "customer 1:" in shown
    assert "conversation 2: wechat, 0 messages, began as customer 2" in shown
    assert "link 1: customer 2 is part of customer 1, by staff (li)" in shown
    assert "showed both at the counter" in shown
    assert "both are customer 1" in run("link", "1", "2", "--reason", "once more").output
    parted = run("unlink", "1", "--reason", "was somebody else", "--by", "wu")
    assert "customer 2 stands alone again" in parted.output
    assert "undone" in run("show", "2").output
    assert sqlite_store.run(lambda tx: owner(tx, rooms[1])) == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("link", "1", "77", "--reason", "because"), "there is no customer 77"),
        (("link", "1", "2", "--reason", "x"), "3 to 500 characters"),
        (("unlink", "9", "--reason", "because"), "there is no link 9"),
        (("unlink", "1", "--reason", "because"), "does not hold any more"),
    ],
)
def test_what_cannot_be_done_is_told(sqlite_store: Store, words: tuple[str, ...], told: str) -> None:
    """A3: no traceback, nothing changed."""
    sqlite_store.run(lambda tx: [chat(tx, "telegram"), chat(tx, "wechat")])
    run("link", "1", "2", "--reason", "for the test")
    run("unlink", "1", "--reason", "for the test")
    answer = run(*words)
    assert answer.exit_code != 0
    assert told in answer.output
