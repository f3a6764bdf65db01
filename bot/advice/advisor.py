"""The advisor: has choices made by a model, within time and budget, or leaves them as they were."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import time
from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import structlog

from bot import metrics
from bot.advice import answers
from bot.advice.answers import BadAnswer
from bot.advice.breaker import Breaker
from bot.advice.budget import Fairness, Ledger, Reserved, Tokens, estimate
from bot.advice.configuration import AdvisorSettings
from bot.advice.endpoint import MISSING, Completion, Endpoint, EndpointProblem, OpenAIEndpoint
from bot.advice.masking import Masked, mask
from bot.settings import SettingsProblem
from handlers.advice import ARTICLE, DETAILS, INTENT, NO_ADVICE, Advice, AdviceWanted, Choice, Chosen, Doubt
from nlu.context import Context

log = structlog.get_logger()

PROMPT = (Path(__file__).parent / "prompt.txt").read_text(encoding="utf-8")
ANSWER_TOKENS = 200
LEAST_SECONDS = 0.2
"""With less time than that left nothing is asked."""


class Skipped(Exception):
    """Nothing was asked; the message is the reason."""


class Advisor:
    """Asks an endpoint for choices; whatever goes wrong, the desk's own result stands."""

    def __init__(
        self,
        settings: AdvisorSettings,
        endpoint: Endpoint,
        ledger: Ledger,
        clock: Callable[[], datetime],
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._endpoint = endpoint
        self._ledger = ledger
        self._seconds = seconds
        self._fairness = Fairness(settings.budget.customer_requests_per_hour, clock)
        self.breaker = Breaker(
            settings.failures, settings.pause_seconds, settings.pause_limit_seconds, seconds
        )
        self._asking = 0
        limits = (settings.request.get(name) for name in ("max_tokens", "max_completion_tokens"))
        self._longest_answer = next((n for n in limits if isinstance(n, int)), ANSWER_TOKENS)
        self._fresh = Advice(doubt_of(settings), open=True)

    def advice(self) -> Advice:
        """For a message that just came: open where the endpoint may be asked at all."""
        return self._fresh if self.breaker.passes else NO_ADVICE

    async def advise(
        self,
        wanted: AdviceWanted,
        before: Advice,
        context: Context,
        customer: Hashable,
        since: float,
    ) -> Advice:
        """The advice with the wanted choices made, or closed as it was; never raises, never late.

        `since` is when the message came, by the same clock as `seconds`.
        """
        began = self._seconds()
        subjects = [choice.subject for choice in wanted.choices]
        try:
            until = since + self._settings.timeout_seconds
            chosen, unfounded = await self._ask(wanted, context, customer, until)
        except Skipped as reason:
            metrics.ADVICE.labels(str(reason)).inc()
            log.info("advice.skipped", reason=str(reason), subjects=subjects)
            return replace(before, open=False)
        except (EndpointProblem, BadAnswer) as problem:
            metrics.ADVICE.labels(str(problem)).inc()
            log.warning("advice.failed", reason=str(problem), subjects=subjects, ms=self._ms(began))
            return replace(before, open=False)
        except Exception as problem:  # noqa: BLE001 - what is optional must not cost a customer their turn
            metrics.ADVICE.labels("broken").inc()
            log.error("advice.failed", reason="broken", problem=type(problem).__name__, subjects=subjects)
            return replace(before, open=False)
        finally:
            metrics.ADVICE_PAUSED.set(not self.breaker.closed)
        outcome = "used" if chosen else "unfounded" if unfounded else "none_fits"
        metrics.ADVICE.labels(outcome).inc()
        log.info(
            "advice.taken", subjects=subjects, chosen=list(chosen), unfounded=unfounded, ms=self._ms(began)
        )
        made = {(subject, wanted.text): chosen.get(subject) for subject in subjects}
        return replace(before, chosen={**before.chosen, **made})

    async def close(self) -> None:
        """Give the connections back."""
        await self._endpoint.close()

    def _ms(self, began: float) -> float:
        return round((self._seconds() - began) * 1000, 1)

    async def _ask(
        self, wanted: AdviceWanted, context: Context, customer: Hashable, until: float
    ) -> tuple[dict[str, Chosen], list[str]]:
        if until - self._seconds() < LEAST_SECONDS:
            raise Skipped("late")
        if self._asking >= self._settings.parallel:
            raise Skipped("busy")
        self._asking += 1
        try:
            if not self._fairness.allows(customer):
                raise Skipped("customer_limit")
            masked = mask(wanted.text, context, wanted.private)
            messages = messages_for(wanted.choices, masked)
            completion = await self._paid(messages, wanted.choices, until)
            return answers.read(completion.content, wanted.choices, wanted.text, masked)
        finally:
            self._asking -= 1

    async def _paid(
        self, messages: list[dict[str, str]], choices: tuple[Choice, ...], until: float
    ) -> Completion:
        """The endpoint's answer, reserved in the budget before and settled after."""
        reckoned = Tokens(sum(estimate(m["content"]) + 8 for m in messages), self._longest_answer)
        reserved = await self._reserved(reckoned, until)
        if not self.breaker.enter():
            self._settle(reserved, Tokens(0, 0))
            raise Skipped("paused")
        metrics.ADVICE_ASKED.inc()
        completion = await self._within(until, messages, choices)
        took = completion.tokens or replace(reckoned, answer=estimate(completion.content))
        metrics.ADVICE_TOKENS.labels("question").inc(took.question)
        metrics.ADVICE_TOKENS.labels("answer").inc(took.answer)
        self._settle(reserved, took)
        return completion

    async def _reserved(self, tokens: Tokens, until: float) -> Reserved:
        left = until - self._seconds()
        try:
            reserved = await asyncio.wait_for(asyncio.to_thread(self._ledger.reserve, tokens), left)
        except TimeoutError:  # a disk that hangs; what may have been put aside stays so
            reserved = None
        if reserved is None:
            raise Skipped("budget")
        return reserved

    def _settle(self, reserved: Reserved, took: Tokens) -> None:
        """Settle in a thread; nobody waits for it."""
        asyncio.get_running_loop().run_in_executor(None, self._ledger.settle, reserved, took)

    async def _within(
        self, until: float, messages: list[dict[str, str]], choices: tuple[Choice, ...]
    ) -> Completion:
        """The endpoint's answer by then; the breaker hears how it went."""
        try:
            with metrics.ADVICE_SECONDS.time():
                async with asyncio.timeout(until - self._seconds()):
                    completion = await self._endpoint.complete(messages, answers.schema(choices))
        except TimeoutError:
            problem = EndpointProblem("timeout")
        except EndpointProblem as found:
            problem = found
        except BaseException:
            self.breaker.abandoned()
            raise
        else:
            self.breaker.worked()
            return completion
        self.breaker.failed(problem.pause)
        raise problem


def doubt_of(settings: AdvisorSettings) -> Doubt:
    """When, by the settings, the desk's own result counts as unsure."""
    meant = {"intent": (INTENT,), "details": DETAILS, "article": (ARTICLE,)}
    subjects = frozenset(subject for named in settings.subjects for subject in meant[named])
    return Doubt(subjects, settings.intent_below, settings.scope_from, settings.article_from)


def messages_for(choices: tuple[Choice, ...], masked: Masked) -> list[dict[str, str]]:
    """What the model is sent: the rules, then the choices and the masked words as JSON."""
    listed = {
        choice.subject: {"options": dict(choice.options), **({"quote": True} if choice.quoted else {})}
        for choice in choices
    }
    asked = json.dumps({"choices": listed, "message": masked.text}, ensure_ascii=False)
    return [{"role": "system", "content": PROMPT}, {"role": "user", "content": asked}]


def open_advisor(
    settings: AdvisorSettings, data: Path, clock: Callable[[], datetime], zone: str
) -> Advisor | None:
    """The advisor of the settings, or None where it is off; only where it is on is its client imported."""
    if not settings.enabled:
        return None
    if importlib.util.find_spec("openai") is None:
        raise SettingsProblem(f"advisor.enabled: {MISSING}")
    ledger = Ledger(data / "advisor.json", settings.budget, settings.prices, clock, zone)
    return Advisor(settings, OpenAIEndpoint(settings), ledger, clock)
