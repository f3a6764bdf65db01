"""The section `surveys` of the settings."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from handlers.section import Section

Kind = Literal["fault", "consultation", "complaint", "installation", "return"]
Hours = Annotated[float, Field(gt=0)]


class SurveySettings(Section):
    """Whom to ask how satisfied they are, when, and for how long an answer counts."""

    kinds: tuple[Kind, ...] = ("fault", "consultation", "complaint", "installation", "return")
    delay_hours: Annotated[float, Field(ge=0)] = 2
    remind_after_hours: Hours = 24
    expire_after_days: Hours = 7
    self_service: bool = False
    second_handling: bool = True
    second_handling_rounds: Annotated[int, Field(ge=0)] = 2
    at_once_seconds: Annotated[float, Field(ge=0)] = 5

    @model_validator(mode="after")
    def _in_order(self) -> SurveySettings:
        if self.remind_after >= self.open_for:
            raise ValueError("remind_after_hours must be before expire_after_days")
        return self

    @property
    def delay(self) -> timedelta:
        """From the order's end to the question."""
        return timedelta(hours=self.delay_hours)

    @property
    def remind_after(self) -> timedelta:
        """From the question to the reminder."""
        return timedelta(hours=self.remind_after_hours)

    @property
    def open_for(self) -> timedelta:
        """How long an answer counts."""
        return timedelta(days=self.expire_after_days)
