"""Knowledge bases of a folder, as a desk that quotes it has them."""

from __future__ import annotations

from pathlib import Path

from bot.knowledge.folder import articles_of
from nlu.encoder import SentenceEncoder
from nlu.knowledge import KnowledgeBase


def of_folder(folder: Path, encoder: SentenceEncoder, cache: Path) -> KnowledgeBase:
    """The published articles of the folder; raises KnowledgeError with all that is wrong."""
    found = [article for article, _, _ in articles_of(folder, cache)]
    return KnowledgeBase.of(found, encoder, cache)
