"""What the agents' group is told: the same words in both languages, each of which can be said (G3)."""

from __future__ import annotations

import pytest

from bot.telegram_desk.wording import SOURCE, Words
from nlu import yml


def test_every_word_is_there_in_both_languages() -> None:
    """G3: what one language can say, the other can."""
    found = yml.read(SOURCE)
    shapes = [
        {name: sorted(x) if isinstance(x, dict) else "" for name, x in found[one].items()} for one in found
    ]
    assert list(found) == ["zh", "en"]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_refusal_can_be_said(language: str) -> None:
    """G3: no braces or names that nothing fills stop a word."""
    words = Words(language)
    said = [words.refused(name, "李娜 {x}") for name in yml.read(SOURCE)[language]["words"]]
    assert len(set(said)) == len(said)
    assert words.refused("no such reason", "") == words("words", "other")
