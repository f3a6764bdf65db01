"""`python -m bot webhooks` as operators use it (I2, I3)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.commands.webhooks import group
from storage import Store
from storage.webhooks import Attempt
from tests.conftest import NOON
from tests.webhooks.conftest import SECRET
from tests.webhooks.test_courier import fill, states

Run = Callable[..., str]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path) -> Run:
    """The command with its words, on a desk with one receiver."""
    monkeypatch.setenv("BOT__DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("BOT__DATABASE__URL", database_url)
    monkeypatch.setenv(
        "BOT__WEBHOOKS__RECEIVERS", f'[{{name: crm, url: "https://crm.example.com/", secret: "{SECRET}"}}]'
    )

    def invoke(*words: str, wrong: bool = False) -> str:
        result = CliRunner().invoke(group, list(words))
        assert (result.exit_code != 0) == wrong, result.output
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        return result.output

    return invoke


def test_what_was_given_up_is_seen_and_tried_again(store: Store, run: Run) -> None:
    """I2: by id or all of a receiver; secrets are not shown."""
    fill(store, (1, "take"), (2, "take"), (3, "take"))
    rows = store.run(lambda tx: tx.webhooks.unsent(10))
    lost = [Attempt(row, "given_up", NOON, "status 500") for row in rows[:2]]
    store.run(lambda tx: tx.webhooks.settle(lost, NOON))
    told = run("list")
    assert "crm: https://crm.example.com/  given_up 2  pending 1" in told
    assert told.count("status 500") == 2
    assert SECRET not in told
    assert run("list", "--state", "pending").count("evt_") == 1
    assert "1 deliveries" in run("retry", str(rows[0].id))
    assert "1 deliveries" in run("retry", "--receiver", "crm")
    assert "0 deliveries" in run("retry", "--receiver", "crm")
    assert states(store) == {"pending": 3}
    run("retry", wrong=True)


def test_a_new_receiver_gets_its_row(run: Run) -> None:
    """I3: a secret of its own; addresses that are none are refused."""
    first, second = (
        run("new", "erp", "https://erp.example.com/in"),
        run("new", "erp", "https://erp.example.com/in"),
    )
    assert "whsec_" in first
    assert first != second
    assert "URL" in run("new", "erp", "ftp://x", wrong=True)
    assert "small letters" in run("new", "E R P", "https://erp.example.com/in", wrong=True)
