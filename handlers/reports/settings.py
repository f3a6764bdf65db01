"""The section `reports` of the settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.section import Section


class ReportSettings(Section):
    """When periods are closed, and how much of a week is drawn for review."""

    close_after_hours: Annotated[float, Field(ge=0, le=72)] = 6
    catch_up: Annotated[int, Field(ge=1, le=60)] = 5
    repeat_days: Annotated[int, Field(ge=1, le=366)] = 90
    sample_percent: Annotated[float, Field(gt=0, le=100)] = 10
