"""Measuring on labelled sentences: files, figures, report and picture (B3, B5)."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bot.commands.nlu import group as nlu
from nlu import labelled
from nlu.accurate import Accurate, AccurateEncoder, Vectors
from nlu.encoder import SentenceEncoder
from nlu.evaluation import Answer, compare
from nlu.example import Example
from nlu.second import SecondOpinion
from nlu.training import Lesson
from nlu.training_data import TrainingDataError
from nlu.trial import Learner

PETS = {
    "cat": ["my cat sleeps", "the cat purrs", "a kitten meows", "cats like milk", "feed the cat", "猫在睡觉"],
    "car": ["the car is fast", "drive my car", "a car needs fuel", "wash the car", "park it", "汽车很快"],
    "sea": ["waves at sea", "swim in the ocean", "the beach is near", "a deep sea", "salt water", "大海很深"],
}
EXAMPLES = tuple(Example(f"{t} {w}", i) for i, texts in PETS.items() for t in texts for w in ("now", "today"))


def lines(path: Path, rows: list[tuple[str, str]]) -> Path:
    path.write_text("".join(json.dumps({"text": t, "label": i}) + "\n" for t, i in rows), encoding="utf-8")
    return path


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model_dir: Path) -> CliRunner:
    (tmp_path / "model").symlink_to(model_dir, target_is_directory=True)
    monkeypatch.setenv("BOT__DATA_DIR", str(tmp_path))
    return CliRunner()


def test_a_trial_trains_on_a_file_and_measures_on_others(runner: CliRunner, tmp_path: Path) -> None:
    """B3, B5: shots, seeds, out of scope, a report as JSON and a picture."""
    train = lines(tmp_path / "train.jsonl", [(e.text, e.intent) for e in EXAMPLES])
    held = lines(
        tmp_path / "test.jsonl", [("the cat eats", "cat"), ("fast cars", "car"), ("sea water", "sea")]
    )
    strange = lines(tmp_path / "oos.jsonl", [("what is 7 times 8", "oos"), ("tell me a joke", "oos")])
    report, picture = tmp_path / "report.json", tmp_path / "confusions.svg"
    options = ["--train", train, "--test", held, "--oos", strange, "--report", report, "--picture", picture]
    result = runner.invoke(nlu, ["test", *map(str, options), "--shots", "8", "--seeds", "2"])
    assert result.exit_code == 0, result.output
    assert "mean accuracy" in result.output
    told = json.loads(report.read_text())
    assert [t["seed"] for t in told["trials"]] == [0, 1]
    assert [t["examples"] for t in told["trials"]] == [24, 24]
    assert told["mean"]["accuracy"] == 1.0
    assert {"auroc", "out_of_scope_recall", "calibration_error"} <= set(told["mean"])
    named_png = [*map(str, options[:-1]), str(tmp_path / "confusions.png")]
    assert "name it confusions.svg" in runner.invoke(nlu, ["test", *named_png]).output
    root = ElementTree.fromstring(picture.read_text())
    assert "cat → cat: 1" in {title.text for title in root.iter("{http://www.w3.org/2000/svg}title")}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"text": "a"}\n', 'x.jsonl:1: expected a "label"'),
        ('\n{"text": "", "label": "b"}\n', "x.jsonl:2: expected"),
        ('{"text": "a", "label": "b"}\n[1]\n{oops\n', "x.jsonl:2: expected"),
        ("{oops\n", "x.jsonl:1: not JSON"),
        ("\n", "x.jsonl:1: expected"),
    ],
)
def test_a_broken_file_names_its_line(tmp_path: Path, content: str, told: str) -> None:
    """B5: file, line and what is expected."""
    file = tmp_path / "x.jsonl"
    file.write_text(content)
    with pytest.raises(TrainingDataError) as caught:
        labelled.read(file)
    assert told in str(caught.value)


@pytest.mark.parametrize("options", [[], ["--shots", "5", "x.yml"]])
def test_options_that_make_no_sense_are_explained(
    runner: CliRunner, tmp_path: Path, options: list[str]
) -> None:
    """B5: a word about usage, no traceback."""
    (tmp_path / "x.yml").write_text("nlu:\n- intent: greet\n  examples: |\n    - hi\n")
    result = runner.invoke(nlu, ["test", *[o.replace("x.yml", str(tmp_path / "x.yml")) for o in options]])
    assert result.exit_code == 2
    assert "Error" in result.output


def test_figures_by_hand() -> None:
    """B3: accuracy, refusals, AUROC and calibration as anyone would count them."""
    answers = [
        Answer("1", "a", "a", 0.9, 3.0),
        Answer("2", "a", "b", 0.9, 2.0),
        Answer("3", "b", "b", 0.6, 0.5),
        Answer("4", "out_of_scope", "a", 0.3, 1.0),
        Answer("5", "out_of_scope", "b", 0.3, -1.0),
    ]
    found = compare(answers, [1.0, 2.0, 3.0], [a.scope < 0.7 for a in answers])
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.falsely_refused == pytest.approx(1 / 3)
    assert found.out_of_scope_recall == 0.5
    assert found.auroc == pytest.approx(5 / 6)
    assert found.calibration_error == pytest.approx(2 / 3 * 0.4 + 1 / 3 * 0.4)
    assert found.median_ms == 2.0
    assert {(s.intent, s.precision, s.recall) for s in found.scores} == {("a", 1.0, 0.5), ("b", 0.5, 1.0)}


@given(st.lists(st.tuples(st.booleans(), st.floats(-5, 5)), min_size=2, max_size=40))
def test_auroc_is_the_chance_of_the_right_order(pairs: list[tuple[bool, float]]) -> None:
    """B3: the share of (in scope, out of scope) pairs in the right order, ties half."""
    answers = [Answer("", "a" if inside else "out_of_scope", "a", 0.5, score) for inside, score in pairs]
    ins, outs = [s for i, s in pairs if i], [s for i, s in pairs if not i]
    found = compare(answers, [], [False] * len(answers)).auroc
    if not ins or not outs:
        assert found is None
    else:
        wins = sum((a > b) + 0.5 * (a == b) for a in ins for b in outs)
        assert found == pytest.approx(wins / (len(ins) * len(outs)))


class Oracle(AccurateEncoder):
    """A second encoder that knows the animals from the machines; counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: list[str]) -> NDArray[np.float32]:  # type: ignore[override]
        self.asked += texts
        marks = [[("cat" in t or "kitten" in t or "猫" in t), "car" in t or "汽车" in t] for t in texts]
        return np.array([[a, b, not (a or b)] for a, b in marks], dtype=np.float32)


def test_the_second_encoder_is_asked_only_where_the_first_is_unsure(encoder: SentenceEncoder) -> None:
    """B3: sure sentences cost nothing more; unsure ones are reconsidered by both."""
    lesson = Lesson.prepare(EXAMPLES, encoder)
    views = lesson.held_out()
    model = lesson.learn(views=views)
    oracle = Oracle()
    accurate = Accurate.train(lesson, model, views, Vectors(oracle))
    oracle.asked.clear()
    learner = Learner(model, encoder, accurate)
    sample = lesson.sample
    before, odds = model.weigh(sample)
    fused, _ = accurate.weigh(model, sample)
    sure = (np.exp(before.max(axis=1)) >= 0.8) & (np.abs(1 / (1 + np.exp(-odds)) - 0.5) >= 0.3)
    assert sorted(oracle.asked) == sorted(t for t, s in zip(sample.texts, sure, strict=True) if not s)
    np.testing.assert_array_equal(fused[sure], before[sure])
    assert learner.measure([Example("kitten food", "cat"), Example("汽车", "car")]).accuracy == 1.0


def test_a_second_opinion_survives_its_file(encoder: SentenceEncoder, tmp_path: Path) -> None:
    """B2: arrays out, arrays in: the same answers; the vectors of examples are worked out once."""
    lesson = Lesson.prepare(EXAMPLES, encoder)
    views = lesson.held_out()
    model = lesson.learn(views=views)
    oracle, path = Oracle(), tmp_path / "second-vectors.npz"
    opinion = Accurate.train(lesson, model, views, Vectors(oracle, path)).opinion
    restored = SecondOpinion.restore(opinion.arrays())
    first = model.opinion(lesson.sample)
    vectors = oracle.encode(list(lesson.sample.texts))
    fused, odds = opinion.reconsider(first, vectors)
    fused_again, odds_again = restored.reconsider(first, vectors)
    np.testing.assert_allclose(fused_again, fused, atol=0.05)
    np.testing.assert_allclose(odds_again, odds, rtol=0.1)
    again = Oracle()
    Vectors(again, path).of([*lesson.sample.texts, "a new sentence"])
    assert again.asked == ["a new sentence"]
