"""The circuit breaker opens, waits, tries once, closes."""

from __future__ import annotations

from bot.advice.breaker import Breaker
from tests.advice.conftest import Seconds


def breaker(seconds: Seconds) -> Breaker:
    return Breaker(failures=3, pause=30, longest=100, seconds=seconds)


def fail(broken: Breaker, times: int) -> None:
    for _ in range(times):
        assert broken.enter()
        broken.failed()


def test_it_opens_after_failures_in_a_row_only(seconds: Seconds) -> None:
    guard = breaker(seconds)
    fail(guard, 2)
    assert guard.enter()
    guard.worked()
    fail(guard, 2)
    assert guard.closed
    fail(guard, 1)
    assert not guard.closed
    assert not guard.enter()


def test_after_the_pause_one_request_tries(seconds: Seconds) -> None:
    guard = breaker(seconds)
    fail(guard, 3)
    seconds.now += 29.9
    assert not guard.enter()
    seconds.now += 0.1
    assert guard.enter()
    assert not guard.enter()  # only one tries
    guard.worked()
    assert guard.closed
    assert guard.enter()


def test_each_failed_try_doubles_the_pause_up_to_the_longest(seconds: Seconds) -> None:
    guard = breaker(seconds)
    fail(guard, 3)
    for pause in (30, 60, 100, 100):
        seconds.now += pause - 0.1
        assert not guard.passes
        seconds.now += 0.1
        fail(guard, 1)
    seconds.now += 100
    assert guard.enter()
    guard.worked()
    fail(guard, 3)
    seconds.now += 30
    assert guard.passes  # all is forgotten after a success


def test_a_pause_that_is_asked_for_begins_at_once_and_has_its_limit(seconds: Seconds) -> None:
    guard = breaker(seconds)
    assert guard.enter()
    guard.failed(50)
    seconds.now += 49
    assert not guard.passes
    seconds.now += 1
    assert guard.enter()
    guard.failed(1e9)
    seconds.now += 100
    assert guard.passes


def test_requests_from_before_the_pause_do_not_lengthen_it(seconds: Seconds) -> None:
    guard = breaker(seconds)
    for _ in range(6):
        assert guard.enter()
    for _ in range(6):
        guard.failed()
    seconds.now += 30
    assert guard.passes


def test_a_try_given_up_lets_the_next_one_try(seconds: Seconds) -> None:
    guard = breaker(seconds)
    fail(guard, 3)
    seconds.now += 30
    assert guard.enter()
    guard.abandoned()
    assert guard.enter()
