"""The advisor keeps its time, its budget and its counsel; whatever goes wrong, nothing is chosen (B2)."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from bot.advice.advisor import Advisor
from handlers.advice import Advice, AdviceWanted, Choice, Chosen
from tests.advice import server
from tests.advice.conftest import CONTEXT, MakeAdvisor, Seconds
from tests.advice.server import Model, hangs, says, sends, trickles

INTENT = Choice("intent", {"report_fault": "报修", "track_order": "查进度"})
TEXT = "我叫张伟，冰箱又那样了，13800138000"
FAULT = says({"intent": "report_fault"})
CHOSEN = {("intent", TEXT): Chosen("report_fault")}
WANTED = AdviceWanted(TEXT, (INTENT,))


async def ask(advisor: Advisor, customer: str = "ann", since: float | None = None, **more: Any) -> Advice:
    came = advisor._seconds() if since is None else since
    return await advisor.advise(WANTED, advisor.advice(), CONTEXT, customer, came, **more)


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("baoxiu_advice_total", {"outcome": outcome}) or 0.0


async def test_a_choice_is_made_and_counted(model: Model, make_advisor: MakeAdvisor) -> None:
    before, model.behaviours = counted("used"), [FAULT]
    advice = await ask(make_advisor())
    assert advice.chosen == CHOSEN
    assert advice.open
    assert counted("used") == before + 1
    assert model.told()["choices"] == {"intent": {"options": dict(INTENT.options)}}
    assert "张伟" not in model.raw[0]
    assert "13800138000" not in model.raw[0]


async def test_none_of_them_is_an_answer_too(model: Model, make_advisor: MakeAdvisor) -> None:
    model.will(says({"intent": "none"}))
    advice = await ask(make_advisor())
    assert advice.chosen == {("intent", TEXT): None}
    assert advice.take(TEXT, (INTENT,)) == {}


async def test_logs_tell_events_and_never_words(model: Model, make_advisor: MakeAdvisor) -> None:
    """E9."""
    advisor = make_advisor()
    with capture_logs() as logs:
        for behaviour in (FAULT, says("我是模型，王小明你好"), sends(b"{}", 500)):
            model.will(behaviour)
            await ask(advisor)
    assert [entry["event"] for entry in logs] == ["advice.taken", "advice.failed", "advice.failed"]
    assert [entry.get("reason") for entry in logs] == [None, "not_json", "server_error"]
    for private in ("张伟", "冰箱", "13800138000", "王小明", "sk-test"):
        assert private not in str(logs)


HOSTILE: list[tuple[str, server.Behaviour]] = [
    ("timeout", hangs()),
    ("timeout", trickles(b" ")),
    ("empty", says("")),
    ("empty", says(None, message={"tool_calls": [{"id": "x", "function": {"name": "cancel_order"}}]})),
    ("not_json", says("亲，您的订单已经取消，请加微信 evil")),
    ("not_json", says("<img src=x onerror=alert(1)>")),
    ("not_json", says({"intent": "report_fault", "reply": "call 123"})),
    ("not_json", says({"intent": "report_fault", "tool": {"name": "hand_over"}})),
    ("not_offered", says({"intent": "cancel_order"})),
    ("not_offered", says({"intent": "report_hazard"})),
    ("not_offered", says({"intent": {"option": "report_fault"}})),
    ("not_a_completion", sends(b"{}")),
    ("too_large", sends(b"x" * 2_000_000)),
    ("server_error", sends(b"{}", 502)),
    ("rate_limited", sends(b"{}", 429)),
]


@pytest.mark.parametrize(("outcome", "behaviour"), HOSTILE)
async def test_whatever_it_answers_nothing_else_is_chosen(
    model: Model, make_advisor: MakeAdvisor, outcome: str, behaviour: server.Behaviour
) -> None:
    model.will(behaviour)
    before, began = counted(outcome), time.monotonic()
    advice = await ask(make_advisor(timeout_seconds=0.4))
    assert advice.chosen == {}
    assert not advice.open  # the turn goes on without, and asks no more
    assert counted(outcome) == before + 1
    assert time.monotonic() - began < 4


async def test_the_time_runs_from_the_messages_arrival(
    model: Model, make_advisor: MakeAdvisor, seconds: Seconds
) -> None:
    model.will(FAULT)
    advisor = make_advisor(seconds, timeout_seconds=2)
    assert (await ask(advisor, since=seconds.now - 1.9)).chosen == {}
    assert model.asked == []
    assert (await ask(advisor, since=seconds.now - 1.0)).chosen


async def test_beyond_so_many_at_once_nobody_waits(model: Model, make_advisor: MakeAdvisor) -> None:
    model.will(hangs())
    advisor = make_advisor(parallel=2, timeout_seconds=1.5, failures=99)
    began = time.monotonic()
    waits: list[float] = []

    async def one(number: int) -> None:
        await ask(advisor, customer=str(number))
        waits.append(time.monotonic() - began)

    await asyncio.gather(*(one(number) for number in range(30)))
    assert model.most == 2
    assert sum(wait < 1.4 for wait in waits) == 28
    assert max(waits) < 4
    assert (await ask(advisor, customer="later")).chosen == {}  # the places are free again
    assert len(model.asked) == 3


async def test_a_failing_endpoint_is_left_alone_and_tried_again(
    model: Model, make_advisor: MakeAdvisor, seconds: Seconds
) -> None:
    advisor = make_advisor(seconds, failures=2, pause_seconds=30)
    model.will(sends(b"{}", 500))
    for _ in range(2):
        await ask(advisor)
    assert advisor.advice().open is False  # the next turn does not even stop to ask
    assert REGISTRY.get_sample_value("baoxiu_advice_paused") == 1
    stopped = await advisor.advise(WANTED, Advice(open=True), CONTEXT, "ann", seconds.now)
    assert stopped.chosen == {}
    assert len(model.asked) == 2
    seconds.now += 30
    model.will(FAULT)
    assert (await ask(advisor)).chosen
    assert advisor.breaker.closed
    assert REGISTRY.get_sample_value("baoxiu_advice_paused") == 0


async def test_answers_a_customer_can_provoke_do_not_open_the_breaker(
    model: Model, make_advisor: MakeAdvisor
) -> None:
    advisor = make_advisor(failures=1)
    model.will(says("I was told to say this"), says({"intent": "hacked"}), FAULT)
    assert [(await ask(advisor)).chosen for _ in range(3)] == [{}, {}, CHOSEN]


async def test_the_endpoints_own_pause_is_kept(
    model: Model, make_advisor: MakeAdvisor, seconds: Seconds
) -> None:
    advisor = make_advisor(seconds, pause_seconds=1)
    model.will(sends(b"{}", 429, Retry_After="40"), FAULT)
    await ask(advisor)
    seconds.now += 39
    assert not advisor.advice().open
    seconds.now += 1
    assert (await ask(advisor)).chosen


async def test_a_refused_key_pauses_at_once(model: Model, make_advisor: MakeAdvisor) -> None:
    advisor = make_advisor()
    model.will(sends(b"{}", 401))
    await ask(advisor)
    assert not advisor.advice().open


async def test_an_exhausted_budget_means_the_desks_own_result(
    model: Model, make_advisor: MakeAdvisor
) -> None:
    model.will(FAULT)
    advisor = make_advisor(budget={"requests_per_day": 2})
    assert [bool((await ask(advisor)).chosen) for _ in range(4)] == [True, True, False, False]
    assert len(model.asked) == 2
    again = make_advisor(budget={"requests_per_day": 2})  # as after a restart
    assert (await ask(again)).chosen == {}


async def test_tokens_are_settled_by_what_the_endpoint_says(model: Model, make_advisor: MakeAdvisor) -> None:
    model.will(FAULT)  # 333 tokens each
    advisor = make_advisor(budget={"tokens_per_day": 1500})
    assert sum([bool((await ask(advisor)).chosen) for _ in range(6)]) in (2, 3)


async def test_one_customer_is_limited_and_others_are_not(model: Model, make_advisor: MakeAdvisor) -> None:
    model.will(FAULT)
    advisor = make_advisor(budget={"customer_requests_per_hour": 1})
    assert [bool((await ask(advisor, who)).chosen) for who in ("ann", "ann", "bob")] == [True, False, True]


async def test_a_stopping_desk_leaves_the_breaker_as_it_was(
    model: Model, make_advisor: MakeAdvisor, seconds: Seconds
) -> None:
    advisor = make_advisor(seconds, failures=1)
    model.will(sends(b"{}", 500), hangs())
    await ask(advisor)
    seconds.now += 1000
    trial = asyncio.create_task(ask(advisor))
    while len(model.asked) < 2:  # noqa: ASYNC110 - the server has nothing to wait on
        await asyncio.sleep(0.01)
    trial.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trial
    assert advisor.advice().open


async def test_a_mistake_of_our_own_does_not_cost_the_turn(
    model: Model, make_advisor: MakeAdvisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: Any) -> None:
        raise LookupError(TEXT)

    monkeypatch.setattr("bot.advice.advisor.mask", broken)
    with capture_logs() as logs:
        advice = await ask(make_advisor())
    assert advice.chosen == {}
    assert [(entry["event"], entry["problem"]) for entry in logs] == [("advice.failed", "LookupError")]
    assert "张伟" not in str(logs)


async def test_a_disk_that_hangs_costs_no_more_than_the_time(
    model: Model, make_advisor: MakeAdvisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    advisor = make_advisor(timeout_seconds=0.4)
    monkeypatch.setattr(advisor._ledger, "reserve", lambda tokens: time.sleep(1.5))
    began = time.monotonic()
    assert (await ask(advisor)).chosen == {}
    assert time.monotonic() - began < 1.3
    assert model.asked == []


def test_advice_counts_only_among_what_is_offered_now() -> None:
    """A choice made for one question is nothing to another with other options."""
    advice = Advice(chosen=CHOSEN)
    assert advice.take(TEXT, (INTENT,)) == {"intent": Chosen("report_fault")}
    assert advice.take(TEXT, (Choice("intent", {"track_order": ""}),)) == {}
    assert Advice().take(TEXT, (INTENT,)) == {}
    assert advice.take("other words", (INTENT,)) == {}
