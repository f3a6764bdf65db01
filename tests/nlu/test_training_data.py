"""Rasa's training format: what is read, and how mistakes are told (B5)."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlu import training_data
from nlu.training_data import TrainingDataError


def write(folder: Path, text: str, name: str = "faults.yml") -> Path:
    """A file of training data."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_intents_synonyms_patterns_and_lookups_are_read(tmp_path: Path) -> None:
    """B5: the sections of Rasa's format; annotations are taken out of the examples."""
    path = write(
        tmp_path,
        'version: "3.1"\nnlu:\n- intent: buy\n  examples: |\n'
        '    - I want [two](count) of [them]{"entity": "x"}\n'
        "    - 我要买\n- intent: sell\n  examples: |\n    - sell it\n    - 卖掉\n"
        "- synonym: fridge\n  examples: |\n    - 冰箱\n"
        "- regex: zip\n  examples: |\n    - \\d{6}\n- lookup: city\n  examples: |\n    - 上海\n",
    )
    data = training_data.load(path)
    assert [(e.text, e.intent, e.line) for e in data.examples] == [
        ("I want two of them", "buy", 5),
        ("我要买", "buy", 6),
        ("sell it", "sell", 9),
        ("卖掉", "sell", 10),
    ]
    tables = data.tables
    assert (tables.synonyms, tables.patterns, tables.lookups) == (
        {"fridge": ("冰箱",)},
        {"zip": (r"\d{6}",)},
        {"city": ("上海",)},
    )
    assert [str(w) for w in data.warnings] == [
        f"faults.yml:5: nothing finds the detail {name}; expected a lookup or regex of that name"
        for name in ("count", "x")
    ]


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("nlu:\n- intent: a\n  examples: [\n", 4, "not YAML"),
        ("just words", 1, "expected `version"),
        ("nlu:\n- intent: a\n  samples: |\n    - b\n", 3, "unknown key `samples`"),
        ("rules: []\nnlu: []\n", 1, "unknown key `rules`"),
        ("nlu:\n- intent: a\n", 2, "`a` has no `examples: |`"),
        ("nlu:\n- examples: |\n    - b\n", 2, "expected a name"),
        ("nlu:\n- intent: a\n  examples: |\n    - b\n    c\n", 5, "expected `- `"),
        ("nlu: words\n", 1, "expected a list"),
        (
            "nlu:\n- regex: zip\n  examples: |\n    - a+\n    - (open\n",
            5,
            "expected a regular expression",
        ),
        ("nlu:\n- intent: a\n  lookup: b\n  examples: |\n    - c\n", 2, "found intent and lookup"),
        ("nlu:\n- intent: [a]\n  examples: |\n    - c\n", 2, "expected a name: `- intent: name`"),
        ("nlu:\n- intent: a\n  examples:\n    b: c\n", 4, "expected `examples: |`"),
        ("nlu:\n- intent: a\n  examples:\n  - metadata: {}\n", 4, "expected `- example`"),
        ('nlu:\n- intent: a\n  examples: |\n    - b [c]{"entity": }\n', 4, 'expected [words]{"entity"'),
        ('nlu:\n- intent: a\n  examples: |\n    - b [c]{"value": "d"}\n', 4, 'expected [words]{"entity"'),
        ("nlu:\n- intent: a\n\texamples: b\n", 3, "not YAML"),
        ("nlu:\n- words\n", 2, "expected `- intent: …`"),
        ("nlu:\n  " + "[" * 100_000, 2, "nested more than 100 deep"),
        ('version: "1.0"\nnlu: []\n', 1, 'expected version "3.1"'),
    ],
)
def test_mistakes_are_told_with_file_and_line(tmp_path: Path, text: str, line: int, expected: str) -> None:
    """B5: a trainer sees where to look and what is expected; nothing is half-imported."""
    with pytest.raises(TrainingDataError) as caught:
        training_data.load(write(tmp_path, text))
    assert (caught.value.problems[0].file, caught.value.problems[0].line) == ("faults.yml", line)
    assert expected in str(caught.value)


def test_a_folder_without_data_is_an_error(tmp_path: Path) -> None:
    """B5: a mistyped folder is not an empty training."""
    with pytest.raises(TrainingDataError, match=r"no \.yml files"):
        training_data.load(tmp_path)


def test_doubtful_examples_are_warned_of(tmp_path: Path) -> None:
    """B5: one example only, the same sentence twice, the same sentence under two intents."""
    write(
        tmp_path,
        "nlu:\n- intent: a\n  examples: |\n    - one\n    - two\n    - One\n"
        "- intent: b\n  examples: |\n    - two\n",
    )
    messages = [str(w) for w in training_data.load(tmp_path).warnings]
    assert messages == [
        "faults.yml:6: “One” stands already at faults.yml:4",
        "faults.yml:9: intent b has only one example",
        "faults.yml:9: “two” is b here and a at faults.yml:5",
    ]


def test_details_left_unfinished_are_warned_of(tmp_path: Path) -> None:
    """B5: a forgotten bracket makes the signs part of the sentence."""
    examples = ["my [fridge](product", "the [oven", 'a [tv]{"entity": "product"', "fine [hob](product)"]
    write(tmp_path, "nlu:\n- intent: a\n  examples: |\n" + "".join(f"    - {e}\n" for e in examples))
    told = [(w.line, w.message) for w in training_data.load(tmp_path).warnings]
    assert [line for line, _ in told] == [4, 5, 6]
    assert all("not finished; expected [words](name)" in message for _, message in told)


def test_a_file_with_a_mistake_spoils_the_whole_import(tmp_path: Path) -> None:
    """B5: every mistake of every file is told at once, and nothing of any of them is used."""
    write(tmp_path, "nlu:\n- intent: good\n  examples: |\n    - one\n    - two\n", "a.yml")
    write(tmp_path, "nlu:\n- intent: bad\n  examples: |\n    one\n    - two\n    three\n", "b.yml")
    write(tmp_path, "story: []\n", "c.yml")
    with pytest.raises(TrainingDataError) as caught:
        training_data.load(tmp_path)
    assert [(p.file, p.line) for p in caught.value.problems] == [("b.yml", 4), ("b.yml", 6), ("c.yml", 1)]


def test_details_and_words_that_do_not_fit_are_warned_of(tmp_path: Path) -> None:
    """B5: a detail nobody finds, a word for two values, an empty section."""
    write(
        tmp_path,
        "nlu:\n- intent: a\n  examples: |\n    - my [fridge](product) in [red](colour)\n"
        "    - the [oven](shape) is [red](colour)\n"
        '    - [雪柜]{"entity": "product", "value": "refrigerator"}\n'
        "- intent: empty\n  examples: |\n    -\n"
        "- lookup: shape\n  examples: |\n    - round\n"
        "- synonym: 冰箱\n  examples: |\n    - 雪柜\n    - 冰柜子\n",
    )
    assert [str(w) for w in training_data.load(tmp_path).warnings] == [
        "faults.yml:7: intent empty has no example",
        "faults.yml:4: nothing finds the detail colour; expected a lookup or regex of that name",
        "faults.yml:15: “雪柜” stands for 冰箱 here and for refrigerator at faults.yml:6",
    ]
