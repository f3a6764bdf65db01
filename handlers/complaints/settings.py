"""The section `complaints` of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from handlers.section import Section

SUGGESTION = "suggestion"
"""The category of what is no complaint: nobody promises anything."""
Severity = Literal["normal", "serious", "severe"]
Sign = Literal[
    "injury", "danger", "regulator", "media", "lawyer", "repeated", "broken_promise", "money", "anger"
]
Weight = Annotated[int, Field(ge=0)]


class ComplaintSettings(Section):
    """How severe a complaint is, how much is asked, who may be responsible."""

    weights: Mapping[Sign, Weight] = {
        "injury": 5, "danger": 5, "regulator": 5, "media": 5, "lawyer": 5, "repeated": 5,
        "broken_promise": 2, "money": 2, "anger": 1,
    }  # fmt: skip
    serious_from: Annotated[int, Field(ge=1)] = 2
    severe_from: Annotated[int, Field(ge=1)] = 5
    questions: Annotated[int, Field(ge=1, le=3)] = 3
    questions_angry: Annotated[int, Field(ge=1, le=3)] = 1
    orders_offered: Annotated[int, Field(ge=1, le=8)] = 3
    repeated_days: Annotated[int, Field(ge=0)] = 90
    units: tuple[str, ...] = ("质量部", "服务网点", "软件部", "客服中心", "物流部")

    @model_validator(mode="after")
    def _in_order(self) -> ComplaintSettings:
        if self.severe_from < self.serious_from:
            raise ValueError("severe_from must not be less than serious_from")
        return self
