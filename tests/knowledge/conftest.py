"""Articles to import, as a trainer has them in a folder."""

from __future__ import annotations

from pathlib import Path

ARTICLE = """---
id: {id}
title: {title}
language: {language}
questions:
  - {title}怎么办
version: {version}
state: {state}  # who: editors
---

{answer}
"""


def write(folder: Path, name: str = "drip", answer: str = "拧紧。", **values: str) -> Path:
    """An article's file in the folder; values fill its head."""
    head = {
        "id": name,
        "title": "水龙头滴水",
        "language": "zh",
        "version": "1",
        "state": "published",
        **values,
    }
    path = folder / head["language"] / f"{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(ARTICLE.format(answer=answer, **head), encoding="utf-8")
    return path
