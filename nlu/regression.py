"""Multinomial logistic regression for dense or sparse features, in plain NumPy."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_START = float(np.log(0.6))


def log_softmax(scores: Floats) -> Floats:
    """Log-probabilities along the last axis."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), dtype=np.float32)


def fit(
    features: Any,
    labels: NDArray[np.int64],
    classes: int,
    strength: float,
    iterations: int = 150,
) -> tuple[Floats, Floats]:
    """Weights (features × classes) and bias of a logistic regression; `strength` is 1 / regularisation (C).

    Classes weigh alike by the square root of their size, so that large ones do not drown small ones.
    `features` may be a NumPy array or a SciPy sparse matrix with a row an example.
    """
    rows, width = features.shape
    counts = np.bincount(labels, minlength=classes).clip(1)
    importance = (1 / np.sqrt(counts / counts.mean()))[labels].astype(np.float32)
    wanted = np.zeros((rows, classes), dtype=np.float32)
    wanted[np.arange(rows), labels] = 1

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(width + 1, classes)
        log_p = log_softmax(features @ weights[:-1] + weights[-1])
        error = (np.exp(log_p) - wanted) * importance[:, None]
        gradient = np.empty_like(weights)
        gradient[:-1] = strength * (features.T @ error) + weights[:-1]
        gradient[-1] = strength * error.sum(axis=0)
        fall = -strength * float((log_p * wanted * importance[:, None]).sum())
        return fall + 0.5 * float((weights[:-1] ** 2).sum()), gradient.ravel()

    found = minimise(loss, np.zeros((width + 1) * classes, dtype=np.float32), iterations)
    weights = found.reshape(width + 1, classes)
    return weights[:-1], weights[-1]


def shares(opinions: Sequence[Floats], labels: NDArray[np.int64]) -> Floats:
    """How much each branch's log-probabilities should weigh in their sum: positive, likeliest for the labels.

    `opinions` holds one array (texts × classes) a branch, of texts the branches were not trained on; the
    weights' size calibrates the confidence of the sum.
    """
    stacked = np.stack(opinions)
    rows = np.arange(len(labels))

    def loss(logs: Floats) -> tuple[float, Floats]:
        weights = np.exp(logs)
        log_p = log_softmax(np.tensordot(weights, stacked, axes=1))
        expected = (np.exp(log_p)[None] * stacked).sum(axis=2).mean(axis=1)
        told = stacked[:, rows, labels].mean(axis=1)
        prior = 1e-3 * (logs - _START)
        value = -float(log_p[rows, labels].mean()) + 0.5 * float(prior @ (logs - _START))
        return value, np.asarray(weights * (expected - told) + prior, dtype=np.float32)

    start = np.full(len(opinions), _START, dtype=np.float32)
    return np.asarray(np.exp(minimise(loss, start, 60)), dtype=np.float32)


def minimise(
    loss: Callable[[Floats], tuple[float, Floats]], start: Floats, iterations: int, memory: int = 8
) -> Floats:
    """The minimum of a smooth convex function by L-BFGS (Nocedal and Wright, algorithm 7.5).

    `loss` gives value and gradient. Ends early when the value falls by less than a millionth.
    """
    point, (value, gradient) = start, loss(start)
    steps: deque[tuple[Floats, Floats, float]] = deque(maxlen=memory)
    for _ in range(iterations):
        direction = -_two_loops(gradient, steps)
        slope = float(gradient @ direction)
        length = 1.0 if steps else min(1.0, 1.0 / (float(np.abs(gradient).max()) + 1e-12))
        for _ in range(20):
            new = point + np.float32(length) * direction
            new_value, new_gradient = loss(new)
            if new_value <= value + 1e-4 * length * slope:
                break
            length /= 2
        else:
            return point
        step, change = new - point, new_gradient - gradient
        curvature = float(step @ change)
        if curvature > 1e-10:
            steps.append((step, change, 1 / curvature))
        fall, point, value, gradient = value - new_value, new, new_value, new_gradient
        if fall <= 1e-6 * max(abs(value), 1.0):
            break
    return point


def _two_loops(gradient: Floats, steps: deque[tuple[Floats, Floats, float]]) -> Floats:
    """The gradient multiplied by the estimated inverse curvature."""
    result = gradient.copy()
    weights = []
    for step, change, inverse in reversed(steps):
        weight = inverse * float(step @ result)
        result -= np.float32(weight) * change
        weights.append(weight)
    if steps:
        step, change, inverse = steps[-1]
        result *= np.float32(1 / (inverse * float(change @ change)))
    for (step, change, inverse), weight in zip(steps, reversed(weights), strict=True):
        result += step * np.float32(weight - inverse * float(change @ result))
    return result
