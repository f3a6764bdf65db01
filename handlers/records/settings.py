"""The section `retention` of the settings."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated

from pydantic import Field

from handlers.section import Section

LEAST_YEARS = 3
"""Service orders are kept at least so long."""
Years = Annotated[int, Field(ge=1, le=100)]
Days = Annotated[int, Field(ge=1, le=36500)]


class RetentionSettings(Section):
    """How long things are kept."""

    orders_years: Annotated[int, Field(ge=LEAST_YEARS, le=100)] = LEAST_YEARS
    archive: bool = True
    talk_years: Years = 3
    media_days: Days = 1100
    notices_days: Days = 400
    audit_years: Years = 5
    at: time = time(3, 0)

    def orders_from(self, now: datetime) -> datetime:
        """Orders that ended earlier need not be kept any more."""
        return years_before(now, self.orders_years)

    def talk_from(self, now: datetime) -> datetime:
        """What was said earlier is let go of."""
        return years_before(now, self.talk_years)

    def media_from(self, now: datetime) -> datetime:
        """Files that came earlier are let go of."""
        return now - timedelta(days=self.media_days)

    def notices_from(self, now: datetime) -> datetime:
        """Decided or done earlier, notices and tasks are let go of."""
        return now - timedelta(days=self.notices_days)

    def audit_from(self, now: datetime) -> datetime:
        """What users of the console did earlier is let go of."""
        return years_before(now, self.audit_years)

    def next_run(self, local: datetime) -> datetime:
        """When the work is done next, on the service's clock."""
        today = local.replace(hour=self.at.hour, minute=self.at.minute, second=0, microsecond=0)
        return today if today > local else today + timedelta(days=1)


def years_before(now: datetime, years: int) -> datetime:
    """The same day so many years before; of a leap day, the day before it."""
    try:
        return now.replace(year=now.year - years)
    except ValueError:
        return now.replace(year=now.year - years, day=28)
