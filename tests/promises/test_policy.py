"""E5: which row of the table holds, and which tables are refused."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from handlers.promises.policy import Case, Kind, Level, Policy, Priority, Region, Table, TableProblem
from handlers.promises.settings import STANDARD_ROWS
from handlers.promises.spans import Share, Span


def rows(*written: dict[str, Any]) -> list[Policy]:
    """Rows about the first answer unless they say otherwise; the last one holds for everything."""
    return [Policy(**{"what": "answer", **row}) for row in (*written, {"within": "99h"})]


def hours(table: Table, **case: str) -> float:
    found = table.policy("answer", Case(**{"kind": "fault", **case}))
    assert found is not None
    return found.within.time / timedelta(hours=1)


def test_the_most_specific_row_counts() -> None:
    """Priority goes before level, level before region, region before kind, more before fewer."""
    table = Table(
        rows(
            {"kind": "fault", "within": "1h"},
            {"region": "capital", "within": "2h"},
            {"kind": "fault", "region": "capital", "within": "3h"},
            {"level": "key", "within": "4h"},
            {"level": "key", "region": ["capital", "surroundings"], "kind": "fault", "within": "5h"},
            {"priority": "urgent", "within": "6h"},
            {"priority": "urgent", "kind": ["fault", "complaint"], "within": "7h"},
        )
    )
    assert hours(table, kind="return") == 99
    assert hours(table) == 1
    assert hours(table, kind="return", region="capital") == 2
    assert hours(table, region="capital") == 3
    assert hours(table, level="key") == 4
    assert hours(table, level="key", region="capital", kind="return") == 4
    assert hours(table, kind="return", region="capital", level="long_standing") == 2
    assert hours(table, level="key", region="surroundings") == 5
    assert hours(table, level="key", region="surroundings", kind="return") == 4
    assert hours(table, level="key", region="capital", kind="return", priority="urgent") == 6
    assert hours(table, level="key", region="capital", kind="complaint", priority="urgent") == 7


def test_the_order_of_the_rows_says_nothing() -> None:
    forwards, backwards = Table(STANDARD_ROWS), Table(STANDARD_ROWS[::-1])
    values = product(get_args(Kind), get_args(Priority), get_args(Region), get_args(Level))
    for case in (Case(*value) for value in values):
        for what in ("accept", "answer", "visit", "solve", "solve_complex", "plan"):
            assert forwards.policy(what, case) == backwards.policy(what, case)  # type: ignore[arg-type]


def test_what_no_row_names_is_not_promised() -> None:
    assert Table(rows()).policy("visit", Case("fault")) is None
    assert Table(STANDARD_ROWS).policy("plan", Case("fault")) is None


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (
            [{"kind": "fault", "within": "1h"}, {"kind": ["return", "fault"], "within": "2h"}],
            r"row 2 \(answer\): as specific as row 1, and both fit kind fault, priority urgent",
        ),
        ([{"within": "2h"}], r"row 2 \(answer\): as specific as row 1"),
        (
            [{"priority": "urgent", "within": "1h"}, {"priority": "normal", "within": "2h"}],
            r"row 3 \(answer\): never counts, more specific rows take all its cases",
        ),
        (
            [{"kind": "fault", "within": "1h"}]
            + [{"kind": "fault", "level": level, "within": "2h"} for level in get_args(Level)],
            r"row 1 \(answer\): never counts",
        ),
    ],
)
def test_tables_that_do_not_say_one_thing_are_refused(written: list[dict[str, Any]], problem: str) -> None:
    with pytest.raises(TableProblem, match=problem):
        Table(rows(*written))


def test_every_order_is_answered_within_some_time() -> None:
    """A5: a table that leaves an order without a first answer is refused."""
    partial = [Policy(what="answer", kind="fault", within="1h")]
    with pytest.raises(TableProblem, match="no row says answer for kind consultation, priority urgent"):
        Table(partial)
    with pytest.raises(TableProblem, match="no row says answer for kind fault"):
        Table([])


@pytest.mark.parametrize(
    ("row", "where", "why"),
    [
        ({"what": "sing"}, "what", "Input should be"),
        ({"kind": "faults"}, "kind", "Input should be"),
        ({"kind": []}, "kind", "names nothing; leave the key out"),
        ({"region": None}, "region", "names nothing"),
        ({"priority": ["urgent", "high"]}, "priority", "Input should be"),
        ({"level": "vip"}, "level", "Input should be"),
        ({"within": 24}, "within", "24 needs a unit"),
        ({"within": "25%"}, "within", "is no length of time"),
        ({"clock": "lunar"}, "clock", "Input should be"),
        ({"warn_before": "0%"}, "warn_before", "is no share"),
        ({"warn_before": 2}, "warn_before", "needs a unit"),
        ({"warn_before": "1 day"}, "", "warn_before cannot be working days"),
        ({"warn_before": "2h", "within": "2h"}, "", "warn_before must be shorter than within"),
        (
            {"warn_before": "2 days", "within": "2 days", "clock": "calendar"},
            "",
            "must be shorter than within",
        ),
        ({"warn_before": "49h", "within": "2 days", "clock": "calendar"}, "", "must be shorter than within"),
        ({"hours": 2}, "hours", "Extra inputs"),
    ],
)
def test_bad_rows_are_explained(row: dict[str, Any], where: str, why: str) -> None:
    with pytest.raises(ValidationError) as problem:
        Policy(**{"what": "answer", "within": "24h", **row})
    first = problem.value.errors()[0]
    assert str(first["loc"][0] if first["loc"] else "") == where
    assert why in first["msg"]


def test_a_row_says_when_to_warn() -> None:
    assert Policy(what="visit", within="2h").warn_before == Share(25)
    assert Policy(what="visit", within="2h", warn_before=None).warn_before is None
    assert Policy(what="visit", within="2h", warn_before="30min").warn_before == Span(timedelta(minutes=30))
    assert Policy(what="solve", within="3 days", warn_before="90h").warn_before == Span(timedelta(hours=90))


def test_a_version_names_what_a_row_says() -> None:
    """The same for the same promise however it is written; another one after any change."""
    row = {"what": "visit", "kind": "fault", "within": "2h"}
    version = Policy(**row).version
    assert len(version) == 12
    assert version == Policy(**{**row, "kind": ["fault"], "within": "120 min", "warn_before": "25%"}).version
    changes: list[dict[str, Any]] = [
        {"within": "3h"},
        {"clock": "calendar"},
        {"warn_before": "20%"},
        {"warn_before": None},
        {"kind": "return"},
        {"level": "key"},
        {"what": "solve"},
    ]
    assert len({version, *(Policy(**{**row, **change}).version for change in changes)}) == 1 + len(changes)
