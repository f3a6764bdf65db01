"""Working hours as customers are told them: one truth, the calendar of the settings."""

from __future__ import annotations

from collections.abc import Iterator

from handlers.promises.days import WEEKDAYS
from handlers.promises.settings import CalendarSettings
from handlers.promises.shifts import DAY, Shift, parse_shifts
from handlers.vocabulary import word

LANGUAGES = ("zh", "en")


def hours_in_words(calendar: CalendarSettings) -> dict[str, str]:
    """When people work, by language: `周一至周五 8:30–12:00、13:30–20:30（法定节假日休息）`."""
    return {language: _said(calendar, language) for language in LANGUAGES}


def _said(calendar: CalendarSettings, language: str) -> str:
    def say(name: str, **values: str) -> str:
        return word("hours", name, language).format(**values)

    stretches = []
    for first, last, shifts in _stretches(calendar):
        names = {"first": word("weekday", first, language), "last": word("weekday", last, language)}
        one, all_days = first == last, (first, last) == (WEEKDAYS[0], WEEKDAYS[-1])
        days = say("daily") if all_days else names["first"] if one else say("stretch", **names)
        times = word("hours", "and", language).join(_clock(shift) for shift in shifts)
        stretches.append(f"{days} {times}")
    told = word("hours", "then", language).join(stretches)
    off = calendar.holidays is not None and not calendar.shifts.holiday
    return told + (say("no_holidays") if off else "")


def _stretches(calendar: CalendarSettings) -> Iterator[tuple[str, str, tuple[Shift, ...]]]:
    """Neighbouring weekdays of the same shifts, from the first to the last; days off are left out."""
    found: list[tuple[str, str, tuple[Shift, ...]]] = []
    for day in WEEKDAYS:
        shifts = parse_shifts(getattr(calendar.shifts, day))
        if found and found[-1][2] == shifts:
            found[-1] = (found[-1][0], day, shifts)
        else:
            found.append((day, day, shifts))
    return (stretch for stretch in found if stretch[2])


def _clock(shift: Shift) -> str:
    begin, end = shift.start, shift.end if shift.end <= DAY else shift.end - DAY
    return f"{begin // 60}:{begin % 60:02}–{end // 60}:{end % 60:02}"
