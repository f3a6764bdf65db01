"""`python -m bot orders sheet` (E9)."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.commands.root import cli
from storage import Store, Tx
from tests.conftest import NOON
from tests.sheet.reading import size


@pytest.fixture
def number(store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """An order in the database that the command uses."""
    monkeypatch.setenv("BOT__DATABASE__URL", database_url)
    monkeypatch.chdir(tmp_path)

    def opened(tx: Tx) -> str:
        conversation = tx.conversations.enter("terminal", "-", "me", NOON)
        customer = conversation.customer_id
        tx.customers.remember(customer, NOON, language="en")
        return str(
            tx.orders.open(
                request_key="1", kind="fault", customer_id=customer, conversation_id=conversation.id,
                fields={"product": "refrigerator", "name": "张伟"}, local_day="20260302", now=NOON,
            ).number
        )  # fmt: skip

    return store.run(opened)


def run(*words: str) -> tuple[int, str]:
    """The command's exit code and what it said."""
    result = CliRunner().invoke(cli, ["orders", "sheet", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    return result.exit_code, result.output


def test_a_sheet_is_written_in_the_customers_language(number: str, tmp_path: Path) -> None:
    """E9: as PDF without further words, as a picture where the name says so."""
    code, said = run(number.lower())
    assert code == 0, said
    assert (tmp_path / f"{number}.pdf").read_bytes().startswith(b"%PDF-")
    code, said = run(number, "--language", "zh", "--out", "sheet.PNG")
    assert code == 0, said
    assert said.startswith("sheet.PNG: ")
    assert size((tmp_path / "sheet.PNG").read_bytes())[0] == 900


def test_mistakes_get_a_sentence(number: str, tmp_path: Path) -> None:
    assert run("SR-209901010001") == (1, "Error: there is no order SR-209901010001\n")
    code, said = run(number, "--out", "sheet.docx")
    assert code == 2
    assert "must end in .pdf or .png" in said
    code, said = run(number, "--out", "nowhere/sheet.pdf")
    assert code == 1
    assert "cannot write nowhere/sheet.pdf: No such file or directory" in said
