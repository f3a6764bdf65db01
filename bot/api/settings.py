"""Settings of the API: whose tokens it knows, and what each may do."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from handlers.section import Section

Scope = Literal[
    "orders:read",
    "orders:write",
    "customers:read",
    "customers:write",
    "customers:erase",
    "catalogue:read",
    "reports:read",
    "tasks:read",
    "tasks:write",
]
PerMinute = Annotated[int | None, Field(ge=1)]
Role = Literal["agent", "engineer", "supervisor", "system"]


class ApiToken(Section):
    """One program: its name in the orders' history, the hash of its token, what it may do and as whom."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,30}$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", repr=False)]
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)]
    role: Role = "agent"
    expires: date | None = None
    per_minute: PerMinute = None

    def good_until(self, zone: str) -> datetime | None:
        """The end of the last day on which it is good, on that clock; None where it has none."""
        if self.expires is None:
            return None
        following = self.expires + timedelta(days=1)
        return datetime(following.year, following.month, following.day, tzinfo=ZoneInfo(zone))


class ApiSettings(Section):
    """The section `api`."""

    enabled: bool = False
    max_body_bytes: Annotated[int, Field(ge=1024)] = 65_536
    per_minute: PerMinute = 600
    tokens: tuple[ApiToken, ...] = ()

    @model_validator(mode="after")
    def whole(self) -> ApiSettings:
        """An API that is on has tokens, and each of them is one program's."""
        if self.enabled and not self.tokens:
            raise ValueError("is on without tokens: python -m bot tokens new NAME --scope orders:read")
        names, hashes = [one.name for one in self.tokens], [one.sha256 for one in self.tokens]
        if len(set(names)) < len(names) or len(set(hashes)) < len(hashes):
            raise ValueError("two tokens have the same name or the same hash")
        return self
