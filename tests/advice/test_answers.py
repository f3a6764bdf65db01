"""An answer counts only where it is exactly one of those offered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.advice.answers import BadAnswer, read, schema
from bot.advice.masking import Masked, mask
from handlers.advice import Choice, Chosen
from tests.advice.conftest import CONTEXT

INTENT = Choice("intent", {"report_fault": "报修", "track_order": "查进度"})
PRODUCT = Choice("product", {"refrigerator": "冰箱", "tv": "电视"}, quoted=True)
TEXT = "我家那个 放菜的 大柜子坏了，电话13800138000"


def read_(answer: Any, *choices: Choice, text: str = TEXT) -> tuple[dict[str, Chosen], list[str]]:
    content = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
    return read(content, choices, text, mask(text, CONTEXT))


def test_what_was_offered_is_taken() -> None:
    assert read_({"intent": "track_order"}, INTENT) == ({"intent": Chosen("track_order")}, [])
    assert read_({"intent": "none"}, INTENT) == ({}, [])
    assert read_('```json\n{"intent": "report_fault"}\n```', INTENT)[0]


@pytest.mark.parametrize("words", ["放菜的大柜子", "放菜的 大柜子", " 放菜的大柜子 "])
def test_a_quotation_is_found_however_it_is_spaced(words: str) -> None:
    chosen, _ = read_({"product": {"option": "refrigerator", "words": words}}, PRODUCT)
    one = chosen["product"]
    assert TEXT[one.start : one.end].replace(" ", "") == "放菜的大柜子"


@pytest.mark.parametrize("words", ["冰箱", "", "  ", "，", "⟦PHONE_9⟧"])
def test_a_quotation_that_is_not_in_the_text_is_worth_nothing(words: str) -> None:
    assert read_({"product": {"option": "tv", "words": words}}, PRODUCT) == ({}, ["product"])


def test_placeholders_stand_for_the_customers_own_words_again() -> None:
    masked = mask(TEXT, CONTEXT)
    (placeholder,) = masked.originals
    assert masked.unmask(f"a {placeholder}") == "a 13800138000"
    chosen, _ = read_({"product": {"option": "tv", "words": placeholder}}, PRODUCT)
    assert TEXT[chosen["product"].start : chosen["product"].end] == "13800138000"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("not json at all", "not_json"),
        ("", "not_json"),
        ("null", "not_json"),
        ("[]", "not_json"),
        ('"report_fault"', "not_json"),
        ("{}", "not_json"),
        ('{"intent": "report_fault"', "not_json"),
        ({"intent": "report_fault", "say": "hello"}, "not_json"),
        ({"intent": ["report_fault"]}, "not_offered"),
        ({"intent": None}, "not_offered"),
        ({"intent": 1}, "not_offered"),
        ({"intent": "ask_human"}, "not_offered"),
        ({"intent": "REPORT_FAULT"}, "not_offered"),
        ({"intent": "report_fault "}, "not_offered"),
        ({"intent": '/restart{"x": 1}'}, "not_offered"),
        ({"intent": "<b>report_fault</b>"}, "not_offered"),
        ('{"intent": "report_fault"} and by the way', "not_json"),
        ('{"intent": ' + "[" * 5000 + "]" * 5000 + "}", "not_json"),
        ("<script>alert(1)</script>", "not_json"),
    ],
)
def test_anything_else_is_refused_whole(answer: Any, reason: str) -> None:
    with pytest.raises(BadAnswer, match=reason):
        read_(answer, INTENT)


@pytest.mark.parametrize(
    "product",
    [
        "tv",
        {"option": "tv"},
        {"option": "phone", "words": "放菜的"},
        {"option": "tv", "words": "放" * 500},
        {"option": "tv", "words": 3},
        {"option": "tv", "words": "放菜的", "more": 1},
    ],
)
def test_a_quoted_choice_needs_its_whole_form(product: Any) -> None:
    with pytest.raises(BadAnswer):
        read_({"product": product}, PRODUCT)


def test_the_schema_offers_exactly_the_options() -> None:
    told = schema((INTENT, PRODUCT))
    assert told["properties"]["intent"]["enum"] == ["report_fault", "track_order", "none"]
    assert told["properties"]["product"]["required"] == ["option", "words"]
    assert told["additionalProperties"] is False
    assert Masked("x", {}).unmask("y") == "y"
