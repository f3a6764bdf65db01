"""The section `identities` of the settings."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from handlers.section import Section

Count = Annotated[int, Field(ge=1, le=100)]


class IdentitySettings(Section):
    """How somebody shows that two chats are theirs."""

    code_minutes: Annotated[float, Field(gt=0, le=1440)] = 10
    code_tries: Count = 5
    codes_per_hour: Count = 5
    wrong_per_hour: Count = 5
    phone_days: Annotated[int, Field(ge=0, le=3650)] = 180

    @property
    def code_lasts(self) -> timedelta:
        """From giving out a code to its end."""
        return timedelta(minutes=self.code_minutes)

    @property
    def phone_lasts(self) -> timedelta:
        """How long a number counts as theirs after a channel vouched for it; numbers are given to others."""
        return timedelta(days=self.phone_days)
