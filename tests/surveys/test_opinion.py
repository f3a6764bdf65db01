"""What words say about a service, with negation, in Chinese and English (F4)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from handlers.surveys.opinion import opinion

SENTENCES = yaml.safe_load(Path(__file__).with_name("sentences.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("words", "rating", "good", "bad"), SENTENCES, ids=[row[0] for row in SENTENCES])
def test_a_sentence(words: str, rating: str | None, good: list[str], bad: list[str]) -> None:
    """F4: rating, what was praised, what was criticised."""
    found = opinion(words)
    told: tuple[Any, ...] = (found.rating, list(found.good), list(found.bad)) if found else (None, [], [])
    assert told == (rating, good, bad)


def test_there_are_enough_sentences() -> None:
    assert len(SENTENCES) >= 60
    assert {row[1] for row in SENTENCES} == {"satisfied", "neutral", "dissatisfied", None}


@pytest.mark.parametrize(
    "words", ["不" * 50_000 + "满意", "not very " * 12_000, "，" * 100_000, "很" * 99_999, "\u202e满意"]
)
def test_hostile_words_cost_no_time(words: str) -> None:
    begun = time.perf_counter()
    opinion(words)
    assert time.perf_counter() - begun < 0.05
