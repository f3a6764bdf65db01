"""Long texts are cut where a reader would, and never through a character."""

from __future__ import annotations

import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.telegram.splitting import split, utf16_length

FAMILY = "👨‍👩‍👧‍👦"
FLAG = "🇨🇳"
ACCENT = "é"
WORDS = st.lists(
    st.sampled_from(["水", "冰箱", "a", " ", "\n", "。", FAMILY, FLAG, ACCENT, "👍🏽", "٠", "\u200f", "한"]),
    max_size=120,
).map("".join)


@settings(max_examples=100, deadline=None)
@given(WORDS, st.integers(24, 60))
def test_pieces_fit_and_together_are_the_text(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert all(0 < utf16_length(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@settings(max_examples=100, deadline=None)
@given(WORDS, st.integers(24, 60))
def test_no_cut_goes_through_what_the_reader_sees_as_one(text: str, limit: int) -> None:
    whole = regex.findall(r"\X", text)
    for piece in split(text, limit):
        piece.encode()
        for seen in regex.findall(r"\X", piece):
            assert seen in whole


def test_short_texts_stay_whole() -> None:
    assert split("  hello ", 10) == ["hello"]
    assert split("", 10) == []


def test_cuts_prefer_lines_then_sentences_then_words() -> None:
    assert split("一二三四五六\n七八九十", 8) == ["一二三四五六", "七八九十"]
    assert split("一二三四五。六七八九十", 8) == ["一二三四五。", "六七八九十"]
    assert split("alpha beta gamma", 12) == ["alpha beta", "gamma"]


def test_a_character_longer_than_the_limit_is_cut_after_all() -> None:
    pieces = split("e" + "\u0301" * 100, 30)
    assert all(utf16_length(piece) <= 30 for piece in pieces)


def test_emoji_count_twice() -> None:
    assert utf16_length("👍") == 2
    assert [utf16_length(piece) for piece in split("👍" * 5000, 4096)] == [4096, 4096, 1808]
