"""The section `return_visits` of the settings: who is asked later whether all is still well (F5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from handlers.section import Section

Kind = Literal["fault", "consultation", "complaint", "installation", "return"]
Level = Literal["normal", "key", "long_standing"]
Days = Annotated[float, Field(gt=0)]


class ReturnVisitSettings(Section):
    """Days after an order's end by its kind, and between visits at least by the customer's level."""

    after_days: Mapping[Kind, Days] = {"fault": 14, "installation": 30}
    every_days: Mapping[Level, Days] = {"key": 180, "long_standing": 365}
