"""Amounts, dates and labels in both languages, and people's words made fit for print."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from bot.sheet.visible import BREAK, visible
from bot.sheet.words import LANGUAGES, SOURCE, money, span, word
from handlers.fees.amounts import Currency
from handlers.warranty.spans import State
from nlu import yml

AT = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minor", "currency", "zh", "en"),
    [
        (0, "CNY", "¥0.00", "CNY 0.00"),
        (5, "CNY", "¥0.05", "CNY 0.05"),
        (123456789, "CNY", "¥1,234,567.89", "CNY 1,234,567.89"),
        (-4500, "CNY", "−¥45.00", "−CNY 45.00"),
        (150_050, "TWD", "NT$1,500.50", "NT$1,500.50"),
        (1500, "JPY", "JP¥1,500", "JPY 1,500"),
        (150, "XTS", "XTS 1.50", "XTS 1.50"),
    ],
)
def test_amounts_are_written_as_the_language_does(minor: int, currency: str, zh: str, en: str) -> None:
    """E6: minor units become an amount; an unknown currency stands with its code."""
    assert (money(minor, currency, "zh"), money(minor, currency, "en")) == (zh, en)


def test_a_visit_tells_its_day_once() -> None:
    assert span(AT, AT + timedelta(hours=2), "zh") == "2026年3月2日 09:05–11:05"
    assert span(AT, AT + timedelta(hours=2), "en") == "2 Mar 2026 09:05–11:05"
    assert span(AT, AT + timedelta(days=1), "en") == "2 Mar 2026 09:05– 3 Mar 2026 09:05"
    assert span(AT, None, "en") == "2 Mar 2026 09:05"


def test_every_label_has_both_languages() -> None:
    def check(path: str, entry: object) -> None:
        assert isinstance(entry, dict), path
        if "zh" in entry or "en" in entry:
            assert entry["zh"], path
            assert entry["en"], path
            return
        for name, inner in entry.items():
            check(f"{path}.{name}", inner)

    for name, entry in yml.read(SOURCE).items():
        check(name, entry)


def test_a_value_without_a_word_stands_for_itself() -> None:
    assert word("status", "on_the_moon", "en") == "on_the_moon"


@pytest.mark.parametrize(
    ("said", "printed"),
    [
        ("a\tb   c", "a b c"),
        ("a\r\nb\rc\u2028d\x0be", "a\nb\nc\nd\ne"),
        ("a\n\n \n\n\nb", "a\n\nb"),
        ("a\x00b\x1bc", "a〔U+0000〕b〔U+001B〕c"),
        ("\u202egnp.exe\u2066", "〔U+202E〕gnp.exe〔U+2066〕"),
        ("zero\u200bwidth\ufeff\u00ad\u200f", "zerowidth"),
        ("\ud83d half of a pair", "〔U+D83D〕 half of a pair"),
        ("\ue000\U0003ffff", "〔U+E000〕〔U+3FFFF〕"),
        ("👨‍👩‍👧 ❤️ 🇨🇳", "👨‍👩‍👧 ❤️ 🇨🇳"),
        ("e" + "\u0301" * 4, "é" + "\u0301" * 3),
        ("\ufdfa", "صلى الله عليه وسلم"),
        ("z" + "\u0335" * 90 + "a", "z" + "\u0335" * 4 + "…a"),
    ],
)
def test_nothing_hidden_stays_hidden(said: str, printed: str) -> None:
    """I3: what would change how a line reads is shown by its number."""
    assert visible(said) == printed


def test_long_texts_end_visibly_and_long_words_may_break() -> None:
    assert visible("很长" * 100, 10, "……") == "很长" * 5 + "……"
    broken = visible("x" * 50)
    assert broken.split(BREAK) == ["x" * 18, "x" * 18, "x" * 14]
    assert visible("SR-202603020001") == "SR-202603020001"
    assert visible("KFR-35GW/N8XHA3", longest=10).split(BREAK) == ["KFR-35GW/N", "8XHA3"]


def test_every_state_of_warranty_and_every_currency_of_fees_has_words() -> None:
    """E6, E8: what orders keep is what sheets can say."""
    for language in LANGUAGES:
        assert all(word("warranty", state, language) != state for state in get_args(State))
        assert all(not money(100, currency, language).endswith("100") for currency in get_args(Currency))
