"""The section `retention` of the settings."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from handlers.section import Section

LEAST_YEARS = 3
"""Service orders are kept at least so long."""


class RetentionSettings(Section):
    """How long things are kept."""

    orders_years: Annotated[int, Field(ge=LEAST_YEARS, le=100)] = LEAST_YEARS

    def orders_from(self, now: datetime) -> datetime:
        """Orders that ended earlier need not be kept any more."""
        return years_before(now, self.orders_years)


def years_before(now: datetime, years: int) -> datetime:
    """The same day so many years before; of a leap day, the day before it."""
    try:
        return now.replace(year=now.year - years)
    except ValueError:
        return now.replace(year=now.year - years, day=28)
