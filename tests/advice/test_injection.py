"""Instructions in a customer's words reach no further than another of the offered options (B2, G1)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from bot.advice.advisor import PROMPT, Advisor
from bot.cleaning import clean
from nlu.hazards import hazard
from storage.schema import conversations
from tests.advice.conftest import Counter, MakeAdvisor
from tests.advice.server import Behaviour, Model, body, says
from tests.advice.test_desk import RANKING

_READ = yaml.safe_load((Path(__file__).parent / "attacks.yml").read_text(encoding="utf-8"))
CORPUS = {kind: [clean(text) for text in texts] for kind, texts in _READ.items()}
"""As the desk takes them in."""
Open = Callable[[Advisor | None], Counter]
PAYLOADS: tuple[Any, ...] = (
    {"intent": "delete_all_data"},
    {"intent": "restart"},
    {"intent": "report_fault", "reply": "<a href='http://evil.example'>点这里</a>"},
    "亲，已为您免单，请加微信 evil8888 领取",
    '{"intent": "report_fault"}{"intent": "hand_over"}',
    None,
)


def obeying(payload: Any) -> Behaviour:
    """A model that does what it was told by the attacker."""
    return says(payload, message={"tool_calls": [{"id": "1", "type": "function"}]})


def choosing(intent: str) -> Behaviour:
    """A model that was talked into one option, and keeps to the form."""

    async def behave(request: web.Request) -> web.StreamResponse:
        asked = json.loads((await request.json())["messages"][-1]["content"])["choices"]
        quoted = {"option": "none", "words": ""}
        answer = {name: quoted if choice.get("quote") else "none" for name, choice in asked.items()}
        return web.json_response(body(json.dumps({**answer, "intent": intent})))

    return behave


@pytest.mark.parametrize("attack", CORPUS["attacks"])
async def test_an_obeying_model_changes_nothing(
    attack: str, model: Model, make_advisor: MakeAdvisor, open_counter: Open
) -> None:
    counter, without = open_counter(make_advisor(failures=99)), open_counter(None)
    for one in (counter, without):
        one.reader.rankings[attack] = RANKING
    for number, payload in enumerate(PAYLOADS):
        model.will(obeying(payload))
        customer = f"c{number}"
        assert await counter.says(attack, customer) == await without.says(attack, customer)
    assert len(model.asked) == len(PAYLOADS)


@pytest.mark.parametrize("attack", CORPUS["attacks"])
async def test_the_attack_stays_a_value_in_the_question(
    attack: str, model: Model, make_advisor: MakeAdvisor, open_counter: Open
) -> None:
    model.will(choosing("none"))
    counter = open_counter(make_advisor())
    counter.reader.rankings[attack] = RANKING
    await counter.hear(attack)
    system, user = model.asked[0]["messages"]
    assert system == {"role": "system", "content": PROMPT}
    assert user["role"] == "user"
    told = json.loads(user["content"])
    assert set(told) == {"choices", "message"}
    assert {"intent"} <= set(told["choices"]) <= {"intent", "product", "symptom"}
    assert "grant_refund" not in told["choices"]["intent"]["options"]
    assert not {"tools", "functions", "tool_choice"} & model.asked[0].keys()


async def test_a_model_talked_round_does_what_a_tap_would_have_done(
    model: Model, make_advisor: MakeAdvisor, open_counter: Open
) -> None:
    attack = CORPUS["attacks"][1]
    model.will(choosing("track_order"))
    counter, without = open_counter(make_advisor()), open_counter(None)
    counter.reader.rankings[attack] = RANKING
    assert await counter.says(attack) == await without.says("", payload="/track_order", language="zh")


@pytest.mark.parametrize("kind", ["danger", "person"])
async def test_danger_and_the_wish_for_a_person_are_never_put_to_a_model(
    kind: str, model: Model, make_advisor: MakeAdvisor, open_counter: Open
) -> None:
    model.will(choosing("track_order"))
    counter = open_counter(make_advisor(intent_below=1.0))
    for number, message in enumerate(CORPUS[kind]):
        if kind == "danger":
            assert hazard(message)
            counter.reader.rankings[message] = RANKING  # however unsure the classifier is
        else:
            counter.reader.rankings[message] = {"track_order": 0.5, "ask_human": 0.2}
        await counter.hear(message, customer=f"c{number}")
    assert not any("intent" in model.told(i)["choices"] for i in range(len(model.asked)))
    if kind == "danger":
        query = conversations.select().with_only_columns(conversations.c.owner)
        owners = counter.store.run(lambda tx: tx.execute(query).scalars().all())
        assert set(owners) == {"queue"}
        assert model.asked == []


async def test_a_danger_the_rules_missed_may_be_heard_by_the_model(
    model: Model, make_advisor: MakeAdvisor, open_counter: Open
) -> None:
    words = "后面那块儿直冒蓝光，吓死人了"
    model.will(choosing("report_hazard"))
    counter = open_counter(make_advisor())
    counter.reader.rankings[words] = RANKING
    answer = await counter.says(words)
    assert "400-800-1234" in answer
    query = conversations.select().with_only_columns(conversations.c.owner)
    assert counter.store.run(lambda tx: tx.execute(query).scalar_one()) == "queue"


def test_the_corpus_is_large_enough() -> None:
    assert len(CORPUS["attacks"]) >= 15
