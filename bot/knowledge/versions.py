"""Publishing and retiring versions of articles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from bot.knowledge.exporting import newest
from bot.knowledge.shelf import in_use
from bot.knowledge.states import with_state
from nlu import article as articles
from nlu.catalogue import Catalogue
from storage import Tx
from storage.articles import ArticleVersion


class NoSuchArticle(ValueError):
    """The database has no such article, language or version; the message says what there is."""


class NotPublishable(ValueError):
    """The version cannot be published; the message says what is wrong with its text."""


def versions_of(
    tx: Tx, article: str, language: str | None = None, version: str | None = None
) -> list[ArticleVersion]:
    """The versions of an article, all or those asked for; raises NoSuchArticle."""
    known = tx.articles.all(article)
    if not known:
        raise NoSuchArticle(
            f"there is no article `{article}` in the database (`kb list` shows what there is)"
        )
    found = [v for v in known if language in (None, v.language) and version in (None, v.version)]
    if not found:
        there = ", ".join(f"{v.language} v{v.version}" for v in known)
        raise NoSuchArticle(f"article `{article}` is there as {there}")
    return found


def publish(
    tx: Tx,
    article: str,
    actor: str,
    now: datetime,
    language: str | None = None,
    version: str | None = None,
    catalogue: Catalogue | None = None,
) -> list[ArticleVersion]:
    """Publish the newest version in each language, or the one asked for, where it is not published yet."""
    tx.articles.touch()
    chosen = newest(versions_of(tx, article, language, version))
    waiting = [one for one in chosen if one.state != "published"]
    for one in waiting:
        read = articles.parse(one.text, one.file, catalogue=catalogue)
        if read.problems:
            raise NotPublishable("\n".join(map(str, read.problems)))
        tx.articles.set_state(one, "published", with_state(one.text, "published"), actor, now)
    return waiting


def retire(
    tx: Tx,
    article: str,
    actor: str,
    now: datetime,
    language: str | None = None,
    version: str | None = None,
) -> list[ArticleVersion]:
    """Retire every version that is not retired yet, or those asked for: none of them is quoted any more."""
    tx.articles.touch()
    going = [one for one in versions_of(tx, article, language, version) if one.state != "retired"]
    for one in going:
        tx.articles.set_state(one, "retired", with_state(one.text, "retired"), actor, now)
    return going


def quoted(versions: Sequence[ArticleVersion], today: date) -> set[tuple[str, str, str]]:
    """The keys of the versions a desk quotes today."""
    return {one.key for one, _ in in_use(versions, today)}
