"""How well the built-in articles answer questions worded apart from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from nlu.knowledge import KnowledgeBase

FILES = Path(__file__).parents[1] / "nlu"
Asked = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Figures:
    """Shares: `coverage` and `precision` are of the answerable ones; `all_right` of every answer given."""

    answerable: int
    unanswerable: int
    first: float
    third: float
    coverage: float
    precision: float
    bold: int
    all_right: float


def questions(name: str) -> Asked:
    """The questions of a file of `tests/nlu`: `answerable` with their article's id, and `unanswerable`."""
    read: Asked = yaml.safe_load((FILES / name).read_text(encoding="utf-8"))
    return read


def figures(base: KnowledgeBase, asked: Asked) -> Figures:
    """What the search makes of them; an answer counts as given where it is confident."""
    first = third = given = right = 0
    for question in asked["answerable"]:
        hits = base.search(question["question"], question["language"], question.get("product"))
        ids = [hit.article.id for hit in hits]
        found = ids[:1] == [question["id"]]
        confident = bool(hits) and hits[0].confident
        first, third = first + found, third + (question["id"] in ids)
        given, right = given + confident, right + (confident and found)
    bold = sum(
        bool(hits) and hits[0].confident
        for question in asked["unanswerable"]
        if (hits := base.search(question["question"], question["language"])) is not None
    )
    of = len(asked["answerable"])
    return Figures(
        of,
        len(asked["unanswerable"]),
        first / of,
        third / of,
        given / of,
        right / max(given, 1),
        bold,
        right / max(given + bold, 1),
    )
