"""`python -m bot staff` and the steps of the staff on `python -m bot orders` (E3, E4, G4)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.commands import orders, staff
from bot.demo import STAFF
from storage import open_store
from tests.clock import tell
from tests.dispatch.people import ADDRESS
from tests.dispatch.test_giving import in_town
from tests.scheduler.desk import Desktop

Run = Callable[..., str]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path) -> Run:
    """A command with its words; both databases."""
    monkeypatch.setenv("BOT__DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("BOT__DATABASE__URL", database_url)

    def invoke(*words: str, wrong: bool = False) -> str:
        group = {"staff": staff.group, "orders": orders.group}[words[0]]
        result = CliRunner().invoke(group, list(words[1:]))
        assert (result.exit_code != 0) == wrong, result.output
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        return result.output

    return invoke


def test_the_life_of_an_assignment_on_the_command_line(run: Run, database_url: str, tmp_path: Path) -> None:
    """E3, E4, G4: imported, given, explained, accepted by who has it, on holiday, back."""
    assert "there is no staff" in run("staff", "list")
    assert "12 people, no mistakes" in run("staff", "import", str(STAFF), "--check")
    assert "12 people" in run("staff", "import", str(STAFF))
    desk = Desktop(open_store(database_url))
    order = in_town(desk)
    assert "Order SR-202603020001 was given to 王建国 (E01)" in run(
        "orders", "explain", order.number, "--language", "en"
    )
    assert ADDRESS not in run("orders", "list", "--assignee", "E01")
    assert "not yours to accept" in run(
        "orders", "move", order.number, "accept", "--as", "engineer", "--by", "E02", wrong=True
    )
    assert "the customer is told" in run(
        "orders", "move", order.number, "accept", "--as", "engineer", "--by", "E01"
    )
    tell(desk.store)
    assert "王建国 +8613910010001" in desk.said(order)[-1][1]
    assert "1/10" in run("staff", "list")
    assert "E01 is away; 1 orders go to others" in run("staff", "away", "E01", "--until", "2199-03-10")
    assert "away till 03-11" in run("staff", "list")
    assert "no day" in run("staff", "away", "E01", "--until", "tomorrow", wrong=True)
    assert "is past" in run("staff", "away", "E01", "--until", "2020-01-01", wrong=True)
    assert "nobody of the staff" in run("staff", "back", "E77", wrong=True)
    assert "E01 is back" in run("staff", "back", "E01")
    file = tmp_path / "staff.yml"
    file.write_text("staff:\n  - {code: E01, name: 王工, role: cook}\n", encoding="utf-8")
    told = run("staff", "import", str(file), wrong=True)
    assert f"{file}:2: role: Input should be" in told
    assert "nothing was changed" in told
    file.write_text("staff:\n  - {code: S01, name: 林芳, role: supervisor}\n", encoding="utf-8")
    told = run("staff", "import", str(file))
    assert "not in the file any more: C01, E01" in told
    assert "gone" in run("staff", "list")
    desk.store.close()
