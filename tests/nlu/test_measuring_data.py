"""What understanding is measured with is itself sound: its labels exist, and nothing is told twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from nlu import training_data
from nlu.diagnosis import plain
from nlu.interpreter import EXAMPLES
from nlu.knowledge import KnowledgeBase

HERE = Path(__file__).parent
LEAST = 20
"""Sentences of each intent at least."""
TWICE = 2
"""Questions of each article at least."""


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
    """D2: an answerable question's article exists in its language; every article is asked for twice."""
    content = read("questions.yml")
    there = {(article.id, article.language) for article in knowledge.articles}
    asked = Counter(q["id"] for q in content["answerable"])
    texts = [q["question"] for part in content.values() for q in part]
    assert {(q["id"], q["language"]) for q in content["answerable"]} <= there
    assert sorted(i for i in {i for i, _ in there} if asked[i] < TWICE) == []
    assert len(set(texts)) == len(texts) >= 600
    assert len(content["unanswerable"]) >= 150


def test_practice_and_measure_are_apart(knowledge: KnowledgeBase) -> None:
    """D2: what the judgement is fitted on is not what it is measured with, nor a wording of an article."""
    practice, threshold, measure = (
        {plain(q["question"]) for part in read(name).values() for q in part}
        for name in ("held_out_questions.yml", "threshold_questions.yml", "questions.yml")
    )
    told = {plain(words) for article in knowledge.articles for words in (article.title, *article.questions)}
    held_out = {q["id"] for q in read("held_out_questions.yml")["answerable"]}
    assert sorted(practice & measure) == sorted(threshold & measure) == sorted(practice & threshold) == []
    assert sorted((measure | threshold) & told) == []
    assert held_out == {article.id for article in knowledge.articles}
