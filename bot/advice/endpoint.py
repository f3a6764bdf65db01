"""The endpoint: one question, one bounded answer, every failure by its name."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.advice.budget import Tokens
from bot.advice.configuration import AdvisorSettings

if TYPE_CHECKING:
    from openai import AsyncOpenAI

ANSWER_BYTES = 65_536
MISSING = "needs the package openai: make install-advisor"
NO_KEY = "none"  # what servers without keys are sent
_TOKENS_BELIEVED = 1_000_000


class EndpointProblem(Exception):
    """No usable answer; `reason` is a short label, `pause` how long the endpoint wants to be left alone."""

    def __init__(self, reason: str, pause: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.pause = pause


@dataclass(frozen=True, slots=True)
class Completion:
    """The model's words, and what they took where the endpoint says so."""

    content: str
    tokens: Tokens | None = None


class Endpoint(Protocol):
    """Something that completes messages."""

    async def complete(self, messages: list[dict[str, str]], schema: dict[str, Any]) -> Completion:
        """The model's answer; raises EndpointProblem."""

    async def close(self) -> None:
        """Give the connections back."""


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)
    content: str | None = None


class _Alternative(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)
    message: _Message


class _Usage(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)
    prompt_tokens: int = Field(ge=0, le=_TOKENS_BELIEVED)
    completion_tokens: int = Field(ge=0, le=_TOKENS_BELIEVED)


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)
    choices: list[_Alternative] = Field(min_length=1)
    usage: Any = None


class OpenAIEndpoint:
    """An endpoint that speaks OpenAI's chat completions, through the `openai` client without retries."""

    def __init__(self, settings: AdvisorSettings) -> None:
        self._settings = settings
        self._client = _client(settings)

    async def complete(self, messages: list[dict[str, str]], schema: dict[str, Any]) -> Completion:
        """The model's answer; raises EndpointProblem."""
        import httpx2
        import openai

        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                response = await self._client.chat.completions.with_raw_response.create(
                    model=str(self._settings.model),
                    messages=messages,  # type: ignore[arg-type]
                    extra_body={**self._settings.request, **_format(self._settings.answer_format, schema)},
                )
        except (openai.APITimeoutError, TimeoutError):
            raise EndpointProblem("timeout") from None
        except openai.APIStatusError as problem:
            raise _refusal(problem.status_code, problem.response.headers.get("retry-after")) from None
        except (openai.OpenAIError, httpx2.HTTPError, ValueError, OSError) as problem:
            cut = isinstance(problem.__cause__ or problem, httpx2.DecodingError)
            raise EndpointProblem("too_large" if cut else "unreachable") from None
        return _completion(response.content)

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.close()


def _client(settings: AdvisorSettings) -> AsyncOpenAI:
    import httpx2
    import openai

    for name in ("openai", "httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)  # below that they may log what was written
    timeout = httpx2.Timeout(settings.timeout_seconds)
    limits = httpx2.Limits(max_connections=settings.parallel, max_keepalive_connections=settings.parallel)
    transport = _bounded(httpx2.AsyncHTTPTransport(limits=limits))
    headers: Any = {name: openai.Omit() for name in ("OpenAI-Organization", "OpenAI-Project")}
    headers["Accept-Encoding"] = "identity"
    client = openai.AsyncOpenAI(
        base_url=settings.base_url,
        api_key=settings.api_key.get_secret_value() if settings.api_key else NO_KEY,
        max_retries=0,
        timeout=timeout,
        default_headers=headers,
        http_client=httpx2.AsyncClient(transport=transport, timeout=timeout, follow_redirects=False),
    )
    _ = client.chat.completions.with_raw_response  # imported now rather than at the first message
    return client


def _bounded(inner: Any) -> Any:
    """The transport, with answers cut off that are too large or packed."""
    import httpx2

    class BoundedStream(httpx2.AsyncByteStream):
        def __init__(self, stream: Any) -> None:
            self._stream = stream

        async def __aiter__(self) -> AsyncIterator[bytes]:
            seen = 0
            async for part in self._stream:
                seen += len(part)
                if seen > ANSWER_BYTES:
                    raise httpx2.DecodingError("the answer is too large")
                yield part

        async def aclose(self) -> None:
            await self._stream.aclose()

    class BoundedTransport(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            response = await inner.handle_async_request(request)
            if response.headers.get("content-encoding", "identity") != "identity":
                await response.aclose()
                raise httpx2.DecodingError("the answer is packed although that was not asked for")
            return httpx2.Response(
                response.status_code,
                headers=response.headers,
                stream=BoundedStream(response.stream),
                extensions=response.extensions,
            )

        async def aclose(self) -> None:
            await inner.aclose()

    return BoundedTransport()


def _format(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    if kind == "text":
        return {}
    if kind == "json_object":
        return {"response_format": {"type": "json_object"}}
    named = {"name": "choices", "strict": True, "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


def _refusal(status: int, retry_after: str | None) -> EndpointProblem:
    if status == 429:
        wait = float(retry_after) if retry_after and retry_after.strip().isdecimal() else None
        return EndpointProblem("rate_limited", wait)
    if status in (401, 403):
        return EndpointProblem("unauthorised", 0.0)
    return EndpointProblem("server_error" if status >= 500 else "refused")


def _completion(raw: bytes) -> Completion:
    try:
        body = _Body.model_validate_json(raw)
    except ValidationError:
        raise EndpointProblem("not_a_completion") from None
    content = body.choices[0].message.content
    if not content or not content.strip():
        raise EndpointProblem("empty")
    return Completion(content, _usage(body.usage))


def _usage(said: Any) -> Tokens | None:
    try:
        usage = _Usage.model_validate(said)
    except ValidationError:
        return None
    return Tokens(usage.prompt_tokens, usage.completion_tokens)
