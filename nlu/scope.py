"""The sense of what the desk does: whether a text is in scope, from several signs of being at home."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.regression import fit

Floats = NDArray[np.float32]

SIGNS = ("log_odds", "energy_dense", "energy_sparse", "nearest", "nearest_outside", "known", "margin")
"""What a first opinion shows of each text; a second one adds `SECOND_SIGNS`."""
SECOND_SIGNS = ("log_odds_second", "energy_second", "nearest_second", "nearest_outside_second")

REFUSED = 0.05
"""Without examples of what is out of scope, the threshold refuses this share of held-out sentences."""
_ALIKE = ("energy_dense", "energy_sparse", "nearest", "energy_second", "nearest_second")


@dataclass(frozen=True)
class Scope:
    """A logistic model over signs; `in_scope` is 0.5 at the threshold."""

    mean: Floats
    scale: Floats
    weights: Floats
    bias: float

    def score(self, signs: Floats) -> Floats:
        """The log-odds of being in scope."""
        return np.asarray((signs - self.mean) / self.scale @ self.weights + self.bias, dtype=np.float32)

    def array(self) -> Floats:
        """The model as rows of one array, for a model file."""
        bias = np.full_like(self.weights, self.bias)
        return np.stack([self.mean, self.scale, self.weights, bias])

    @classmethod
    def restore(cls, stored: Floats) -> Scope:
        """The model that `array` described."""
        mean, scale, weights, bias = stored
        return cls(mean, scale, weights, float(bias[0]))


def learn(signs: Floats, inside: NDArray[np.bool_], names: tuple[str, ...]) -> Scope:
    """The sense of scope from held-out texts; with none from outside, by how unlike the others a text is."""
    mean, scale = signs.mean(axis=0), signs.std(axis=0).clip(1e-3)
    standard = (signs - mean) / scale
    if inside.all():
        weights = np.array([float(name in _ALIKE) for name in names], dtype=np.float32)
        bias = -float(np.quantile(standard @ weights, REFUSED))
        return Scope(mean, scale, weights, bias)
    both, bias_both = fit(standard, inside.astype(np.int64), 2, 1.0)
    return Scope(mean, scale, both[:, 1] - both[:, 0], float(bias_both[1] - bias_both[0]))


def untrained(names: tuple[str, ...]) -> Scope:
    """A sense of scope that only sums the in-scope intents' probabilities."""
    flat = np.zeros(len(names), dtype=np.float32)
    return Scope(flat, flat + 1, np.eye(1, len(names), dtype=np.float32)[0], 0.0)


def belief(odds: Floats) -> Floats:
    """The belief, 0..1, that each text is something the desk does, from its log-odds."""
    return np.asarray(1 / (1 + np.exp(-odds.clip(-30, 30))), dtype=np.float32)


def energy(scores: Floats) -> Floats:
    """The log of the summed exponentials: how strongly anything speaks up for a text."""
    top = scores.max(axis=1)
    return np.asarray(top + np.log(np.exp(scores - top[:, None]).sum(axis=1)))
