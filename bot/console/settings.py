"""The section `console` of the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from bot.console.oidc.settings import OidcSettings
from handlers.section import Section

Role = Literal["agent", "expert", "supervisor", "admin"]


class ConsoleSettings(Section):
    """Whether there is a console, and how people sign in to it."""

    enabled: bool = True
    session_hours: Annotated[float, Field(gt=0)] = 12
    idle_minutes: Annotated[float, Field(gt=0)] = 120
    sign_in_failures: Annotated[int, Field(ge=1)] = 5
    address_failures: Annotated[int, Field(ge=1)] = 50
    lock_minutes: Annotated[float, Field(gt=0)] = 1
    lock_limit_minutes: Annotated[float, Field(gt=0)] = 30
    password_characters: Annotated[int, Field(ge=8)] = 12
    second_factor_roles: tuple[Role, ...] = ()
    list_rows: Annotated[int, Field(ge=10, le=200)] = 50
    search_messages: Annotated[int, Field(ge=1000)] = 50_000
    bulk_confirm: Annotated[int, Field(ge=1)] = 10
    forbidden_words: Path | None = None
    undo_seconds: Annotated[float, Field(ge=0, le=60)] = 10
    photo_bytes: Annotated[int, Field(ge=10_000)] = 10_000_000
    photo_kinds: tuple[Literal["jpg", "png", "gif", "webp"], ...] = ("jpg", "png")
    file_bytes: Annotated[int, Field(ge=10_000)] = 20_000_000
    file_kinds: tuple[Literal["pdf", "docx", "xlsx"], ...] = ("pdf", "docx", "xlsx")
    link_days: Annotated[int, Field(ge=1, le=365)] = 30
    reveal_minutes: Annotated[float, Field(gt=0, le=480)] = 10
    oidc: OidcSettings = OidcSettings()

    @field_validator("forbidden_words")
    @classmethod
    def _a_list(cls, value: Path | None) -> Path | None:
        if value is not None:
            from bot.console.replying.checking import checking

            try:
                checking(value)
            except OSError as problem:
                raise ValueError(f"{value} cannot be read: {problem.strerror}") from None
        return value
