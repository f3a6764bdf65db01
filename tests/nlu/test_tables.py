"""A trainer's own words act: synonyms, lookup tables, patterns and annotated values (B4, B5)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.dialogue import Dialogue
from bot.settings import Settings
from handlers.testing import MemoryTx
from nlu.context import Context
from nlu.encoder import SentenceEncoder
from nlu.entities import find_all
from nlu.interpreter import Interpreter, fingerprint
from nlu.knowledge import KnowledgeBase
from nlu.tables import Tables
from tests.dialogue.players import Mind, Player
from tests.nlu.conftest import MONDAY

EXAMPLES = """version: "3.1"
nlu:
- intent: report_fault
  examples: |
    - my [icebox]{"entity": "product", "value": "refrigerator"} is warm
    - 冰箱坏了
    - the fridge does not cool
- intent: greet
  examples: |
    - hello there
    - 你好
    - good morning
- synonym: 冰箱
  examples: |
    - 雪立方
- synonym: washing_machine
  examples: |
    - spinner
- lookup: brand
  examples: |
    - 北极星
    - Polar Star
- lookup: colour
  examples: |
    - red
    - 红色
- synonym: red
  examples: |
    - 红色
- regex: serial_number
  examples: |
    - PS\\d{4}-[A-Z]{2}
"""


def found(interpreter: Interpreter, text: str) -> dict[str, object]:
    """The details of a text by name."""
    return {e.name: e.value for e in interpreter.parse(text, Context(MONDAY)).entities}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, encoder: SentenceEncoder) -> Interpreter:
    folder = tmp_path_factory.mktemp("own")
    path = folder / "own.yml"
    path.write_text(EXAMPLES, encoding="utf-8")
    Interpreter.load(folder, path, encoder)
    return Interpreter.load(folder, path, encoder)  # from the model's file


def test_words_of_the_trainer_are_found(trained: Interpreter) -> None:
    """B4: each kind of table, in Chinese and English, and what is built in beside it."""
    assert found(trained, "雪立方不制冷")["product"] == "refrigerator"
    assert found(trained, "the Spinner leaks")["product"] == "washing_machine"
    assert found(trained, "my icebox is warm")["product"] == "refrigerator"
    assert found(trained, "北极星冰箱") == {"brand": "北极星", "product": "refrigerator"}
    assert found(trained, "a POLAR STAR fridge, ps1234-ab")["brand"] == "POLAR STAR"
    assert found(trained, "a polar star fridge, ps1234-ab")["serial_number"] == "ps1234-ab"
    assert found(trained, "红色的")["colour"] == "red"
    assert found(trained, "I am bored") == {}


def test_without_tables_the_same_words_are_nothing(interpreter: Interpreter) -> None:
    """B4: the tables did it, nothing else."""
    assert "product" not in found(interpreter, "雪立方不制冷")
    assert "brand" not in found(interpreter, "北极星坏了")
    assert not interpreter.tables


def test_positions_and_one_entity_a_place(trained: Interpreter) -> None:
    """B4: where a table and what is built in find the same words, there is one detail of that name."""
    text = "家里的雪立方，PS1234-AB"
    entities = trained.parse(text, Context(MONDAY)).entities
    assert [(e.name, e.text) for e in entities] == [("product", "雪立方"), ("serial_number", "PS1234-AB")]
    assert all(text[e.start : e.end] == e.text for e in entities)
    own = Tables(lookups={"product": ("冰箱",)})
    twice = find_all("冰箱", replace(Context(MONDAY), tables=own))
    assert [(e.name, e.value, e.extractor) for e in twice] == [("product", "冰箱", "table")]


def test_a_changed_table_is_another_model(tmp_path: Path) -> None:
    """B5: the model's name says which tables it was made with."""
    path = tmp_path / "own.yml"
    path.write_text(EXAMPLES, encoding="utf-8")
    before = fingerprint(path)
    path.write_text(EXAMPLES.replace("雪立方", "雪方块"), encoding="utf-8")
    assert fingerprint(path) != before


def test_tables_survive_their_file() -> None:
    """B5: what is stored with the model comes back."""
    tables = Tables({"a": ("b", "c")}, {"d": ("e",)}, {"f": (r"\d+",)}, {("g", "h"): "i"})
    assert Tables.restore(tables.dump()) == tables


def test_the_dialogue_reads_them_too(trained: Interpreter, knowledge: KnowledgeBase) -> None:
    """C1: an answer that needs no classifier is read with the same tables."""
    mind = Mind(Dialogue.load(Settings(), trained.tables), trained, knowledge)
    player = Player(mind, MONDAY, MemoryTx())
    player.say("/report_fault")
    player.say("雪立方")
    assert player.slots["product"] == "refrigerator"
