"""The shelf: the knowledge base the running desk quotes and its catalogue, kept up to date while it runs.

Its articles come from the database once some were imported, else from a folder
(`understanding.articles_from`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from bot.knowledge.folder import articles_of
from bot.knowledge.pictures import lay_out
from bot.knowledge.things import take_over
from bot.settings import Settings
from nlu import article as articles
from nlu.article import Article, version_key
from nlu.catalogue import Catalogue
from nlu.encoder import SentenceEncoder
from nlu.knowledge import ARTICLES, KnowledgeBase, KnowledgeError
from nlu.progress import Progress, silent
from storage import Store, StoreProblem, Tx
from storage.articles import ArticleVersion

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Edition:
    """What a knowledge base was made of: where from, the count of changes, the day."""

    source: str
    changes: int
    day: date
    catalogue: int = 0
    """The count of changes to the catalogue."""


class Shelf:
    """Holds the current knowledge base; `refresh` makes the next one when articles or the day change."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        encoder: SentenceEncoder,
        clock: Callable[[], datetime],
        catalogue: Catalogue | None = None,
        told: Progress = silent,
    ) -> None:
        self._settings = settings
        self._store = store
        self._encoder = encoder
        self._clock = clock
        self._catalogue = catalogue
        self._told = told
        self._cache = settings.data_path / "model"
        self._polling: asyncio.Task[None] | None = None
        self._edition, found = self._read()
        self.current = self._built(found)

    @property
    def edition(self) -> Edition:
        """What the current knowledge base was made of."""
        return self._edition

    def refresh(self) -> bool:
        """Take over what has changed; whether anything had."""
        edition, found = self._read()
        if edition == self._edition:
            return False
        self.current = self._built(found, self.current)
        self._edition = edition
        log.info("knowledge.refreshed", source=edition.source, changes=edition.changes, articles=len(found))
        return True

    def start(self) -> None:
        """Begin looking for changes."""
        self._polling = asyncio.create_task(self._poll())

    async def stop(self) -> None:
        """Stop looking."""
        if self._polling is not None:
            self._polling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._polling

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self._settings.understanding.refresh_seconds)
            try:
                counts = await self._store.read(lambda tx: (tx.articles.changes(), tx.catalogue.changes()))
                known = self._edition
                if (*counts, self._today()) != (known.changes, known.catalogue, known.day):
                    await asyncio.to_thread(self.refresh)
            except (StoreProblem, KnowledgeError) as problem:
                log.warning("knowledge.not_refreshed", reason=str(problem)[:500])
            except Exception:
                log.exception("knowledge.not_refreshed")

    def _today(self) -> date:
        return self._clock().astimezone(ZoneInfo(self._settings.service.zone)).date()

    def _read(self) -> tuple[Edition, list[Article]]:
        things = take_over(self._store)
        wanted, today = self._settings.understanding.articles_from, self._today()
        changes, versions = self._store.run(lambda tx: (tx.articles.changes(), _published(tx, wanted)))
        if versions is None:
            folder = self._settings.understanding.articles or ARTICLES
            return Edition("folder", changes, today, things), [
                a for a in self._of_folder(folder) if a.valid_on(today)
            ]
        found = in_use(versions, today, self._catalogue)
        return Edition("database", changes, today, things), self._pictured(found)

    def _pictured(self, chosen: Sequence[tuple[ArticleVersion, Article]]) -> list[Article]:
        """The articles with the addresses their pictures have on this desk."""
        wanted = {digest for one, _ in chosen for digest in one.files.values()}
        contents = self._store.run(lambda tx: tx.articles.files(wanted)) if wanted else {}
        return [
            self._with_pictures(article, {name: contents[digest] for name, digest in one.files.items()})
            for one, article in chosen
        ]

    def _of_folder(self, folder: Path) -> list[Article]:
        found = []
        for article, file, pictures in articles_of(folder, self._cache, self._catalogue):
            beside = (folder / file).parent
            contents = {name: (beside / name).read_bytes() for name in pictures}
            found.append(self._with_pictures(article, contents))
        return found

    def _with_pictures(self, article: Article, contents: dict[str, bytes]) -> Article:
        if not article.pictures:
            return article
        place = self._settings.data_path / "articles"
        laid = {name: lay_out(place, name, content) for name, content in contents.items()}
        return replace(article, pictures=tuple(laid.get(name, name) for name in article.pictures))

    def _built(self, found: Sequence[Article], before: KnowledgeBase | None = None) -> KnowledgeBase:
        return KnowledgeBase.of(found, self._encoder, self._cache, self._catalogue, self._told)


def in_use(
    versions: Sequence[ArticleVersion], today: date, catalogue: Catalogue | None = None
) -> list[tuple[ArticleVersion, Article]]:
    """Of each published article in each language the newest version that is valid by now.

    A version whose time is over does not bring an older one back.
    """
    newest: dict[tuple[str, str], tuple[ArticleVersion, Article]] = {}
    for one in versions:
        read = articles.parse(one.text, one.file, catalogue=catalogue).article
        if read is None:
            log.warning("knowledge.article_unreadable", article=one.article, version=one.version)
        elif one.state == "published" and not (read.valid_from and read.valid_from > today):
            before = newest.get((one.article, one.language))
            if before is None or version_key(one.version) > version_key(before[0].version):
                newest[one.article, one.language] = (one, read)
    return [newest[key] for key in sorted(newest) if newest[key][1].valid_on(today)]


def _published(tx: Tx, wanted: str) -> list[ArticleVersion] | None:
    """The published versions, or None where the folder is wanted."""
    if quotes_folder(tx, wanted):
        return None
    return tx.articles.published()


def quotes_folder(tx: Tx, wanted: str) -> bool:
    """Whether a desk with that setting of `articles_from` quotes the folder and not the database."""
    return wanted == "folder" or (wanted == "auto" and not tx.articles.imported())
