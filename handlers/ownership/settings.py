"""The section `queue` of the settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.section import Section


class QueueSettings(Section):
    """How long customers wait for people before something is done about it, and what they are told."""

    unanswered_minutes: Annotated[float, Field(gt=0)] = 5
    escalate_minutes: Annotated[float, Field(gt=0)] = 10
    vanished_seconds: Annotated[float, Field(ge=10)] = 90
    estimate_minutes: Annotated[float, Field(gt=0)] = 60
    estimate_from: Annotated[int, Field(ge=1)] = 5
