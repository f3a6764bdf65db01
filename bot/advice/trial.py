"""A trial question to the endpoint, for `python -m bot doctor`."""

from __future__ import annotations

import asyncio
import importlib.util
import time
from ipaddress import ip_address
from urllib.parse import urlsplit

from bot.advice import answers
from bot.advice.advisor import messages_for
from bot.advice.answers import BadAnswer
from bot.advice.configuration import AdvisorSettings
from bot.advice.endpoint import MISSING, EndpointProblem, OpenAIEndpoint
from bot.advice.masking import Masked
from handlers.advice import INTENT, Choice

PATIENCE_SECONDS = 8.0
_WORDS = Masked("My fridge stopped cooling yesterday, please send somebody to repair it", {})
_CHOICES = (Choice(INTENT, {"report_fault": "Report a fault", "goodbye": "Say goodbye"}),)
_MEANING = {
    "timeout": f"gives no answer within {PATIENCE_SECONDS:g} s",
    "unreachable": "cannot be reached",
    "rate_limited": "says that it is asked too often",
    "unauthorised": "refuses the key",
    "refused": "refuses the request: look at advisor.model, advisor.answer_format and advisor.request",
    "server_error": "has an error of its own",
    "too_large": "answers far more than was asked for",
    "not_a_completion": "does not speak the chat completions protocol",
    "empty": "answers nothing",
    "not_json": "does not keep to the JSON it is asked for: try another advisor.answer_format or model",
    "not_offered": "answers what was not offered: try another model",
}


async def try_out(settings: AdvisorSettings) -> tuple[bool, str]:
    """Whether the endpoint answers as it should, and what to tell of it."""
    if importlib.util.find_spec("openai") is None:
        return False, MISSING
    endpoint = OpenAIEndpoint(settings.model_copy(update={"timeout_seconds": PATIENCE_SECONDS}))
    began = time.monotonic()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            said = await endpoint.complete(messages_for(_CHOICES, _WORDS), answers.schema(_CHOICES))
        answers.read(said.content, _CHOICES, _WORDS.text, _WORDS)
    except TimeoutError:
        return False, _MEANING["timeout"]
    except (EndpointProblem, BadAnswer) as problem:
        return False, _MEANING.get(str(problem), str(problem))
    finally:
        await endpoint.close()
    return True, f"answers in {time.monotonic() - began:.1f} s"


def readable_on_the_way(base_url: str) -> bool:
    """Whether what is sent there could be read by others: http to more than this machine or a private net."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if parts.scheme == "https" or host == "localhost" or "." not in host.strip("[]"):
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return True
