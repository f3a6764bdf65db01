"""When people answer, as customers are told it: the calendar's hours and no others (G1, E5)."""

from __future__ import annotations

import pytest

from bot.app import terms_of
from bot.settings import Settings
from handlers.desk import Terms
from handlers.promises.hours import hours_in_words
from handlers.promises.settings import CalendarSettings, ShiftSettings

HOURS = ("08:30-12:00", "13:30-20:30")
NONE: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("shifts", "more", "zh", "en"),
    [
        ({}, {}, "周一至周五 8:30–12:00、13:30–20:30（法定节假日休息）",
         "Monday to Friday 8:30–12:00, 13:30–20:30 (closed on public holidays)"),
        ({"sat": HOURS, "sun": HOURS, "holiday": HOURS}, {}, "每天 8:30–12:00、13:30–20:30",
         "daily 8:30–12:00, 13:30–20:30"),
        ({"sat": ["9:00-12:00"]}, {"holidays": None}, "周一至周五 8:30–12:00、13:30–20:30；周六 9:00–12:00",
         "Monday to Friday 8:30–12:00, 13:30–20:30; Saturday 9:00–12:00"),
        ({"mon": NONE, "tue": NONE, "wed": NONE, "thu": NONE, "fri": ["22:00-06:00"]}, {"holidays": None},
         "周五 22:00–6:00", "Friday 22:00–6:00"),
    ],
)  # fmt: skip
def test_the_calendar_in_words(
    shifts: dict[str, tuple[str, ...]], more: dict[str, None], zh: str, en: str
) -> None:
    calendar = CalendarSettings(shifts=ShiftSettings(**shifts), **more)  # type: ignore[arg-type]
    assert hours_in_words(calendar) == {"zh": zh, "en": en}


def test_words_of_ones_own_go_before() -> None:
    """G1: a hotline that answers longer than people work."""
    assert terms_of(Settings()).office_hours("zh") == Terms().office_hours("zh")
    own = Settings.model_validate({"service": {"hours": {"zh": "全天"}}})
    assert terms_of(own).office_hours("en") == "全天"
