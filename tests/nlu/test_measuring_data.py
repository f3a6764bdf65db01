"""What understanding is measured with is itself sound: its labels exist, and nothing is told twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from nlu import training_data
from nlu.interpreter import EXAMPLES
from nlu.knowledge import KnowledgeBase

HERE = Path(__file__).parent
LEAST = 20
"""Sentences of each intent at least."""


def read(name: str) -> dict[str, list[dict[str, Any]]]:
    """One of the YAML files beside this one."""
    content: dict[str, list[dict[str, Any]]] = yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
    return content


def test_sentences_cover_every_intent() -> None:
    """B1, B3: no intent without enough sentences."""
    sentences = training_data.load(HERE / "sentences.yml").examples
    learnt = training_data.load(EXAMPLES).examples
    counts = Counter(e.intent for e in sentences)
    assert set(counts) == {e.intent for e in learnt}
    assert min(counts.values()) >= LEAST
    assert counts["out_of_scope"] >= 150
    assert len({e.text for e in sentences}) == len(sentences) >= 720


def test_several_and_single_are_labelled_with_known_intents() -> None:
    """B1: two intents or more in one list, exactly one in the other."""
    known = {e.intent for e in training_data.load(EXAMPLES).examples}
    content = read("several.yml")
    assert len(content["several"]) >= 80
    assert len(content["single"]) >= 40
    assert all(2 <= len(m["intents"]) <= 3 and known.issuperset(m["intents"]) for m in content["several"])
    assert all(len(m["intents"]) == 1 and known.issuperset(m["intents"]) for m in content["single"])


def test_every_question_names_an_article_there_is(knowledge: KnowledgeBase) -> None:
    """D2: an answerable question's article exists in its language; hardly an article is not asked for."""
    content = read("questions.yml")
    there = {(article.id, article.language) for article in knowledge.articles}
    asked = {(q["id"], q["language"]) for q in content["answerable"]}
    texts = [q["question"] for part in content.values() for q in part]
    assert asked <= there
    assert len({i for i, _ in asked}) >= 0.85 * len({i for i, _ in there})
    assert len(set(texts)) == len(texts) >= 440
    assert len(content["unanswerable"]) >= 130
