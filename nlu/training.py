"""Making a classifier from examples: two branches, their fusion, and a calibrated sense of scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nlu.classifier import OUT_OF_SCOPE, SIGNS, Model
from nlu.encoder import SentenceEncoder, Vectors
from nlu.ngrams import Vocabulary, stack
from nlu.regression import fit
from nlu.text import prepare
from nlu.training_data import Example

DENSE_STRENGTH = 25.0
SPARSE_STRENGTH = 12.0
DENSE_SHARE = 0.55
FOLDS = 3
QUICK_ITERATIONS = 50
SETTINGS = f"{DENSE_STRENGTH}/{SPARSE_STRENGTH}/{DENSE_SHARE}/{FOLDS}"
"""Part of a model's fingerprint."""

Labels = NDArray[np.int64]


def train(examples: Sequence[Example], encoder: SentenceEncoder) -> Model:
    """A classifier for the examples' intents; deterministic. Needs at least two intents."""
    names = sorted({e.intent for e in examples} - {OUT_OF_SCOPE})
    has_outside = any(e.intent == OUT_OF_SCOPE for e in examples)
    classes = (*names, OUT_OF_SCOPE) if has_outside else tuple(names)
    if len(classes) < 2:
        raise ValueError("at least two intents with examples are needed to train")
    number = {name: i for i, name in enumerate(classes)}
    texts = [prepare(e.text) for e in examples]
    labels = np.array([number[e.intent] for e in examples], dtype=np.int64)
    embeddings = encoder.encode(texts)
    model = _fit(texts, embeddings, labels, classes)
    if not has_outside or len(texts) < 10 * FOLDS:
        return model
    return _calibrate(model, texts, embeddings, labels)


def _fit(
    texts: Sequence[str], embeddings: Vectors, labels: Labels, classes: tuple[str, ...], iterations: int = 90
) -> Model:
    from scipy.sparse import csr_matrix

    vocabulary = Vocabulary.learn(texts, at_least=2 if len(texts) > 200 else 1)
    centre = embeddings.mean(axis=0)
    points = embeddings - centre
    points /= np.linalg.norm(points, axis=1, keepdims=True).clip(1e-6)
    dense, dense_bias = fit(points, labels, len(classes), DENSE_STRENGTH, iterations)
    data, indices, pointers = stack([vocabulary.weigh(t) for t in texts])
    grams = csr_matrix((data, indices, pointers), shape=(len(texts), len(vocabulary.index)))
    sparse, sparse_bias = fit(grams, labels, len(classes), SPARSE_STRENGTH, iterations)
    outside = labels == (len(classes) - 1 if classes[-1] == OUT_OF_SCOPE else -1)
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
        outside=outside,
        share=DENSE_SHARE,
        sharpness=1.0,
        scope_mean=flat,
        scope_scale=flat + 1,
        scope_weights=np.eye(1, len(SIGNS), dtype=np.float32)[0],
        scope_bias=0.0,
    )


def _calibrate(model: Model, texts: Sequence[str], embeddings: Vectors, labels: Labels) -> Model:
    """Fit sharpness and the sense of scope on what models of the other folds say of each example."""
    fold = _folds(labels)
    fused = np.empty((len(texts), len(model.classes)), dtype=np.float32)
    signs = np.empty((len(texts), len(SIGNS)), dtype=np.float32)
    for k in range(FOLDS):
        held, rest = np.flatnonzero(fold == k), np.flatnonzero(fold != k)
        other = _fit([texts[i] for i in rest], embeddings[rest], labels[rest], model.classes, QUICK_ITERATIONS)
        view = other.branches([texts[i] for i in held], embeddings[held])
        fused[held], signs[held] = view.fused, view.signs
    inside = labels != len(model.classes) - 1
    mean, scale = signs.mean(axis=0), signs.std(axis=0).clip(1e-3)
    weights, bias = fit((signs - mean) / scale, inside.astype(np.int64), 2, 1.0)
    return replace(
        model,
        sharpness=_sharpness(fused[inside], labels[inside]),
        scope_mean=mean,
        scope_scale=scale,
        scope_weights=weights[:, 1] - weights[:, 0],
        scope_bias=float(bias[1] - bias[0]),
    )


def _folds(labels: Labels) -> Labels:
    """Every class spread evenly over the folds, by a fixed shuffle."""
    fold = np.empty(len(labels), dtype=np.int64)
    random = np.random.default_rng(0)
    for label in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == label))
        fold[members] = np.arange(len(members)) % FOLDS
    return fold


def _sharpness(fused: NDArray[np.float32], labels: Labels) -> float:
    """The factor on the log-probabilities that makes the held-out truth likeliest."""
    best, chosen = np.inf, 1.0
    for factor in np.arange(0.6, 4.01, 0.1):
        scaled = fused * factor
        log_total = np.log(np.exp(scaled - scaled.max(axis=1, keepdims=True)).sum(axis=1)) + scaled.max(axis=1)
        loss = float((log_total - scaled[np.arange(len(labels)), labels]).mean())
        if loss < best:
            best, chosen = loss, float(factor)
    return chosen
