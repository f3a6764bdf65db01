"""The section `queue` of the settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from handlers.section import Section


class PeakSettings(Section):
    """When too many wait for people, and what is different then."""

    waiting: Annotated[int, Field(ge=1)] = 10
    wait_minutes: Annotated[float, Field(gt=0)] = 20
    all_help: bool = True


class QueueSettings(Section):
    """How long customers wait for people before something is done about it, and what they are told."""

    unanswered_minutes: Annotated[float, Field(gt=0)] = 5
    escalate_minutes: Annotated[float, Field(gt=0)] = 10
    vanished_seconds: Annotated[float, Field(ge=10)] = 90
    estimate_minutes: Annotated[float, Field(gt=0)] = 60
    estimate_from: Annotated[int, Field(ge=1)] = 5
    at_once: Annotated[int, Field(ge=1)] | None = 8
    update_minutes: Annotated[float, Field(gt=0)] = 5
    answer_minutes: Annotated[float, Field(gt=0)] = 30
    callback_minutes: Annotated[float, Field(gt=0)] = 120
    peak: PeakSettings = PeakSettings()
