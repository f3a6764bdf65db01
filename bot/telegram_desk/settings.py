"""The section `channels.telegram.desk` of the settings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from handlers.section import Section


class TelegramDeskSettings(Section):
    """A forum group where agents work; `group` None: there is none."""

    group: Annotated[int, Field(lt=0)] | None = None
    language: Literal["zh", "en"] = "zh"
    note_prefix: Annotated[str, Field(min_length=1, max_length=8)] = "//"
    per_minute: Annotated[int, Field(ge=5, le=20)] = 18
    history: Annotated[int, Field(ge=1, le=30)] = 12
    code_minutes: Annotated[float, Field(gt=0)] = 15
    present_minutes: Annotated[float, Field(gt=0)] = 30
    mask: bool = True
