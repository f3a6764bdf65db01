"""The budget: limits of a minute and a day, money, one file for all processes, fairness among customers."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from bot.advice.budget import Fairness, Ledger, Tokens, estimate
from bot.advice.configuration import Budget, Prices
from tests.advice.conftest import ZONE
from tests.conftest import Clock

FREE = dict.fromkeys(Budget.model_fields)
SMALL = Tokens(80, 20)


def ledger(folder: Path, clock: Clock, prices: Prices | None = None, **limits: Any) -> Ledger:
    budget = Budget.model_validate({**FREE, **limits})
    return Ledger(folder / "advisor.json", budget, prices or Prices(), clock, ZONE)


def granted(book: Ledger, tokens: Tokens = SMALL, tries: int = 20) -> int:
    return sum(book.reserve(tokens) is not None for _ in range(tries))


@pytest.mark.parametrize(
    ("limits", "before_the_next", "first"),
    [
        ({"requests_per_minute": 3}, {"seconds": 60}, 3),
        ({"tokens_per_minute": 399}, {"seconds": 60}, 3),
        ({"requests_per_day": 4}, {"hours": 24}, 4),
        ({"tokens_per_day": 500}, {"hours": 24}, 5),
    ],
)
def test_a_limit_holds_until_its_time_is_over(
    tmp_path: Path, clock: Clock, limits: dict[str, int], before_the_next: dict[str, float], first: int
) -> None:
    book = ledger(tmp_path, clock, **limits)
    assert granted(book) == first
    assert granted(book) == 0
    clock.forward(**before_the_next)
    assert granted(book) == first


def test_a_days_limit_outlives_minutes_and_ends_at_the_services_midnight(
    tmp_path: Path, clock: Clock
) -> None:
    book = ledger(tmp_path, clock, requests_per_day=1)
    assert granted(book) == 1
    clock.forward(hours=11, minutes=59)  # it was noon in Shanghai
    assert granted(book) == 0
    clock.forward(minutes=1)
    assert granted(book) == 1


def test_money_is_counted_by_the_prices(tmp_path: Path, clock: Clock) -> None:
    prices = Prices(input=1.0, output=10.0)
    book = ledger(tmp_path, clock, prices, cost_per_day=0.001)
    assert book.cost(SMALL) == pytest.approx(0.00028)
    assert granted(book) == 3


def test_what_was_really_taken_counts_in_the_end(tmp_path: Path, clock: Clock) -> None:
    book = ledger(tmp_path, clock, tokens_per_day=200)
    reserved = book.reserve(Tokens(100, 100))
    assert reserved is not None
    assert book.reserve(Tokens(1, 0)) is None
    book.settle(reserved, Tokens(50, 10))
    assert book.reserve(Tokens(140, 0)) is not None
    assert book.reserve(Tokens(1, 0)) is None


def test_settling_after_midnight_leaves_the_new_day_alone(tmp_path: Path, clock: Clock) -> None:
    book = ledger(tmp_path, clock, tokens_per_day=200)
    reserved = book.reserve(Tokens(100, 100))
    assert reserved is not None
    clock.forward(days=1)
    book.settle(reserved, Tokens(0, 0))
    assert book.reserve(Tokens(200, 0)) is not None
    assert book.reserve(Tokens(1, 0)) is None


def test_a_restart_and_other_processes_see_what_was_spent(tmp_path: Path, clock: Clock) -> None:
    assert granted(ledger(tmp_path, clock, requests_per_day=3), tries=2) == 2
    assert granted(ledger(tmp_path, clock, requests_per_day=3)) == 1


def test_many_at_once_are_never_granted_more(tmp_path: Path, clock: Clock) -> None:
    counts: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: counts.append(granted(ledger(tmp_path, clock, requests_per_day=50), tries=30))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 50


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"day": 7}', '{"day": {"at": "2026-03-02"}}', "null"])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, clock: Clock, damaged: str) -> None:
    (tmp_path / "advisor.json").write_text(damaged)
    assert granted(ledger(tmp_path, clock, requests_per_day=2)) == 2


def test_where_nothing_can_be_written_nothing_is_granted(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "advisor.json").mkdir()
    assert granted(ledger(tmp_path, clock)) == 0


def test_one_customer_cannot_use_it_up(clock: Clock) -> None:
    fair = Fairness(3, clock)
    assert [fair.allows("ann") for _ in range(5)] == [True, True, True, False, False]
    assert fair.allows("bob")
    clock.forward(minutes=59)
    assert not fair.allows("ann")
    clock.forward(minutes=1)
    assert fair.allows("ann")


def test_estimates_are_rather_too_high() -> None:
    assert estimate("冰箱不制冷了") >= 6
    assert estimate("my fridge is warm") >= 5
    assert estimate("") >= 0
