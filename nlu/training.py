"""Making a classifier from examples: its branches, and a calibrated sense of confidence and scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from nlu import cues as cue
from nlu.classifier import OUT_OF_SCOPE, SIGNS, Model, Sample, Scope, centred
from nlu.context import Context
from nlu.encoder import SentenceEncoder
from nlu.entities import find_all
from nlu.hazards import hazard
from nlu.ngrams import Vocabulary, stack
from nlu.regression import fit, log_softmax
from nlu.text import prepare
from nlu.training_data import Example

DENSE_STRENGTH = 25.0
SPARSE_STRENGTH = 12.0
ITERATIONS = 70
QUICK_ITERATIONS = 40
SETTINGS = f"{DENSE_STRENGTH}/{SPARSE_STRENGTH}/{ITERATIONS}/{len(cue.NAMES)}"
"""Part of a model's fingerprint."""

_ANY_DAY = Context(now=datetime(2026, 1, 15, 4, 0, tzinfo=UTC))

Labels = NDArray[np.int64]


def train(examples: Sequence[Example], encoder: SentenceEncoder) -> Model:
    """A classifier for the examples' intents; deterministic. ValueError with fewer than two intents."""
    names = sorted({e.intent for e in examples} - {OUT_OF_SCOPE})
    has_outside = any(e.intent == OUT_OF_SCOPE for e in examples)
    classes = (*names, OUT_OF_SCOPE) if has_outside else tuple(names)
    if len(classes) < 2:
        raise ValueError("at least two intents with examples are needed to train")
    number = {name: i for i, name in enumerate(classes)}
    labels = np.array([number[e.intent] for e in examples], dtype=np.int64)
    sample = _sample([e.text for e in examples], encoder)
    model = _fit(sample, labels, classes)
    if not has_outside or len(labels) < 30:
        return model
    return _calibrate(model, sample, labels)


def _sample(texts: Sequence[str], encoder: SentenceEncoder) -> Sample:
    prepared = [prepare(text) for text in texts]
    rows = [
        cue.cues(bare, find_all(text, _ANY_DAY), hazard(text) is not None)
        for bare, text in zip(prepared, texts, strict=True)
    ]
    return Sample(prepared, encoder.encode(prepared), np.stack(rows))


def _fit(sample: Sample, labels: Labels, classes: tuple[str, ...], iterations: int = ITERATIONS) -> Model:
    from scipy.sparse import csr_matrix

    vocabulary = Vocabulary.learn(sample.texts, at_least=2 if len(labels) > 200 else 1)
    centre = sample.vectors.mean(axis=0)
    points = centred(sample.vectors, centre)
    dense, dense_bias = fit(
        np.hstack([points, sample.cues]), labels, len(classes), DENSE_STRENGTH, iterations
    )
    data, indices, pointers = stack([vocabulary.weigh(text) for text in sample.texts])
    grams = csr_matrix((data, indices, pointers), shape=(len(labels), len(vocabulary.index)))
    sparse, sparse_bias = fit(grams, labels, len(classes), SPARSE_STRENGTH, iterations)
    flat = np.zeros(len(SIGNS), dtype=np.float32)
    return Model(
        classes=classes,
        vocabulary=vocabulary,
        centre=centre,
        dense=dense,
        dense_bias=dense_bias,
        sparse=sparse,
        sparse_bias=sparse_bias,
        neighbours=points,
        labels=labels,
        sharpness=1.0,
        scope=Scope(flat, flat + 1, np.eye(1, len(SIGNS), dtype=np.float32)[0], 0.0),
    )


def _calibrate(model: Model, sample: Sample, labels: Labels) -> Model:
    """Fit sharpness and the sense of scope on what a model of the other examples says of a third of them."""
    held_out = _third(labels)
    held, rest = np.flatnonzero(held_out), np.flatnonzero(~held_out)
    other = _fit(sample.some(rest), labels[rest], model.classes, QUICK_ITERATIONS)
    view = other.opinion(sample.some(held))
    inside = labels[held] != len(model.classes) - 1
    mean, scale = view.signs.mean(axis=0), view.signs.std(axis=0).clip(1e-3)
    weights, bias = fit((view.signs - mean) / scale, inside.astype(np.int64), 2, 1.0)
    scope = Scope(mean, scale, weights[:, 1] - weights[:, 0], float(bias[1] - bias[0]))
    return replace(model, sharpness=_sharpness(view.fused[inside], labels[held][inside]), scope=scope)


def _third(labels: Labels) -> NDArray[np.bool_]:
    """A third of every class, chosen by a fixed shuffle."""
    chosen = np.zeros(len(labels), dtype=bool)
    random = np.random.default_rng(0)
    for label in np.unique(labels):
        chosen[random.permutation(np.flatnonzero(labels == label))[::3]] = True
    return chosen


def _sharpness(fused: NDArray[np.float32], labels: Labels) -> float:
    """The factor on the log-probabilities that makes the held-out truth likeliest."""
    rows = np.arange(len(labels))
    factors = np.arange(0.5, 4.01, 0.1)
    losses = [-float(log_softmax(fused * np.float32(f))[rows, labels].mean()) for f in factors]
    return float(factors[int(np.argmin(losses))])
