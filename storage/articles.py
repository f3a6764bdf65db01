"""The knowledge base's articles: every version with its text, who changed what, and the pictures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, insert, select, update

from storage.counting import count, step
from storage.schema import article_events, article_files, articles

if TYPE_CHECKING:
    from storage.transaction import Tx

COUNTER = "articles"


@dataclass(frozen=True, slots=True)
class ArticleVersion:
    """One version of an article in one language; `text` is its Markdown file as it was imported.

    `digest` names the text without its state, and the pictures; `files` are the pictures' digests by the
    names the text has for them; `file` is where an export writes it.
    """

    article: str
    language: str
    version: str
    state: str
    title: str
    file: str
    text: str
    digest: str
    files: dict[str, str]
    created_at: datetime
    created_by: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What there is only one of: id, language and version."""
        return self.article, self.language, self.version


@dataclass(frozen=True, slots=True)
class ArticleEvent:
    """What was done with an article, by whom."""

    at: datetime
    actor: str
    action: str
    article: str
    language: str
    version: str


_COLUMNS: tuple[Any, ...] = (
    articles.c.article, articles.c.language, articles.c.version, articles.c.state, articles.c.title,
    articles.c.file, articles.c.text, articles.c.digest, articles.c.files, articles.c.created_at,
    articles.c.created_by,
)  # fmt: skip


class Articles:
    """The articles' repository. Changes wait for each other, so that `changes` never skips one."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def changes(self) -> int:
        """A number that grows with every change; a desk that knows it needs to read nothing."""
        return count(self._tx, COUNTER)

    def touch(self) -> None:
        """Count one change; other changes wait until this transaction ends."""
        step(self._tx, COUNTER)

    def all(self, article: str | None = None, language: str | None = None) -> list[ArticleVersion]:
        """Every version, or those of one article, or of one language; by id, language and age."""
        found: Select[Any] = select(*_COLUMNS)
        if article is not None:
            found = found.where(articles.c.article == article)
        if language is not None:
            found = found.where(articles.c.language == language)
        return self._read(found)

    def published(self) -> list[ArticleVersion]:
        """Every published version."""
        return self._read(select(*_COLUMNS).where(articles.c.state == "published"))

    def published_texts(self, most: int) -> set[str]:
        """The texts of the newest published versions, of so many at most."""
        found = select(articles.c.text).where(articles.c.state == "published")
        return set(self._tx.execute(found.order_by(articles.c.id.desc()).limit(most)).scalars())

    def imported(self) -> bool:
        """Whether articles were ever imported; a draft made here does not count."""
        found = select(article_events.c.id).where(article_events.c.action == "imported").limit(1)
        return self._tx.execute(found).first() is not None

    def add(self, one: ArticleVersion, action: str = "imported") -> None:
        """Keep a new version."""
        values = {column.name: getattr(one, column.name) for column in _COLUMNS}
        self._tx.execute(insert(articles), values)
        self._record(one, one.created_at, one.created_by, action)

    def replace(self, one: ArticleVersion, actor: str, now: datetime) -> None:
        """Put another text under the same version number."""
        values = {name: getattr(one, name) for name in ("state", "title", "file", "text", "digest", "files")}
        self._tx.execute(update(articles).where(*_key(one)).values(**values))
        self._record(one, now, actor, "replaced")

    def set_state(self, one: ArticleVersion, state: str, text: str, actor: str, now: datetime) -> None:
        """Give a version another state, in its text too."""
        self._tx.execute(update(articles).where(*_key(one)).values(state=state, text=text))
        self._record(one, now, actor, state)

    def events(self, article: str) -> list[ArticleEvent]:
        """What was done with an article, oldest first."""
        kept = article_events.c
        columns: tuple[Any, ...] = (
            kept.at, kept.actor, kept.action, kept.article, kept.language, kept.version
        )  # fmt: skip
        found = select(*columns).where(kept.article == article).order_by(kept.id)
        rows: list[Any] = list(self._tx.execute(found))
        return [ArticleEvent(*row) for row in rows]

    def put_file(self, digest: str, content: bytes) -> None:
        """Keep a picture under its digest, once."""
        known = select(article_files.c.digest).where(article_files.c.digest == digest)
        if self._tx.execute(known).first() is None:
            self._tx.execute(insert(article_files), {"digest": digest, "content": content})

    def files(self, digests: Iterable[str]) -> dict[str, bytes]:
        """The pictures of these digests."""
        found = {}
        for digest in sorted(set(digests)):
            content = select(article_files.c.content).where(article_files.c.digest == digest)
            if (row := self._tx.execute(content).first()) is not None:
                found[digest] = bytes(row[0])
        return found

    def _read(self, statement: Select[Any]) -> list[ArticleVersion]:
        ordered = statement.order_by(articles.c.article, articles.c.language, articles.c.id)
        rows: list[Any] = list(self._tx.execute(ordered))
        return [ArticleVersion(*row) for row in rows]

    def _record(self, one: ArticleVersion, now: datetime, actor: str, action: str) -> None:
        values = {
            "at": now, "actor": actor, "action": action, "article": one.article, "language": one.language,
            "version": one.version,
        }  # fmt: skip
        self._tx.execute(insert(article_events), values)


def _key(one: ArticleVersion) -> tuple[Any, ...]:
    return (
        articles.c.article == one.article,
        articles.c.language == one.language,
        articles.c.version == one.version,
    )
