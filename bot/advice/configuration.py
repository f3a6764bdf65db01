"""Settings of the advisor: the section `advisor` of `config.yaml`."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

Count = Annotated[int, Field(ge=1)] | None
Amount = Annotated[float, Field(gt=0)] | None
Share = Annotated[float, Field(ge=0, le=1)]
OWN = frozenset(("model", "messages", "response_format", "stream", "n", "tools", "tool_choice", "functions"))
"""What the desk itself says in a request."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Budget(_Section):
    """What may be spent; None is no limit. Days are the service's, money is in the prices' currency."""

    requests_per_minute: Count = 60
    requests_per_day: Count = 5000
    tokens_per_minute: Count = 60_000
    tokens_per_day: Count = 3_000_000
    cost_per_day: Amount = None
    customer_requests_per_hour: Count = 20


class Prices(_Section):
    """What a million tokens cost."""

    input: Annotated[float, Field(ge=0)] | None = None
    output: Annotated[float, Field(ge=0)] | None = None


class AdvisorSettings(_Section):
    """An OpenAI-compatible endpoint for what the desk is unsure of."""

    enabled: bool = False
    base_url: str | None = None
    model: str | None = None
    api_key: SecretStr | None = None
    subjects: tuple[Literal["intent", "details", "article"], ...] = ("intent", "details", "article")
    intent_below: Share = 0.55
    scope_from: Share = 0.1
    article_from: Annotated[float, Field(ge=0)] = 0.25
    timeout_seconds: Annotated[float, Field(ge=0.2, le=10)] = 2.5
    parallel: Annotated[int, Field(ge=1, le=64)] = 4
    answer_format: Literal["json_schema", "json_object", "text"] = "json_schema"
    request: dict[str, Any] = {"temperature": 0, "max_tokens": 200}
    failures: Annotated[int, Field(ge=1)] = 5
    pause_seconds: Annotated[float, Field(gt=0)] = 30
    pause_limit_seconds: Annotated[float, Field(gt=0)] = 600
    budget: Budget = Budget()
    prices: Prices = Prices()

    @field_validator("base_url")
    @classmethod
    def an_address(cls, base_url: str | None) -> str | None:
        """An http(s) address without credentials in it."""
        if base_url is None:
            return None
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must look like https://api.example.com/v1")
        if parts.username or parts.password:
            raise ValueError("must not hold credentials; the key is BOT__ADVISOR__API_KEY")
        return base_url

    @field_validator("api_key")
    @classmethod
    def a_key(cls, api_key: SecretStr | None) -> SecretStr | None:
        """Something that can stand in a header."""
        key = api_key.get_secret_value() if api_key else "x"
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise ValueError("must be printable ASCII without spaces")
        return api_key

    @field_validator("request")
    @classmethod
    def only_further_fields(cls, request: dict[str, Any]) -> dict[str, Any]:
        """Nothing that the desk itself says."""
        if own := sorted(OWN & request.keys()):
            raise ValueError(f"must not hold {', '.join(own)}: the desk says that itself")
        return request

    @model_validator(mode="after")
    def whole(self) -> AdvisorSettings:
        """What belongs together is there together."""
        if self.enabled and not (self.base_url and self.model):
            raise ValueError(f"{'model' if self.base_url else 'base_url'} is required when it is enabled")
        if self.budget.cost_per_day is not None and None in (self.prices.input, self.prices.output):
            raise ValueError("budget.cost_per_day needs prices.input and prices.output")
        return self
