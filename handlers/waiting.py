"""The section `waiting` of the settings: what is waited for from customers, and for how long."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from handlers.section import Section

Time = Annotated[float, Field(gt=0)]


class WaitingSettings(Section):
    """Results to confirm, questions and quotations: when customers are reminded, and what comes then."""

    remind_after_hours: Time = 24
    close_after_days: Time = 7
    task_after_hours: Time = 72

    @model_validator(mode="after")
    def _in_order(self) -> WaitingSettings:
        if self.remind_after_hours >= min(self.close_after_days * 24, self.task_after_hours):
            raise ValueError("remind_after_hours must be before close_after_days and task_after_hours")
        return self
