"""Import: a folder of articles into the database, all of it or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from bot.knowledge.states import with_state, without_state
from nlu import article as articles
from nlu.article import Reading, version_key
from nlu.catalogue import Catalogue
from nlu.collection import read_folder
from nlu.knowledge import KnowledgeError
from nlu.problem import Problem
from storage import Tx
from storage.articles import ArticleVersion

_LARGEST = 5_000_000
_ORDER = ("draft", "review", "published", "retired")
_FINAL = ("published", "retired")


class AlreadyThere(ValueError):
    """There is such an article already; the message names it."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """An article of the folder, with its picture files by digest and the line of its version."""

    version: ArticleVersion
    pictures: dict[str, bytes]
    line: int


@dataclass(frozen=True, slots=True)
class Change:
    """What an import does with one version: add, replace (a text never published), state, or nothing."""

    action: str
    version: ArticleVersion
    pictures: dict[str, bytes]

    def __str__(self) -> str:
        one = self.version
        return f"{self.action}: {one.article} {one.language} v{one.version} ({one.state})"


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything an import would do, and what is worth a warning."""

    changes: tuple[Change, ...]
    unchanged: int
    warnings: tuple[str, ...]


def incoming(
    folder: Path, actor: str, now: datetime, catalogue: Catalogue | None = None
) -> tuple[list[Incoming], list[str]]:
    """The articles of a folder, and warnings; raises KnowledgeError naming everything that is wrong."""
    collection = read_folder(folder, catalogue)
    problems = list(collection.problems)
    found = []
    for reading in collection.readings:
        if reading.article is None:
            continue
        pictures, wrong = _pictures(folder, reading)
        problems += wrong
        found.append(_incoming(folder, reading, pictures, actor, now))
    if problems:
        raise KnowledgeError(problems)
    return found, [str(warning) for warning in collection.warnings()]


def rewritten(
    text: str, before: ArticleVersion, actor: str, now: datetime, catalogue: Catalogue | None = None
) -> Incoming:
    """An edited text of that article as what an import would take; a final state becomes a draft's.

    Raises KnowledgeError naming everything that is wrong. Pictures are those the article has.
    """
    reading = articles.parse(text, before.file, catalogue=catalogue)
    one = reading.article
    if one is None:
        raise KnowledgeError(reading.problems)
    problems = []
    if (one.id, one.language) != (before.article, before.language):
        problems.append(Problem(before.file, reading.at.get("id", 1), "`id` and `language` stay as they are"))
    for name in reading.files:
        if name not in before.files:
            problems.append(
                Problem(before.file, 1, f"{name}: there is no such picture; `kb import` brings new ones")
            )
    if problems:
        raise KnowledgeError(problems)
    state = "draft" if one.state in _FINAL else one.state
    text = with_state(text, state)
    digests = {name: before.files[name] for name in reading.files}
    version = ArticleVersion(
        one.id, one.language, one.version, state, one.title, before.file, text,
        digest_of(text, digests), digests, now, actor,
    )  # fmt: skip
    return Incoming(version, {}, reading.at["version"])


def plan(tx: Tx, found: Sequence[Incoming], warnings: Sequence[str] = ()) -> Plan:
    """What importing these would do; raises KnowledgeError where one of them cannot be taken."""
    known: dict[tuple[str, str], list[ArticleVersion]] = {}
    for version in tx.articles.all():
        known.setdefault((version.article, version.language), []).append(version)
    problems: list[Problem] = []
    changes: list[Change] = []
    told = list(warnings)
    for one in found:
        before = known.get((one.version.article, one.version.language), [])
        change, problem, warning = _compare(one, before)
        problems += [problem] if problem else []
        changes += [change] if change else []
        told += [warning] if warning else []
    if problems:
        raise KnowledgeError(problems)
    return Plan(tuple(changes), len(found) - len(changes), tuple(told))


def carry_out(
    tx: Tx, found: Sequence[Incoming], actor: str, now: datetime, warnings: Sequence[str] = ()
) -> Plan:
    """Import these in this transaction; the plan is what was done."""
    tx.articles.touch()  # before reading: imports wait for each other
    made = plan(tx, found, warnings)
    for change in made.changes:
        for digest, content in change.pictures.items():
            tx.articles.put_file(digest, content)
        if change.action == "new":
            tx.articles.add(change.version)
        elif change.action == "replaced":
            tx.articles.replace(change.version, actor, now)
        else:
            tx.articles.set_state(change.version, change.version.state, change.version.text, actor, now)
    return made


def add_draft(tx: Tx, text: str, actor: str, now: datetime) -> ArticleVersion:
    """Keep one new article given as text; raises AlreadyThere, or KnowledgeError where it is none."""
    reading = articles.parse(text, "draft")
    if reading.article is None:
        raise KnowledgeError(reading.problems)
    one = reading.article
    tx.articles.touch()
    if tx.articles.all(one.id, one.language):
        raise AlreadyThere(f"article `{one.id}` is in the database already (`kb show {one.id}`)")
    file = f"{one.language}/{one.id}.md"
    digest = digest_of(text, {})
    version = ArticleVersion(
        one.id, one.language, one.version, one.state, one.title, file, text, digest, {}, now, actor
    )
    tx.articles.add(version, "drafted")
    return version


def _compare(
    one: Incoming, before: Sequence[ArticleVersion]
) -> tuple[Change | None, Problem | None, str | None]:
    """The change an article means, or the problem; and a warning where the database knows better."""
    new = one.version
    same = next((v for v in before if v.version == new.version), None)
    if same is None:
        newest = max((v.version for v in before), key=version_key, default=None)
        if newest is not None and version_key(new.version) <= version_key(newest):
            message = f"`version`: {newest} is in the database already; expected a higher number"
            return None, Problem(new.file, one.line, message), None
        return Change("new", new, one.pictures), None, None
    if same.digest != new.digest:
        if same.state in _FINAL:
            return None, _changed(one, same), None
        return Change("replaced", new, one.pictures), None, None
    if new.state == same.state:
        return None, None, None
    if _ORDER.index(new.state) > _ORDER.index(same.state):
        moved = replace(same, state=new.state, text=with_state(same.text, new.state))
        return Change(new.state, moved, {}), None, None
    command = "kb publish" if same.state == "retired" else "kb retire"
    warning = f"{new.file}: is {same.state} in the database and stays so (`{command}` changes it)"
    return None, None, warning


def _changed(one: Incoming, same: ArticleVersion) -> Problem:
    parts = same.version.split(".")
    following = ".".join([*parts[:-1], str(int(parts[-1]) + 1)])
    message = (
        f"`version`: {same.version} was {same.state} with another text; write `version: {following}` here, "
        "and the published text stays on record"
    )
    return Problem(one.version.file, one.line, message)


def _incoming(
    folder: Path, reading: Reading, pictures: dict[str, bytes], actor: str, now: datetime
) -> Incoming:
    article = reading.article
    assert article is not None
    text = (folder / reading.file).read_bytes().decode("utf-8")
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in pictures.items()}
    version = ArticleVersion(
        article=article.id,
        language=article.language,
        version=article.version,
        state=article.state,
        title=article.title,
        file=reading.file,
        text=text,
        digest=digest_of(text, digests),
        files=digests,
        created_at=now,
        created_by=actor,
    )
    by_digest = {digests[name]: content for name, content in pictures.items()}
    return Incoming(version, by_digest, reading.at["version"])


def digest_of(text: str, pictures: dict[str, str]) -> str:
    """A name for a text without its state, and its pictures."""
    told = without_state(text) + "".join(f"\0{name}\0{pictures[name]}" for name in sorted(pictures))
    return hashlib.sha256(told.encode()).hexdigest()


def _pictures(folder: Path, reading: Reading) -> tuple[dict[str, bytes], list[Problem]]:
    found: dict[str, bytes] = {}
    wrong: list[Problem] = []
    for name, content in _contents(folder, reading):
        if isinstance(content, str):
            wrong.append(Problem(reading.file, 1, f"{name}: {content}"))
        else:
            found[name] = content
    return found, wrong


def _contents(folder: Path, reading: Reading) -> Iterator[tuple[str, bytes | str]]:
    for name in reading.files:
        path = folder / PurePosixPath(reading.file).parent / name
        try:
            large = path.stat().st_size > _LARGEST
            yield name, f"expected at most {_LARGEST // 1_000_000} MB" if large else path.read_bytes()
        except OSError as problem:
            yield name, f"cannot be read ({problem.strerror})"
