"""What an endpoint may do wrong, each by its name, in bounded time and memory (B2)."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from bot.advice.budget import Tokens
from bot.advice.configuration import AdvisorSettings
from bot.advice.endpoint import Completion, EndpointProblem, OpenAIEndpoint
from tests.advice import server
from tests.advice.server import Model, body, drops, hangs, says, sends, trickles

SCHEMA = {"type": "object"}


async def ask(url: str, **given: Any) -> Completion:
    values = {"enabled": True, "base_url": url, "model": "tiny", "timeout_seconds": 0.5, **given}
    endpoint = OpenAIEndpoint(AdvisorSettings.model_validate(values))
    try:
        return await endpoint.complete([{"role": "user", "content": "hi"}], SCHEMA)
    finally:
        await endpoint.close()


async def test_an_answer_comes_with_what_it_took(model: Model) -> None:
    model.will(says({"a": 1}))
    assert await ask(model.url, api_key="sk-test") == Completion('{"a": 1}', Tokens(321, 12))
    sent = model.asked[0]
    assert sent.pop("messages") == [{"role": "user", "content": "hi"}]
    form = {"type": "json_schema", "json_schema": {"name": "choices", "strict": True, "schema": SCHEMA}}
    assert sent == {"model": "tiny", "temperature": 0, "max_tokens": 200, "response_format": form}
    assert model.headers[0]["Authorization"] == "Bearer sk-test"


@pytest.mark.parametrize(("kind", "sent"), [("json_object", {"type": "json_object"}), ("text", None)])
async def test_servers_without_schemas_are_asked_in_their_way(model: Model, kind: str, sent: Any) -> None:
    model.will(says("{}"))
    await ask(model.url, answer_format=kind, request={"reasoning_effort": "low"})
    assert model.asked[0].get("response_format") == sent
    assert model.asked[0]["reasoning_effort"] == "low"
    assert "max_tokens" not in model.asked[0]


async def test_the_environment_of_other_programs_changes_nothing(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("OPENAI_API_KEY", "sk-other"),
        ("OPENAI_BASE_URL", "http://127.0.0.1:9/v1"),
        ("OPENAI_ORG_ID", "org-other"),
        ("HTTP_PROXY", "http://127.0.0.1:9"),
        ("ALL_PROXY", "http://127.0.0.1:9"),
    ):
        monkeypatch.setenv(name, value)
    model.will(says("{}"))
    await ask(model.url)
    assert "other" not in str(model.headers[0])


HUGE = 5_000_000


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (hangs(), "timeout"),
        (trickles(b" ", 0.05), "timeout"),
        (drops(), "unreachable"),
        (says(None), "empty"),
        (says("   "), "empty"),
        (says(None, message={"tool_calls": [{"id": "1", "type": "function"}]}), "empty"),
        (sends(b""), "not_a_completion"),
        (sends(b"{"), "not_a_completion"),
        (sends(b"[]"), "not_a_completion"),
        (sends(b"null"), "not_a_completion"),
        (sends(b"\xff\xfe\x00"), "not_a_completion"),
        (sends(b"<html>Welcome</html>", Content_Type="text/html"), "not_a_completion"),
        (sends(b'{"choices": []}'), "not_a_completion"),
        (sends(b'{"choices": [{"message": {"content": 7}}]}'), "not_a_completion"),
        (sends(b"[" * 60_000), "not_a_completion"),
        (sends(b"x" * HUGE), "too_large"),
        (sends(b"x" * HUGE, 500), "too_large"),
        (trickles(b"x" * 30_000, 0.001), "too_large"),
        (sends(b"\x1f\x8b\x08", Content_Encoding="gzip"), "too_large"),
        (sends(b"{}", 400), "refused"),
        (sends(b"{}", 404), "refused"),
        (sends(b"", 307, Location="http://127.0.0.1:9/v1/chat/completions"), "refused"),
        (sends(b"{}", 401), "unauthorised"),
        (sends(b"{}", 403), "unauthorised"),
        (sends(b"{}", 500), "server_error"),
        (sends(b"<html>", 503), "server_error"),
        (sends(b"{}", 429), "rate_limited"),
    ],
)
async def test_every_failure_has_its_name_and_is_quick(
    model: Model, behaviour: server.Behaviour, reason: str
) -> None:
    model.will(behaviour)
    began = time.monotonic()
    with pytest.raises(EndpointProblem) as problem:
        async with asyncio.timeout(10):
            await ask(model.url)
    assert problem.value.reason == reason
    assert time.monotonic() - began < 5
    assert len(model.asked) == 1  # never repeated by itself


async def test_the_asked_for_pause_is_heard(model: Model) -> None:
    model.will(sends(b"{}", 429, Retry_After="17"))
    with pytest.raises(EndpointProblem) as problem:
        await ask(model.url)
    assert problem.value.pause == 17
    model.will(sends(b"{}", 429, Retry_After="never"))
    with pytest.raises(EndpointProblem) as problem:
        await ask(model.url)
    assert problem.value.pause is None


async def test_nobody_listens(unused_tcp_port: int) -> None:
    with pytest.raises(EndpointProblem, match="unreachable"):
        await ask(f"http://127.0.0.1:{unused_tcp_port}/v1")


@pytest.mark.parametrize("usage", [None, "many", {"prompt_tokens": -5, "completion_tokens": 1}, {}, 10**30])
async def test_what_it_took_is_believed_only_where_it_can_be(model: Model, usage: Any) -> None:
    model.will(sends(__import__("json").dumps(body("{}", usage=usage)).encode()))
    assert (await ask(model.url)).tokens is None
