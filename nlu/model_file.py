"""A trained model as one .npz file: plain arrays, a checksum, no code in it."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]
_CHECKSUM = "checksum"


class ModelFileError(Exception):
    """The model file is missing, damaged or of another version; it has to be built again."""


def checksum(arrays: Arrays) -> NDArray[np.uint8]:
    """SHA-256 over the names, kinds, shapes and bytes of the arrays."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name}:{array.dtype.str}:{array.shape}".encode())
        digest.update(array.data if array.size else b"")
    return np.frombuffer(digest.digest(), dtype=np.uint8)


def save(path: Path, arrays: Arrays) -> None:
    """Write the arrays with their checksum; the file appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, fresh = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **{**arrays, _CHECKSUM: checksum(arrays)})  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise


def read(path: Path) -> Arrays:
    """The arrays that `save` wrote, or ModelFileError."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        expected = arrays.pop(_CHECKSUM)
    except FileNotFoundError as error:
        raise ModelFileError(f"{path.name} is not there") from error
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelFileError(f"{path.name} is damaged: {error}") from error
    if not np.array_equal(expected, checksum(arrays)):
        raise ModelFileError(f"{path.name} is damaged: its checksum differs")
    return arrays
