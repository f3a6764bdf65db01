"""E5: calendar, promises and regions in the settings; what is wrong is named with key, row and line."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from bot import settings
from bot.app import promises_of, terms_of
from bot.settings import PROJECT, SettingsProblem
from handlers.promises import Case, standard
from handlers.promises.settings import STANDARD

CATCH_ALL = "  - {what: answer, within: 9h}\n"


def load(tmp_path: Path, words: str) -> settings.Settings:
    path = tmp_path / "c.yaml"
    path.write_text(words, encoding="utf-8")
    return settings.load(path, environ={})


def test_the_shipped_file_says_what_is_standard() -> None:
    """The commented figures of config.yaml are those that hold without it."""
    written = yaml.safe_load((PROJECT / "config.yaml").read_text(encoding="utf-8"))
    for name in ("calendar", "promises", "regions"):
        assert written[name] == STANDARD[name]
    shipped, bare = settings.load(environ={}), settings.Settings()
    for name in ("calendar", "promises", "regions"):
        assert getattr(shipped, name) == getattr(bare, name)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("promises: []", "promises in c.yaml line 1: no row says answer for kind fault"),
        ("promises: 24h", "promises in c.yaml line 1: Input should be a valid"),
        (
            f"promises:\n{CATCH_ALL}  - {{what: visit, within: 2 ours}}",
            "promises row 2, within in c.yaml line 3: '2 ours' is no length of time; write 24h",
        ),
        (
            f"promises:\n{CATCH_ALL}  - {{what: visit, within: 2}}",
            "promises row 2, within in c.yaml line 3: 2 needs a unit: 2h, 2min or 2 days",
        ),
        (
            f"promises:\n{CATCH_ALL}  - {{what: visit}}",
            "promises row 2, within in c.yaml line 3: Field required",
        ),
        (
            f"promises:\n{CATCH_ALL}  - {{what: vist, within: 2h}}",
            "promises row 2, what in c.yaml line 3: Input should be 'accept', 'answer', 'visit'",
        ),
        (
            f"promises:\n{CATCH_ALL}  - {{what: visit, within: 2h, kinds: fault}}",
            "promises row 2, kinds in c.yaml line 3: there is no such setting",
        ),
        (
            f"promises:\n{CATCH_ALL}  - {{what: visit, within: 2h, kind: [fault, leak]}}",
            "promises row 2, kind row 2 in c.yaml line 3: Input should be 'fault'",
        ),
        (
            f"promises:\n{CATCH_ALL}  - {{what: visit, within: 2h, warn_before: 3h}}",
            "promises row 2 in c.yaml line 3: warn_before must be shorter than within",
        ),
        (
            f"promises:\n{CATCH_ALL}{CATCH_ALL}",
            "promises in c.yaml line 1: row 2 (answer): as specific as row 1, and both fit kind fault",
        ),
        (
            f"promises:\n{CATCH_ALL}  - {{what: answer, priority: urgent, within: 1h}}\n"
            "  - {what: answer, priority: normal, within: 1h}",
            "promises in c.yaml line 1: row 1 (answer): never counts",
        ),
        ("calendar: {shift: {}}", "calendar.shift in c.yaml line 1: there is no such setting"),
        (
            "calendar:\n  shifts: {monday: []}",
            "calendar.shifts.monday in c.yaml line 2: there is no such setting",
        ),
        (
            "calendar:\n  shifts:\n    sat: [9-12]",
            "calendar.shifts.sat in c.yaml line 3: '9-12' is no shift; write 08:30-12:00",
        ),
        (
            "calendar:\n  shifts:\n    sat: [08:00-12:00, 11:00-13:00]",
            "calendar.shifts.sat in c.yaml line 3: shifts overlap: 08:00-12:00 and 11:00-13:00",
        ),
        (
            "calendar:\n  shifts: {mon: [], tue: [], wed: [], thu: [], fri: []}",
            "calendar.shifts in c.yaml line 2: no weekday has a shift",
        ),
        ("calendar:\n  holidays: UK", "calendar.holidays in c.yaml line 2: Input should be 'CN'"),
        (
            "calendar:\n  closed: [2027-02-30]",
            "calendar.closed row 1 in c.yaml line 2: '2027-02-30' is no day",
        ),
        (
            "calendar:\n  closed:\n    - 2027-02-03\n    - 2027-02-12/2027-02-03",
            "calendar.closed row 2 in c.yaml line 4: '2027-02-12/2027-02-03' does not go from a day",
        ),
        ("calendar:\n  closed: [2027-01-01/2029-01-01]", "calendar.closed row 1 in c.yaml line 2: "),
        ("calendar:\n  closed: [1/2/3]", "calendar.closed row 1 in c.yaml line 2: '1/2/3' is no day"),
        ("calendar:\n  extra: {2027-02-30: []}", "calendar.extra.2027-02-30"),
        ("calendar:\n  extra: {someday: [09:00-12:00]}", "calendar.extra.someday"),
        ("calendar:\n  extra: {2027-02-14: [9]}", "calendar.extra.2027-02-14 row 1 in c.yaml line 2: "),
        (
            "calendar:\n  closed: [2027-02-13/2027-02-15]\n  extra: {2027-02-14: [09:00-12:00]}",
            "calendar in c.yaml line 1: 2027-02-14 stands in closed and in extra",
        ),
        (
            "regions:\n  capital: [阿特兰蒂斯市]",
            "regions.capital row 1 in c.yaml line 2: '阿特兰蒂斯市' is no province, city or district",
        ),
        (
            "regions:\n  capital: [苏州市]",
            "regions in c.yaml line 1: '苏州市' stands twice: in capital and in surroundings",
        ),
        ("regions:\n  suburbs: [苏州市]", "regions.suburbs in c.yaml line 2: there is no such setting"),
        ("service: {promise_hours: 24}", "service.promise_hours in c.yaml line 1: there is no such setting"),
    ],
)
def test_bad_settings_are_one_line_with_key_row_and_line(tmp_path: Path, words: str, message: str) -> None:
    with pytest.raises(SettingsProblem) as problem:
        load(tmp_path, words)
    assert str(problem.value).startswith(message)
    assert "\n" not in str(problem.value)


def test_a_row_given_by_the_environment_is_named_by_it() -> None:
    rows = "[{what: answer, within: 1h}, {what: visit, within: soon}]"
    with pytest.raises(SettingsProblem, match=r"^BOT__PROMISES row 2, within: 'soon' is no"):
        settings.load(environ={"BOT__PROMISES": rows})
    loaded = settings.load(environ={"BOT__CALENDAR__SHIFTS__SAT": "['09:00-12:00']"})
    assert loaded.calendar.shifts.sat == ("09:00-12:00",)


def test_a_manager_changes_figures(tmp_path: Path) -> None:
    """E5: key customers' visits, Saturdays, a day off of our own and a worked Sunday, all by the settings."""
    loaded = load(
        tmp_path,
        "service: {zone: Europe/Berlin}\n"
        "calendar:\n"
        "  holidays: null\n"
        "  shifts: {sat: [10:00-14:00]}\n"
        "  closed: [2026-03-09/2026-03-10]\n"
        "  extra: {2026-03-08: [09:00-10:00]}\n"
        "promises:\n"
        "  - {what: answer, within: 2h}\n"
        "  - {what: answer, level: key, region: capital, within: 30min, clock: calendar}\n"
        "regions: {capital: [厦门市], surroundings: [], elsewhere: []}\n",
    )
    promises, zone = promises_of(loaded), ZoneInfo("Europe/Berlin")
    saturday = datetime(2026, 3, 7, 13, tzinfo=zone)
    found = promises.promise("answer", Case("fault"), saturday)
    assert found is not None
    assert found.due == datetime(2026, 3, 8, 10, tzinfo=zone)
    later = promises.promise("answer", Case("fault"), saturday + timedelta(hours=1))
    assert later is not None
    assert later.due == datetime(2026, 3, 11, 9, 30, tzinfo=zone)
    key = Case("fault", level="key", region=promises.region("厦门市思明区湖滨南路1号"))
    quick = promises.promise("answer", key, saturday)
    assert quick is not None
    assert quick.due == saturday + timedelta(minutes=30)
    assert quick.policy != found.policy
    assert terms_of(loaded).zone == str(promises.working_time.zone)


def test_promises_of_nothing_changed_are_made_once() -> None:
    assert standard() is standard()
