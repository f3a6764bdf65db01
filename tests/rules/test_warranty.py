"""Warranty: the state from policy, day and proof; the third repair; words in both languages (C1, E6)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.serial_numbers import SerialSettings
from handlers.warranty.cover import Cover, Device, cover
from handlers.warranty.repairs import Repair, replacement, same_device
from handlers.warranty.settings import WarrantySettings
from handlers.warranty.spans import judge, plus_months, told
from handlers.warranty.wording import WORDS, in_full, in_short

TODAY = date(2026, 3, 2)
SETTINGS = WarrantySettings.model_validate(
    {
        "policies": [
            {"product": "tv", "brand": "sony", "whole_months": 24, "main_parts": ["screen"]},
            {"product": "air_conditioner", "start": "installation"},
            {"product": "microwave", "whole_months": 12, "main_months": 12},
            {},
        ]
    }
)
SERIALS = SerialSettings.model_validate(
    {
        "formats": [
            {
                "brand": "haier",
                "pattern": r"HR(?P<year>\d\d)(?P<month>[1-9A-C])\d{6}",
                "example": "HR24B001234",
            }
        ]
    }
)


def state(device: Device, cause: str | None = None, today: date = TODAY) -> Cover:
    return cover(device, today, SETTINGS, SERIALS, cause)


@pytest.mark.parametrize(
    ("bought", "found", "main"),
    [
        ("2025-03-02", "in_warranty", "in_warranty"),
        ("2025-03-01", "out_of_warranty", "in_warranty"),
        ("2025-04", "in_warranty", "in_warranty"),
        ("2025-03", "unknown", "in_warranty"),
        ("2025", "unknown", "in_warranty"),
        ("2024-01", "out_of_warranty", "in_warranty"),
        ("2020", "out_of_warranty", "out_of_warranty"),
        ("2023-03-01", "out_of_warranty", "out_of_warranty"),
        ("within_1y", "in_warranty", "in_warranty"),
        ("from_1_to_3y", "out_of_warranty", "in_warranty"),
        ("over_3y", "out_of_warranty", "out_of_warranty"),
        ("photo", "unknown", "unknown"),
        (None, "unknown", "unknown"),
    ],
)
def test_the_state_from_what_was_told(bought: str | None, found: str, main: str) -> None:
    """C1, E6: exactly, to the month or year, roughly; what may be either is unknown, not guessed."""
    got = state(Device("refrigerator", bought=bought))
    assert (got.state, got.main_state, got.policy) == (found, main, 4)


def test_policies_differ_by_device() -> None:
    """E6: product and brand choose the row."""
    assert state(Device("tv", "sony", bought="2024-06-01")).state == "in_warranty"
    assert state(Device("tv", "tcl", bought="2024-06-01")).state == "out_of_warranty"
    microwave = state(Device("microwave", bought="2024-06-01"))
    assert (microwave.state, microwave.main_state) == ("out_of_warranty", "out_of_warranty")


def test_the_installation_starts_it_where_the_policy_says_so() -> None:
    """E6: else, or where that day is not known, the purchase does."""
    late = Device("air_conditioner", bought="2025-01-01", installed="2025-04-01")
    assert state(late).until == date(2026, 4, 1)
    assert state(Device("air_conditioner", bought="2025-01-01")).until == date(2026, 1, 1)
    assert state(Device("refrigerator", bought="2025-01-01", installed="2025-04-01")).until == date(
        2026, 1, 1
    )
    assert state(Device("refrigerator", installed="2025-04-01")).until == date(2026, 4, 1)


def test_an_extended_warranty_and_days_in_repair_lengthen_it() -> None:
    """E6: what was bought with the device, and what it lost in the workshop."""
    bought = Device("refrigerator", bought="2025-02-25", plan="one_year", repair_days=10)
    assert state(bought).until == date(2027, 3, 7)
    assert state(Device("refrigerator", bought="2025-02-25", repair_days=5)).state == "in_warranty"
    assert state(Device("refrigerator", bought="2025-02-25", repair_days=4)).state == "out_of_warranty"


def test_without_proof_the_serial_number_counts() -> None:
    """E6: three months after the month of making; without such a number somebody must look."""
    serial = Device("refrigerator", "haier", serial="HR24B001234", bought="2025-12-01", proof=False)
    assert state(serial).reasons[-1].values == {"made": "2024-11", "months": 3}
    assert state(serial).state == "out_of_warranty"
    fresh = Device("refrigerator", "haier", serial="HR25B001234")
    assert state(fresh).state == "in_warranty"
    unclear = state(Device("refrigerator", bought="2025-12-01", proof=False))
    assert (unclear.state, unclear.reasons[0].name) == ("unknown", "no_proof")


def test_bought_before_it_was_made_is_doubted() -> None:
    """E6: one of the two is wrong, and we do not choose."""
    found = state(Device("refrigerator", "haier", serial="HR25B001234", bought="2024-01-01"))
    assert (found.state, found.reasons[0].name) == ("unknown", "before_making")


@pytest.mark.parametrize("cause", SETTINGS.excluded_causes)
def test_an_excluded_cause_ends_it(cause: str) -> None:
    """E6: misuse, a power surge, an unauthorised repair …"""
    found = state(Device("tv", bought="2026-01-01"), cause)
    assert (found.state, found.main_state) == ("out_of_warranty", "out_of_warranty")
    assert WORDS.names["cause"][cause]["zh"] in in_full(found.state, found.reasons, "zh")


def test_a_part_fitted_lately_is_covered() -> None:
    """E6: three months from the repair, whatever the state of the rest."""
    old = Device(
        "refrigerator", bought="2020", fitted={"main_board": date(2025, 12, 2), "pump": date(2025, 12, 1)}
    )
    found = state(old)
    assert found.covers("main_board") == "in_warranty"
    assert found.covers("pump") == found.covers("compressor") == "out_of_warranty"


@pytest.mark.parametrize(
    ("device", "zh", "en"),
    [
        (
            Device("tv", bought="2025-06-01"),
            "在保（整机保修至2026年6月1日；压缩机保修至2028年6月1日）",
            "in warranty (whole unit covered until 1 Jun 2026; compressor covered until 1 Jun 2028)",
        ),
        (
            Device("microwave", bought="2024-06-01"),
            "已过保（整机保修已于2025年6月1日到期；以工程师核实为准）",
            "out of warranty (the whole unit was covered until 1 Jun 2025; to be checked by the engineer)",
        ),
        (
            Device("tv", bought="within_1y"),
            "在保（按所说的购买时间推算）",
            "in warranty (reckoned from the time of purchase as told)",
        ),
        (
            Device("tv", bought="2025"),
            "待核实（购买时间不够具体，需核对凭证）",
            "to be checked (the time of purchase is too rough, to be checked with the receipt)",
        ),
    ],
)
def test_the_line_of_the_summary(device: Device, zh: str, en: str) -> None:
    """C1, E6: the reason stands beside the state, in the customer's language."""
    found = state(device)
    assert (in_short(found.state, found.reasons, "zh"), in_short(found.state, found.reasons, "en")) == (
        zh,
        en,
    )


def test_every_phrase_has_both_languages() -> None:
    for group in (WORDS.texts, *WORDS.names.values()):
        for name, said in group.items():
            assert said["zh"], name
            assert said["en"], name


days = st.dates(date(2000, 1, 1), date(2040, 12, 31))


@given(days, st.integers(0, 120), st.integers(0, 400))
def test_the_last_day_counts_and_the_next_does_not(start: date, months: int, repair: int) -> None:
    """E6: for every day, leap days included."""
    end = plus_months(start, months) + timedelta(days=repair)
    span = told(start.isoformat(), end + timedelta(days=1))
    assert span is not None
    assert judge(span, months, repair, end) == "in_warranty"
    assert judge(span, months, repair, end + timedelta(days=1)) == "out_of_warranty"


@given(days, st.integers(0, 60), st.integers(0, 2000))
def test_a_rough_day_never_contradicts_the_exact_one(start: date, months: int, later: int) -> None:
    """E6: told to the month or the year, the state is the exact day's, or unknown."""
    today = start + timedelta(days=later)
    exact = judge(told(start.isoformat(), today), months, 0, today)  # type: ignore[arg-type]
    for rough in (start.isoformat()[:7], start.isoformat()[:4]):
        assert judge(told(rough, today), months, 0, today) in (exact, "unknown")  # type: ignore[arg-type]


@given(days, st.integers(-60, 60))
def test_months_are_added_as_people_do(day: date, months: int) -> None:
    moved = plus_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day == day.day or (moved.day < day.day and (moved + timedelta(days=1)).day == 1)


FRIDGE = Device("refrigerator", "haier", "BCD-216", serial="A1B2C3D4")


def repairs(count: int, **changes: object) -> list[Repair]:
    values = {"device": FRIDGE, "faults": frozenset({"not_cooling"}), "in_warranty": True, **changes}
    return [Repair(order=f"SR-{n}", **values) for n in range(count)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("past", "offered"),
    [
        (repairs(3), True),
        (repairs(2), False),
        (repairs(1) * 3, False),
        (repairs(3, faults=frozenset({"leaking"})), False),
        (repairs(3, faults=frozenset({"leaking", "not_cooling"})), True),
        (repairs(3, in_warranty=False), False),
        (repairs(3, device=Device("refrigerator", "haier", "BCD-216", serial="OTHER")), False),
        (repairs(3, device=Device("refrigerator", model="bcd-216")), True),
    ],
)
def test_the_third_repair(past: list[Repair], offered: bool) -> None:
    """E6: the same device, the same fault, three times within warranty, and again."""
    found = replacement(
        FRIDGE, frozenset({"not_cooling", "E1"}), past, state(Device(bought="2026")), SETTINGS
    )
    assert found.offered is offered
    assert WORDS.say(found.reason, "zh")


def test_no_replacement_out_of_warranty() -> None:
    """E6: the repairs are counted all the same."""
    found = replacement(
        FRIDGE, frozenset({"not_cooling"}), repairs(3), state(Device(bought="2020")), SETTINGS
    )
    assert (found.offered, found.reason.name, len(found.orders)) == (False, "not_in_warranty", 3)


def test_two_devices_of_a_kind_are_not_one() -> None:
    assert not same_device(Device("tv"), Device("tv"))
    assert not same_device(Device("tv", "lg", "LU-55"), Device("tv", "tcl", "LU-55"))
