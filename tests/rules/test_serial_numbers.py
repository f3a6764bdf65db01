"""Serial numbers: formats by brand and product, check digits, the day of making (C8)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import check_digits
from handlers.serial_numbers import SerialSettings, check, made

TODAY = date(2026, 3, 2)
HAIER = r"HR(?P<year>\d\d)(?P<month>[1-9A-C])\d{6}"
GREE = r"(?P<year>20\d\d)(?P<week>\d\d)[A-Z]\d{3}"
SETTINGS = SerialSettings.model_validate(
    {
        "formats": [
            {"brand": "haier", "product": "tv", "pattern": r"T\d{7}", "example": "T0000001"},
            {"brand": "haier", "pattern": HAIER, "example": "HR24B001234"},
            {"brand": "midea", "pattern": r"\d{15}", "check": "luhn", "example": "490154203237518"},
            {"brand": "gree", "pattern": GREE, "example": "202410A001"},
        ]
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("luhn", "490154203237518"),
        ("luhn", "4539 1488 0343 6467"),
        ("ean", "4006381333931"),
        ("mod11_2", "11010519491231002X"),
        ("mod11_2", "0000 0001 2103 2683"),
        ("mod37_36", "A1-2425G-ABC1234002-M"),
        ("mod97_10", "79444"),
    ],
)
def test_published_numbers_hold(name: str, good: str) -> None:
    """C8: numbers from the standards and their users; a changed digit is seen."""
    assert check_digits.holds(name, good)
    plain = [at for at, sign in enumerate(good) if sign.isdigit()]
    for at in plain:
        other = good[:at] + str((int(good[at]) + 1) % 10) + good[at + 1 :]
        assert not check_digits.holds(name, other)


@given(st.sampled_from(sorted(check_digits.CHECKS)), st.text(max_size=30))
def test_any_text_can_be_asked(name: str, text: str) -> None:
    """C8: nonsense is no error."""
    assert check_digits.holds(name, text) in (True, False)


@pytest.mark.parametrize(
    ("told", "brand", "product", "value", "problem"),
    [
        ("hr24b 001234", "haier", "refrigerator", "HR24B001234", None),
        ("T0000009", "haier", "tv", "T0000009", None),
        ("T0000009", "haier", "refrigerator", None, "shape"),
        ("490154203237518", "midea", None, "490154203237518", None),
        ("490154203237519", "midea", None, None, "digit"),
        ("49015", "midea", None, None, "shape"),
        ("ABC-123/45", "sony", "tv", "ABC-123/45", None),
        ("ABC12", None, None, None, "shape"),
        ("不知道", None, None, None, "shape"),
        ("A" * 31, None, None, None, "shape"),
    ],
)
def test_the_makers_format(
    told: str, brand: str | None, product: str | None, value: str | None, problem: str | None
) -> None:
    """C8: the brand's and product's formats; elsewhere 6 to 30 letters and digits."""
    found = check(told, brand, product, SETTINGS)
    assert (found.value, found.problem) == (value, problem)


@pytest.mark.parametrize(
    ("told", "brand", "meant"),
    [
        ("HR24BOO1234", "haier", "HR24B001234"),
        ("HR24B00I234", "haier", "HR24B001234"),
        ("49O154203237518", "midea", "490154203237518"),
        ("HELLO", "haier", None),
    ],
)
def test_signs_that_look_alike(told: str, brand: str, meant: str | None) -> None:
    """C8: an O for a 0 is asked back, not refused."""
    assert check(told, brand, None, SETTINGS).meant == meant


@pytest.mark.parametrize(
    ("serial", "brand", "span"),
    [
        ("HR24B001234", "haier", (date(2024, 11, 1), date(2024, 11, 30))),
        ("202410A001", "gree", (date(2024, 3, 4), date(2024, 3, 10))),
        ("202499A001", "gree", None),
        ("HR271001234", "haier", None),
        ("490154203237518", "midea", None),
    ],
)
def test_the_day_of_making(serial: str, brand: str, span: tuple[date, date] | None) -> None:
    """E6: where the number tells it, and it is not ahead of us."""
    assert made(serial, brand, None, SETTINGS, TODAY) == span
