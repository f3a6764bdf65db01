"""Export: the newest version of every article as Markdown files, as they were imported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path, PurePosixPath

from nlu.article import version_key
from storage import Tx
from storage.articles import ArticleVersion


class ExportProblem(ValueError):
    """The folder cannot take the export; the message says why."""


@dataclass(frozen=True, slots=True)
class Files:
    """What an export writes: contents by path, relative to the folder."""

    contents: dict[str, bytes]
    articles: int


def newest(versions: Iterable[ArticleVersion]) -> list[ArticleVersion]:
    """The newest version of each article in each language, by id and language."""
    found: dict[tuple[str, str], ArticleVersion] = {}
    for one in versions:
        before = found.get((one.article, one.language))
        if before is None or version_key(one.version) > version_key(before.version):
            found[one.article, one.language] = one
    return [found[key] for key in sorted(found)]


def collect(tx: Tx, states: Iterable[str] = ()) -> Files:
    """The files of an export; only articles in these states where some are given."""
    wanted = set(states)
    return files_of(tx, [v for v in newest(tx.articles.all()) if not wanted or v.state in wanted])


def files_of(tx: Tx, chosen: Sequence[ArticleVersion]) -> Files:
    """The files of these articles, with their pictures."""
    pictures = tx.articles.files(digest for one in chosen for digest in one.files.values())
    contents: dict[str, bytes] = {}
    for one in chosen:
        beside = {name: pictures[digest] for name, digest in one.files.items()}
        path = next(p for p in _places(one) if p not in contents and _fit(p, beside, contents))
        contents[path] = one.text.encode()
        contents |= {_beside(path, name): content for name, content in beside.items()}
    return Files(contents, len(chosen))


def write(files: Files, folder: Path) -> None:
    """Write an export into a folder that is new or empty; raises ExportProblem."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportProblem(
            f"{folder} is not empty: give a new folder, so that no old article stays among the new"
        )
    try:
        for name, content in files.contents.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as problem:
        raise ExportProblem(f"{folder}: cannot be written ({problem.strerror})") from None


def _places(one: ArticleVersion) -> Iterator[str]:
    """Where the article may stand: where it came from, under its own name, in a folder of its own."""
    if one.file:
        yield one.file
    own = f"{one.language}/{one.article}"
    yield f"{own}.md"
    for folder in chain((own,), (f"{own}-{n}" for n in count(2))):
        yield f"{folder}/{one.article}.md"


def _fit(path: str, beside: dict[str, bytes], taken: dict[str, bytes]) -> bool:
    """Whether the pictures can stand beside the article there, and take no other picture's place."""
    places = {_beside(path, name): content for name, content in beside.items()}
    return all(taken.get(place, content) == content for place, content in places.items())


def _beside(path: str, name: str) -> str:
    return (PurePosixPath(path).parent / name).as_posix()
