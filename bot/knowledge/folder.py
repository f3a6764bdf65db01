"""The articles of a folder; what was read of them is kept, so that a start need not read each anew."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from nlu import answer_text, article, catalogue, diagnosis, front_matter
from nlu.article import Article
from nlu.catalogue import Catalogue
from nlu.collection import read_folder
from nlu.knowledge import KnowledgeError

_READERS = (article, answer_text, diagnosis, front_matter)

Found = tuple[Article, str, tuple[str, ...]]
"""An article, its file as seen from the folder, and the names of its pictures beside that file."""


def articles_of(folder: Path, cache: Path, own: Catalogue | None = None) -> list[Found]:
    """Every article of the folder; raises KnowledgeError with all that is wrong.

    What was read is kept in `cache` until a file, the catalogue in use or the readers' own code changes.
    """
    known = own in (None, catalogue.in_use())
    kept = cache / f"read-{_mark(folder)}.json" if known else None
    if kept is not None:
        with contextlib.suppress(OSError, ValidationError):
            return _form().validate_json(kept.read_bytes())
    collection = read_folder(folder, own)
    if collection.problems:
        raise KnowledgeError(collection.problems)
    found = [(one.article, one.file, one.files) for one in collection.readings if one.article is not None]
    if kept is not None:
        _keep(kept, found)
    return found


def _keep(path: Path, found: list[Found]) -> None:
    """Where the folder cannot be written to, the next start reads the articles again."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.{os.getpid()}.new")
        new.write_bytes(_form().dump_json(found))
        new.replace(path)
        for old in path.parent.glob("read-*.json"):
            if old != path:
                old.unlink(missing_ok=True)


def _mark(folder: Path) -> str:
    """What the reading depends on: names and contents of everything in the folder, catalogue, code."""
    mark = hashlib.sha256()
    for name, path in _sources(folder):
        content = path.read_bytes()
        mark.update(f"{name}\0{len(content)}\0".encode(errors="surrogateescape") + content)
    return mark.hexdigest()[:16]


def _sources(folder: Path) -> Iterator[tuple[str, Path]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    yield from sorted((path.relative_to(folder).as_posix(), path) for path in files)
    yield from ((f"catalogue {number}", path) for number, path in enumerate(catalogue.sources()))
    yield from ((reader.__name__, Path(str(reader.__file__))) for reader in _READERS)


def _form() -> TypeAdapter[list[Found]]:
    return TypeAdapter(list[Found])
