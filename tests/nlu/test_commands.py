"""The commands for trainers and editors (B5, D1)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.commands.kb import group as kb
from bot.commands.nlu import group as nlu
from nlu.interpreter import Interpreter
from tests.knowledge.conftest import write


@pytest.fixture
def runner(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model_dir: Path, interpreter: Interpreter
) -> CliRunner:
    """Commands run with the model that the other tests use."""
    (tmp_path / "model").symlink_to(model_dir, target_is_directory=True)
    monkeypatch.setenv("BOT__DATA_DIR", str(tmp_path))
    return CliRunner()


def test_parse_prints_rasas_form(runner: CliRunner) -> None:
    """B5: what `/model/parse` would answer."""
    result = runner.invoke(nlu, ["parse", "冰箱不制冷，电话13800138000"])
    assert result.exit_code == 0
    answer = json.loads(result.output)
    assert answer["intent"]["name"] == "report_fault"
    assert {e["entity"] for e in answer["entities"]} == {"product", "symptom", "phone"}


def test_train_and_test_report(runner: CliRunner, tmp_path: Path) -> None:
    """B5: accuracy, confusions and time on a file of the trainer's own."""
    file = tmp_path / "own.yml"
    file.write_text(
        "nlu:\n- intent: greet\n  examples: |\n    - 你好呀\n    - 冰箱坏了\n"
        "- intent: out_of_scope\n  examples: |\n    - 今天股票涨了吗\n"
    )
    trained = runner.invoke(nlu, ["train"]).output
    assert "intents: trained" in trained
    assert "articles: indexed" in trained
    result = runner.invoke(nlu, ["test", str(file)])
    assert "accuracy in scope 50.0%" in result.output
    assert "greet → report_fault" in result.output
    told = json.loads(runner.invoke(nlu, ["test", str(file), "--json"]).output)
    assert told["mean"]["out_of_scope_recall"] == 1.0


def test_bad_training_data_is_told_kindly(runner: CliRunner, tmp_path: Path) -> None:
    """B5: file and line instead of a traceback."""
    file = tmp_path / "own.yml"
    file.write_text("nlu:\n- intent: greet\n")
    result = runner.invoke(nlu, ["test", str(file)])
    assert result.exit_code == 1
    assert "own.yml:2: `greet` has no `examples: |`" in result.output


def test_check_names_every_problem(runner: CliRunner, tmp_path: Path) -> None:
    """D1: the built-in base is in order; a broken article is named with its line."""
    assert runner.invoke(kb, ["check"]).exit_code == 0
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "x.md").write_text("---\nid: x\n---\n")
    result = runner.invoke(kb, ["check", str(tmp_path / "articles")])
    assert result.exit_code == 1
    assert "x.md:2: `title` is missing" in result.output


def test_search_marks_what_would_be_answered(runner: CliRunner) -> None:
    """D2: the best article first."""
    result = runner.invoke(kb, ["search", "空调滤网怎么清洗"])
    assert result.output.splitlines()[0].startswith("* ")
    assert "ac-clean-filter" in result.output.splitlines()[0]


def test_a_search_for_an_unknown_product_is_told(runner: CliRunner) -> None:
    """D2: a mistyped product is not quietly another search."""
    result = runner.invoke(kb, ["search", "不制冷", "--product", "fridge"])
    assert result.exit_code == 2
    assert "expected one of refrigerator" in result.output
    assert runner.invoke(kb, ["search", "不制冷", "--limit", "0"]).exit_code == 2


def test_a_report_that_cannot_be_written_is_told_before_measuring(runner: CliRunner, tmp_path: Path) -> None:
    """B5: not after an hour of work, and without a traceback; a missing folder is made."""
    file = tmp_path / "own.yml"
    file.write_text("nlu:\n- intent: greet\n  examples: |\n    - 你好呀\n")
    result = runner.invoke(nlu, ["test", str(file), "--report", str(file / "report.json")])
    assert result.exit_code == 1
    assert "cannot be written" in result.output
    report = tmp_path / "new" / "report.json"
    assert runner.invoke(nlu, ["test", str(file), "--report", str(report)]).exit_code == 0
    assert json.loads(report.read_text())["mean"]["accuracy"] == 1.0


def test_training_indexes_the_articles_that_the_desk_quotes(runner: CliRunner, tmp_path: Path) -> None:
    """D1: those of the database, once some were imported."""
    write(tmp_path / "in")
    assert runner.invoke(kb, ["import", str(tmp_path / "in")]).exit_code == 0
    assert "1 articles: indexed" in runner.invoke(nlu, ["train"]).output
