"""What comes in is made harmless, what is chosen is understood, what goes out is joined."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.bubbles import BUBBLE_BYTES, merge
from bot.choices import choice_seq, spoken, tapped
from bot.cleaning import TEXT_LIMIT, clean
from bot.messages import Button, Reply

OFFER = {
    "seq": 4,
    "buttons": [{"title": "✅ 解决了", "payload": "/yes"}, {"title": "Not yet", "payload": "/no"}],
}


@given(st.text(alphabet=st.characters(), max_size=300))
def test_cleaned_text_can_be_stored_anywhere(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert "\x00" not in cleaned
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("a\x00b", "ab"),
        ("x\ud83dy", "xy"),
        ("\u202eabc\u202c", "abc"),
        ("  嗨 👋🏽 \n", "嗨 👋🏽"),
        ("one\ntwo", "one\ntwo"),
    ],
)
def test_what_no_screen_should_bear_is_taken_out(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


def test_a_text_of_a_hundred_thousand_characters_is_clipped() -> None:
    assert len(clean("冷" * 100_000)) == TEXT_LIMIT


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("1", "/yes"), ("２", "/no"), ("2.", "/no"), ("（1）", "/yes"), ("选二", "/no"), ("第一个", "/yes"),
        ("解决了", "/yes"), ("not yet!", "/no"), ("NOT YET", "/no"), ("✅ 解决了", "/yes"),
        ("3", None), ("0", None), ("12345678901", None), ("", None), ("maybe", None), ("!!!", None),
    ],
)  # fmt: skip
def test_a_choice_is_made_by_number_or_by_its_words(said: str, meant: str | None) -> None:
    """C10."""
    assert spoken(said, OFFER) == meant


def test_without_an_offer_a_number_is_only_a_number() -> None:
    assert spoken("1", None) is None


@given(st.text(max_size=30))
def test_no_choice_reference_can_break_the_turn(choice: str) -> None:
    tapped(choice, OFFER)
    choice_seq(choice)


def test_a_tap_finds_its_payload() -> None:
    assert tapped("4:1", OFFER) == "/no"
    assert tapped("4:-1", OFFER) is None
    assert tapped("4:7", OFFER) is None
    assert tapped("4:0", None) is None


def test_texts_that_follow_one_another_become_one_bubble() -> None:
    yes = Button("好", "/affirm")
    merged = merge([Reply("一"), Reply("二", (yes,)), Reply("三"), Reply(image="x"), Reply("四")])
    assert merged == (Reply("一\n\n二", (yes,)), Reply("三"), Reply(image="x"), Reply("四"))


@given(st.lists(st.text(min_size=1, max_size=900), max_size=8))
def test_bubbles_lose_no_word_and_stay_within_every_channels_limit(texts: list[str]) -> None:
    merged = merge(Reply(text) for text in texts)
    assert "\n\n".join(reply.text for reply in merged) == "\n\n".join(texts)
    for reply in merged:
        joined = reply.text not in texts
        assert not joined or len(reply.text.encode("utf-8", "replace")) <= BUBBLE_BYTES
