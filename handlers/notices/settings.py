"""The section `notices` of the settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from functools import cache
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from handlers.notices.kinds import KINDS
from handlers.notices.templates import Rows
from handlers.section import Section

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
Hours = tuple[time, time]


@cache
def parse_hours(words: str) -> Hours:
    """Read `22:00-08:00`; raises ValueError saying what is wrong."""
    found = _HOURS.fullmatch(words.strip())
    if found is None:
        raise ValueError(f"'{words}' are no hours; write 22:00-08:00")
    begin, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    if begin == end:
        raise ValueError(f"'{words}' is no time at all, or the whole day")
    return begin, end


def quiet_until(now: datetime, words: str | None, zone: str) -> datetime | None:
    """When the quiet hours end that `now` lies in; None where it lies in none."""
    if not words:
        return None
    begin, end = parse_hours(words)
    local = now.astimezone(ZoneInfo(zone))
    at = local.time()
    quiet = begin <= at < end if begin < end else at >= begin or at < end
    if not quiet:
        return None
    day = local.date() + timedelta(days=begin > end and at >= begin)
    ended = datetime.combine(day, end, ZoneInfo(zone)).astimezone(now.tzinfo)
    # Where the clocks are changed the end may be a moment that is no more: then it is over at once.
    return ended if ended > now else now + timedelta(minutes=1)


def _readable(words: str | None) -> str | None:
    if words:
        parse_hours(words)
    return words


class NoticeSettings(Section):
    """When and where the desk may write of its own accord."""

    quiet_hours: Annotated[str | None, AfterValidator(_readable)] = "22:00-08:00"
    window_channels: tuple[str, ...] = ("wechat", "wecom")
    answer_only_channels: tuple[str, ...] = ("rest",)
    good_for_hours: Mapping[str, Annotated[float, Field(gt=0)]] = {}
    night_moves: tuple[str, ...] = ("arrive",)
    wait_minutes: Annotated[float, Field(gt=0)] = 30
    progress_hours: Annotated[float, Field(gt=0)] = 24
    visit_hours_before: tuple[Annotated[float, Field(gt=0)], ...] = (24, 2)
    templates: Rows = ()

    @model_validator(mode="after")
    def _known(self) -> NoticeSettings:
        if wrong := self.good_for_hours.keys() - KINDS.keys():
            raise ValueError(f"good_for_hours knows {', '.join(KINDS)}, but no {sorted(wrong)[0]}")
        return self

    def good_until(self, kind: str, wanted_at: datetime) -> datetime:
        """Until when it is worth saying."""
        return wanted_at + timedelta(hours=self.good_for_hours.get(kind, KINDS[kind].good_for))
