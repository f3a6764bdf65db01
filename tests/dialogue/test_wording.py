"""The bot's words: chosen by language, channel and slots, filled in without being read again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.wording import Wording, WordingProblem, fill

ZH = [{"type": "slot", "name": "language", "value": "zh"}]
EN = [{"type": "slot", "name": "language", "value": "en"}]
WORDING = Wording(
    {
        "utter_hello": [
            {"condition": ZH, "text": "您好，{name}"},
            {"condition": EN, "text": "Hello {name}"},
            {"condition": EN, "channel": "sms", "text": "Hi {name}"},
        ],
        "utter_many": [{"text": f"words {n}"} for n in range(5)],
        "utter_kind": [
            {"text": "plain"},
            {"condition": [{"type": "slot", "name": "kind", "value": "a"}], "text": "an a"},
        ],
        "utter_buttons": [
            {
                "text": "?",
                "buttons": [{"title": "to {name}", "payload": '/go{"to": "{name}"}'}],
                "custom": {"ask": "contact"},
            }
        ],
    }
)


def test_language_and_channel_choose_the_variation() -> None:
    """C: the customer's language, and a channel's own words where it has some."""
    assert WORDING.render("utter_hello", {"language": "zh", "name": "王"}).text == "您好，王"
    assert WORDING.render("utter_hello", {"language": "en", "name": "Li"}, channel="web").text == "Hello Li"
    assert WORDING.render("utter_hello", {"language": "en", "name": "Li"}, channel="sms").text == "Hi Li"


def test_a_variation_with_fitting_conditions_goes_first() -> None:
    assert WORDING.render("utter_kind", {"kind": "a"}).text == "an a"
    assert WORDING.render("utter_kind", {"kind": "b"}).text == "plain"


def test_the_same_seed_says_the_same_and_others_vary() -> None:
    said = {WORDING.render("utter_many", {}, seed=str(n)).text for n in range(40)}
    assert len(said) > 1
    assert WORDING.render("utter_many", {}, seed="7") == WORDING.render("utter_many", {}, seed="7")


@given(st.text(max_size=80))
def test_values_are_put_in_as_they_are(words: str) -> None:
    """B: braces in a customer's words are no template."""
    assert WORDING.render("utter_hello", {"language": "en", "name": words}).text.strip() in (
        f"Hello {words}".strip(),
        "",
    )
    assert WORDING.render("utter_hello", {"language": "en", "name": "{language}"}).text == "Hello {language}"


def test_payloads_stay_json() -> None:
    reply = WORDING.render("utter_buttons", {}, {"name": 'a "quoted" {name}'})
    assert reply.buttons[0].title == 'to a "quoted" {name}'
    assert reply.buttons[0].payload == '/go{"to": "a \\"quoted\\" {name}"}'
    assert reply.ask == "contact"


def test_lines_with_nothing_to_say_are_left_out() -> None:
    assert (
        fill("Please check:\nModel: {model}\nPhone: {phone}\n\nRight?", {"phone": "1"})
        == "Please check:\nPhone: 1\n\nRight?"
    )


def test_missing_words_are_named() -> None:
    with pytest.raises(WordingProblem, match="utter_nothing"):
        WORDING.render("utter_nothing", {})
    with pytest.raises(WordingProblem, match="'fr'"):
        WORDING.render("utter_hello", {"language": "fr"})
