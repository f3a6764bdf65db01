"""E5, E4: what is promised by default, one by one; when it is warned of; how it waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.promises import Case, Promise, Promises, opened, standard
from handlers.promises.policy import Policy
from handlers.promises.settings import CalendarSettings, RegionSettings

ZONE = ZoneInfo("Asia/Shanghai")
CAPITAL, SURROUNDINGS, ELSEWHERE = (
    "上海市浦东新区张杨路500号",
    "苏州市昆山市前进路1号",
    "甘肃省天水市秦州区民主路1号",
)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("what", "case", "address", "due"),
    [
        # started on Thursday 5 March 2026, 17:00; people work 08:30-12:00 and 13:30-20:30, Monday to Friday
        ("accept", {}, None, "2026-03-05 17:30"),
        ("accept", {"priority": "urgent"}, None, "2026-03-05 17:30"),
        ("answer", {"kind": "fault"}, None, "2026-03-06 17:00"),
        ("answer", {"kind": "complaint"}, None, "2026-03-05 18:00"),
        ("answer", {"kind": "consultation"}, None, "2026-03-05 18:00"),
        ("answer", {"kind": "installation"}, None, "2026-03-05 18:00"),
        ("answer", {"kind": "return"}, None, "2026-03-05 18:00"),
        ("answer", {"kind": "fault", "priority": "urgent"}, None, "2026-03-05 17:15"),
        ("answer", {"kind": "return", "priority": "urgent"}, ELSEWHERE, "2026-03-05 17:15"),
        ("solve", {"kind": "consultation"}, None, "2026-03-05 19:00"),
        ("solve", {"kind": "complaint"}, None, "2026-03-06 14:30"),
        ("solve_complex", {"kind": "complaint"}, None, "2026-03-10 20:30"),
        ("solve_complex", {"kind": "consultation"}, None, "2026-03-10 20:30"),
        ("solve", {"kind": "fault"}, None, "2026-03-16 20:30"),
        ("visit", {"kind": "fault"}, CAPITAL, "2026-03-05 19:00"),
        ("visit", {"kind": "fault"}, SURROUNDINGS, "2026-03-06 18:30"),
        ("visit", {"kind": "installation"}, ELSEWHERE, "2026-03-12 11:00"),
        ("visit", {"kind": "fault"}, None, "2026-03-12 11:00"),
        ("record", {}, None, "2026-03-10 17:00"),
        ("statement", {"kind": "complaint"}, None, "2026-03-06 17:00"),
        ("plan", {"kind": "complaint"}, None, "2026-03-06 20:30"),
        ("parts_order", {}, None, "2026-03-06 20:30"),
        ("second_handling", {}, None, "2026-03-06 14:30"),
    ],
)
def test_the_defaults_of_the_standards(
    what: Any, case: dict[str, str], address: str | None, due: str
) -> None:
    """E5, E4, E8, C4, F4: each promise of the table as it is shipped."""
    promises = standard()
    started = local("2026-03-05 17:00")
    found = promises.promise(
        what, Case(**{"kind": "fault", **case, "region": promises.region(address)}), started
    )
    assert found is not None
    assert found.due == local(due)
    assert (found.what, found.started) == (what, started)
    assert found.warn_at is not None
    assert started < found.warn_at < found.due


@pytest.mark.parametrize(
    ("started", "due"),
    [
        ("2026-09-19 22:00", "2026-09-20 09:30"),  # Saturday night; Sunday is a shifted workday
        ("2026-09-30 20:00", "2026-10-08 09:00"),  # before the National Day's week
        ("2026-03-06 12:30", "2026-03-06 14:30"),  # at noon
        ("2026-03-06 20:30", "2026-03-09 09:30"),  # Friday, when people go home
        ("2024-02-29 11:30", "2024-02-29 14:00"),  # a leap day
        ("2027-01-01 10:00", "2027-01-01 11:00"),  # a year whose holidays are not known: a plain Friday
    ],
)
def test_an_hour_of_working_time(started: str, due: str) -> None:
    """E5: nights, noon, weekends, public holidays and shifted workdays."""
    found = standard().promise("answer", Case("complaint"), local(started))
    assert found is not None
    assert found.due == local(due)


def promises_with(**row: Any) -> Promises:
    rows = [Policy(what="answer", **row)]
    return opened(CalendarSettings(), rows, RegionSettings(), "Asia/Shanghai")


@pytest.mark.parametrize(
    ("row", "warn_at"),
    [
        ({"within": "8h"}, "2026-03-06 11:00"),  # a quarter: when six of the eight hours have passed
        ({"within": "8h", "warn_before": "50%"}, "2026-03-06 09:00"),
        ({"within": "8h", "warn_before": "1h"}, "2026-03-06 12:00"),
        ({"within": "8h", "warn_before": "7.5h"}, "2026-03-05 17:30"),
        ({"within": "24h", "clock": "calendar"}, "2026-03-06 11:00"),
        ({"within": "2 days", "warn_before": "3h"}, "2026-03-09 17:30"),
        ({"within": "1 day", "warn_before": "900h"}, "2026-03-05 17:00"),
        ({"within": "2 days", "clock": "calendar", "warn_before": "1 day"}, "2026-03-06 17:00"),
    ],
)
def test_warnings_come_before_the_limit(row: dict[str, Any], warn_at: str) -> None:
    """F3: so long before it on the clock of the promise, and never before it was made."""
    found = promises_with(**row).promise("answer", Case("fault"), local("2026-03-05 17:00"))
    assert found is not None
    assert found.warn_at == local(warn_at)


def test_no_warning_where_none_is_wanted() -> None:
    found = promises_with(within="8h", warn_before=None).promise(
        "answer", Case("fault"), local("2026-03-05 17:00")
    )
    assert found is not None
    assert found.warn_at is None
    assert (
        standard().resumed(found.paused(local("2026-03-05 18:00")), local("2026-03-06 18:00")).warn_at is None
    )


def made(started: str = "2026-03-05 17:00", **row: Any) -> tuple[Promises, Promise]:
    promises = promises_with(**{"within": "8h", **row})
    found = promises.promise("answer", Case("fault"), local(started))
    assert found is not None
    return promises, found


def test_a_promise_waits_for_the_customer() -> None:
    """E5: later by the working time that passed, over a night and over a weekend."""
    promises, promise = made()
    assert promise.due == local("2026-03-06 14:30")
    waiting = promise.paused(local("2026-03-05 18:00"))
    assert waiting.paused_at == local("2026-03-05 18:00")
    resumed = promises.resumed(waiting, local("2026-03-06 09:30"))
    assert resumed.due == local("2026-03-06 18:00")
    assert resumed.warn_at == local("2026-03-06 16:00")
    assert resumed.paused_at is None
    over_the_weekend = promises.resumed(waiting, local("2026-03-08 10:00"))
    assert over_the_weekend.due == local("2026-03-09 17:00")


def test_a_promise_around_the_clock_waits_around_the_clock() -> None:
    promises, promise = made(within="24h", clock="calendar")
    resumed = promises.resumed(promise.paused(local("2026-03-06 16:00")), local("2026-03-09 08:15"))
    assert resumed.due == local("2026-03-09 09:15")
    assert resumed.warn_at == promise.warn_at, "it was warned before it began to wait"


def test_working_days_wait_in_working_time() -> None:
    promises, promise = made(within="1 day")
    assert promise.due == local("2026-03-06 20:30")
    resumed = promises.resumed(promise.paused(local("2026-03-06 18:00")), local("2026-03-09 10:30"))
    assert resumed.due == local("2026-03-09 14:30")


def test_pausing_twice_and_resuming_twice_are_harmless() -> None:
    promises, promise = made()
    once = promise.paused(local("2026-03-05 18:00"))
    assert once.paused(local("2026-03-05 19:00")) == once
    resumed = promises.resumed(once, local("2026-03-05 19:00"))
    assert promises.resumed(resumed, local("2026-03-05 20:00")) == resumed
    assert promises.resumed(promise, local("2026-03-05 20:00")) == promise


def test_what_is_broken_does_not_begin_to_wait() -> None:
    _, promise = made()
    assert promise.paused(promise.due) == promise
    assert promise.paused(promise.due + timedelta(hours=1)) == promise


def test_a_clock_that_jumped_back_moves_nothing() -> None:
    promises, promise = made()
    early = promise.paused(local("2026-03-05 16:00"))
    assert early.paused_at == promise.started
    back = promises.resumed(promise.paused(local("2026-03-05 19:00")), local("2026-03-05 18:00"))
    assert back == promise


BEGIN = datetime(2023, 12, 1, tzinfo=UTC)
moments = st.integers(0, 3 * 365 * 86_400).map(lambda second: BEGIN + timedelta(seconds=second))
gaps = st.lists(st.integers(0, 20 * 86_400), min_size=2, max_size=12)


@settings(max_examples=300, deadline=None)
@given(
    what=st.sampled_from(["accept", "answer", "visit", "solve", "solve_complex", "record", "statement"]),
    priority=st.sampled_from(["normal", "urgent"]),
    kind=st.sampled_from(["complaint", "return"]),
    started=moments,
    steps=gaps,
)
def test_pauses_add_exactly_what_passed(
    what: Any, priority: str, kind: str, started: datetime, steps: list[int]
) -> None:
    """E5: never earlier than before, and the time that counts until the limit is what was promised."""
    promises = standard()
    promise = promises.promise(what, Case(kind, priority), started)
    assert promise is not None
    clock = promises.working_time if promise.clock == "business" else None

    def counted(begin: datetime, end: datetime) -> timedelta:
        return clock.between(begin, end) if clock else end - begin

    whole, waited, now = counted(started, promise.due), timedelta(0), started
    for number, step in enumerate(steps):
        then, now = now, now + timedelta(seconds=step)
        before = promise
        if number % 2 == 0:
            promise = promise.paused(then)
            assert promise.due == before.due
        else:
            was_waiting = before.paused_at is not None
            promise = promises.resumed(promise, then)
            if was_waiting:
                waited += counted(before.paused_at, then)  # type: ignore[arg-type]
        assert promise.due >= before.due
        assert promise.warn_at is not None
        assert before.warn_at is not None
        assert before.warn_at <= promise.warn_at <= promise.due
    assert counted(started, promise.due) == whole + waited
