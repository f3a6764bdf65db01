"""Amounts: read as people write them or refused with a clear word (E6, E7)."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.fees.amounts import LARGEST, AmountProblem, parse, rounded, shown
from handlers.fees.wording import WORDS, reason


@pytest.mark.parametrize(
    ("written", "hundredths"),
    [
        ("1200", 120_000),
        ("1,200.50元", 120_050),
        ("¥1，200", 120_000),
        ("￥１，２００．５０", 120_050),
        ("1，200。", None),
        ("RMB 1 200.5", 120_050),
        ("人民币1200元整", 120_000),
        ("1.2万", 1_200_000),
        ("1.2万元", 1_200_000),
        ("3块5", 350),
        ("15块", 1500),
        (".5", 50),
        ("0", 0),
        ("007", 700),
        ("1,234,567", 123_456_700),
    ],
)
def test_amounts_as_people_write_them(written: str, hundredths: int | None) -> None:
    """E7: commas, full-width signs, currency marks."""
    if hundredths is None:
        with pytest.raises(AmountProblem):
            parse(written)
    else:
        assert parse(written) == hundredths


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "amount_empty"),
        ("  ", "amount_empty"),
        ("-5", "amount_negative"),
        ("－5元", "amount_negative"),
        ("(5)", "amount_negative"),
        ("1,20", "amount_grouping"),
        ("12,34,567", "amount_grouping"),
        ("1.200,50", "amount_grouping"),
        ("1,2000", "amount_grouping"),
        ("1.2.3", "amount_grouping"),
        ("1.005", "amount_decimals"),
        ("0.0000001万", "amount_decimals"),
        ("99999999999", "amount_too_large"),
        ("100到200", "amount_several"),
        ("三百", "amount_no_number"),
        ("free", "amount_no_number"),
        ("1e5", "amount_several"),
        ("$100", "amount_currency"),
        ("100 USD", "amount_currency"),
        ("100港币", "amount_currency"),
        ("5美元", "amount_currency"),
        ("港元5", "amount_currency"),
    ],
)
def test_what_cannot_be_read_says_why(written: str, why: str) -> None:
    """E7: a clear word in both languages, never a guess."""
    with pytest.raises(AmountProblem) as problem:
        parse(written)
    assert problem.value.reason == why
    assert reason(problem.value, "CNY", "zh")
    assert reason(problem.value, "CNY", "en")


def test_other_currencies() -> None:
    assert parse("HK$1,200", "HKD") == 120_000
    assert parse("12.50 dollars", "USD") == 1250
    assert shown(parse("€3", "EUR"), "EUR") == "€3.00"


@given(st.integers(0, LARGEST))
def test_what_is_shown_can_be_read(amount: int) -> None:
    """E7: whatever a quotation shows comes back as the same amount."""
    assert parse(shown(amount)) == amount
    assert parse(shown(amount).replace(",", "，").replace("¥", "￥")) == amount
    assert parse(f"{amount // 100}.{amount % 100:02d}元") == amount


@given(st.text(max_size=40))
def test_any_text_is_an_amount_or_refused(written: str) -> None:
    """E7: nothing else can happen, and nothing is negative."""
    found: int | str
    try:
        found = parse(written)
    except AmountProblem as problem:
        found = problem.reason
    assert found in WORDS.texts if isinstance(found, str) else 0 <= found <= LARGEST


@given(
    st.fractions(0, 10**9),
    st.sampled_from([1, 5, 10, 50, 100, 1000]),
    st.sampled_from(["half_up", "half_even", "up", "down"]),
)
def test_rounding(value: Fraction, step: int, way: str) -> None:
    """E6: the nearest multiple on the asked side; exact values stay."""
    found = rounded(value, step, way)  # type: ignore[arg-type]
    assert found % step == 0
    assert abs(found - value) < step
    if way in ("half_up", "half_even"):
        assert abs(found - value) * 2 <= step
    assert found >= value if way == "up" else True
    assert found <= value if way == "down" else True
    assert rounded(Fraction(found), step, way) == found  # type: ignore[arg-type]
