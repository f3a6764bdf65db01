"""The section `console.oidc` of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from handlers.section import Section

Role = Literal["agent", "expert", "supervisor", "admin"]
Word = Annotated[str, Field(pattern=r"^[!-~]{1,100}$")]
HERE = ("127.0.0.1", "::1", "localhost")


class OidcSettings(Section):
    """Who vouches for users, and which of them may enter."""

    enabled: bool = False
    label: Mapping[Literal["zh", "en"], str] = {"zh": "公司账号", "en": "company account"}
    issuer: str | None = None
    client_id: Word | None = None
    client_secret: SecretStr | None = None
    scopes: tuple[Word, ...] = ("openid", "profile")
    name_claim: Word = "preferred_username"
    roles_claim: Word = "groups"
    roles: Mapping[str, Role] = {}
    timeout_seconds: Annotated[float, Field(gt=0, le=30)] = 5

    @field_validator("issuer")
    @classmethod
    def an_issuer(cls, issuer: str | None) -> str | None:
        """An https address; http on this machine only."""
        if issuer is None:
            return None
        parts = urlsplit(issuer)
        if not parts.hostname or not (parts.scheme == "https" or is_near(issuer)):
            raise ValueError("must look like https://sso.example.com, as the provider itself says it")
        if parts.username or parts.query or parts.fragment:
            raise ValueError("must be an address only: no user, no ?, no #")
        return issuer

    @field_validator("scopes")
    @classmethod
    def with_openid(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        """OpenID Connect is asked for."""
        if "openid" not in scopes:
            raise ValueError("must hold openid")
        return scopes

    @model_validator(mode="after")
    def whole(self) -> OidcSettings:
        """What belongs together is there together."""
        if self.enabled and not (self.issuer and self.client_id):
            raise ValueError(f"{'client_id' if self.issuer else 'issuer'} is required when it is enabled")
        return self


def is_near(address: str) -> bool:
    """Whether it is an http address of this machine."""
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname in HERE
