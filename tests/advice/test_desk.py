"""The whole desk with a model beside it: of help where words are unsure, never in the way (B2)."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.advice.advisor import Advisor
from bot.messages import Taken
from handlers import ownership
from nlu.understanding import Understanding
from storage import Tx
from storage.schema import conversations, messages
from tests.advice.conftest import Counter, MakeAdvisor
from tests.advice.server import Model, hangs, says
from tests.dialogue.scripts import load

VAGUE = "它又那样了，跟没开一样，就是那个放菜的大家伙"
RANKING = {"complain": 0.35, "report_fault": 0.3, "track_order": 0.2}
IS_FAULT = {
    "intent": "report_fault",
    "product": {"option": "refrigerator", "words": "放菜的大家伙"},
    "symptom": {"option": "none", "words": ""},
}
SCRIPTS = {script.name.partition(": ")[2]: script for script in load(Path(__file__).parent / "conversations")}
Open = Callable[[Advisor | None], Counter]


async def play(counter: Counter, name: str) -> None:
    for turn in SCRIPTS[name].turns:
        answer = await counter.says(turn.user)
        for _, words in turn.expected:
            assert words in answer, f"after {turn.user!r}: {words!r} not in {answer!r}"
        for slot, value in turn.slots.items():
            assert counter.slots[slot] == value


async def test_unsure_words_are_resolved_with_the_model(
    model: Model, make_advisor: MakeAdvisor, open_counter: Open
) -> None:
    model.will(says(IS_FAULT))
    counter = open_counter(make_advisor())
    counter.reader.rankings[VAGUE] = RANKING
    await play(counter, "the model takes the words for a fault")
    assert len(model.asked) == 1
    offered = model.told()["choices"]
    assert {"complain", "report_fault", "track_order", "ask_human", "report_hazard"} <= set(
        offered["intent"]["options"]
    )
    assert offered["product"]["quote"] is True


async def test_unsure_words_are_asked_back_without_it(open_counter: Open) -> None:
    counter = open_counter(None)
    counter.reader.rankings[VAGUE] = RANKING
    await play(counter, "without the model it is asked back")


@pytest.mark.parametrize("answer", [{"intent": "none"}, "nonsense", None])
async def test_a_model_of_no_use_leaves_everything_as_it_is_without(
    model: Model, make_advisor: MakeAdvisor, open_counter: Open, answer: Any
) -> None:
    none = {name: {"option": "none", "words": ""} for name in ("product", "symptom")}
    model.will(says({**none, **answer} if isinstance(answer, dict) else answer))
    counter = open_counter(make_advisor())
    counter.reader.rankings[VAGUE] = RANKING
    await play(counter, "without the model it is asked back")


async def test_sure_words_are_never_sent(model: Model, make_advisor: MakeAdvisor, open_counter: Open) -> None:
    counter = open_counter(make_advisor())
    for words in ("我家海尔冰箱不制冷", "转人工", "today's football score?", "好的", "13800138000"):
        await counter.hear(words, customer=words)
    assert model.asked == []


async def test_nothing_of_a_try_that_waited_for_advice_is_kept_twice(
    model: Model, make_advisor: MakeAdvisor, open_counter: Open
) -> None:
    model.will(says(IS_FAULT))
    counter = open_counter(make_advisor())
    counter.reader.rankings[VAGUE] = RANKING
    taken = await counter.hear(VAGUE)

    def rows(author: str) -> int:
        query = select(func.count()).select_from(messages).where(messages.c.author == author)
        return int(counter.store.run(lambda tx: tx.execute(query).scalar_one()))

    assert rows("customer") == 1
    assert rows("bot") == len(taken.deliveries)


async def test_a_hanging_model_costs_its_time_once_and_no_more(
    model: Model, make_advisor: MakeAdvisor, open_counter: Open
) -> None:
    """WeChat's passive reply waits four seconds."""
    model.will(hangs())
    counter = open_counter(make_advisor(timeout_seconds=0.8))
    counter.reader.rankings[VAGUE] = RANKING
    began = time.monotonic()
    await play(counter, "without the model it is asked back")
    assert time.monotonic() - began < 5
    assert len(model.asked) == 1


async def test_many_customers_do_not_queue_behind_it(
    model: Model, make_advisor: MakeAdvisor, open_counter: Open
) -> None:
    model.will(hangs())
    counter = open_counter(make_advisor(parallel=2, timeout_seconds=3))
    counter.reader.rankings[VAGUE] = RANKING
    began = time.monotonic()
    ends: list[float] = []

    async def one(number: int) -> Taken:
        taken = await counter.hear(VAGUE, customer=f"c{number}")
        ends.append(time.monotonic() - began)
        return taken

    taken = await asyncio.gather(*(one(number) for number in range(20)))
    assert all(one.deliveries for one in taken)
    assert model.most == 2
    assert sorted(ends)[17] < 2.8  # those beyond the two did not wait for the endpoint
    assert max(ends) < 6


async def test_who_writes_on_is_not_made_to_wait(
    model: Model, make_advisor: MakeAdvisor, open_counter: Open
) -> None:
    model.will(hangs())
    counter = open_counter(make_advisor(timeout_seconds=1.0))
    counter.reader.rankings[VAGUE] = RANKING
    began = time.monotonic()
    await asyncio.gather(*(counter.hear(VAGUE) for _ in range(5)))
    assert time.monotonic() - began < 5
    assert len(model.asked) <= 1


async def test_advice_that_comes_after_a_person_took_over_is_dropped(
    model: Model, make_advisor: MakeAdvisor, open_counter: Open
) -> None:
    """T8: what the bot thought before the hand-over is not said after it."""
    counter = open_counter(make_advisor())
    counter.reader.rankings[VAGUE] = RANKING
    await counter.hear("你好")
    answer = says(IS_FAULT)

    async def after_the_hand_over(request: Any) -> Any:
        await counter.store.transact(lambda tx: tx.execute(conversations.update().values(owner="queue")))
        return await answer(request)

    model.will(after_the_hand_over)
    taken = await counter.hear(VAGUE)
    assert len(model.asked) == 1
    assert taken.deliveries == ()


async def test_what_agents_note_for_each_other_is_never_sent(
    model: Model, make_advisor: MakeAdvisor, open_counter: Open
) -> None:
    """T14: neither a note nor a whisper, nor who wrote it, is in what the model is told."""
    model.will(says(IS_FAULT))
    counter = open_counter(make_advisor())
    counter.reader.rankings[VAGUE] = RANKING
    await counter.hear("转人工")

    def notes(tx: Tx) -> None:
        room, now = tx.conversations.known(1), counter.clock()
        agent = tx.users.add("wang.lei", "王磊", "agent", "-", now)
        assert room is not None
        assert agent is not None
        ownership.move(tx, room, "take", ownership.mover(agent), now, ownership.QueueSettings())
        tx.notes.add(room, agent.id, "这位客户上月投诉过，先别提延保", now)
        ownership.move(tx, room, "hand_back", ownership.mover(agent), now, ownership.QueueSettings())
        tx.conversations.save(room, now)

    await counter.store.transact(notes)
    await counter.hear(VAGUE)
    assert len(model.asked) == 1
    told = json.dumps(model.asked[0], ensure_ascii=False) + json.dumps(model.told(), ensure_ascii=False)
    assert VAGUE in told
    assert not [word for word in ("投诉过", "延保", "王磊", "wang.lei") if word in told]


async def test_the_model_picks_among_the_articles_found(
    model: Model, make_advisor: MakeAdvisor, open_counter: Open
) -> None:
    question = "来看看要不要跑腿费啊"
    model.will(says({"article": "repair-fees"}))
    counter = open_counter(make_advisor(article_from=0.0))
    counter.reader.rankings[question] = {"ask_question": 0.9, "out_of_scope": 0.1}
    without = open_counter(None)
    without.reader.rankings[question] = counter.reader.rankings[question]
    asked_back = await without.says(question)
    answer = await counter.says(question)
    offered = model.told()["choices"]["article"]["options"]
    assert set(model.told()["choices"]) == {"article"}
    if "repair-fees" in offered:
        assert answer != asked_back
        assert "有帮助" in answer or "有用" in answer or "解决" in answer


async def test_an_article_that_was_not_offered_is_not_given(
    model: Model, make_advisor: MakeAdvisor, open_counter: Open
) -> None:
    question = "来看看要不要跑腿费啊"
    model.will(says({"article": "../../etc/passwd"}))
    counter, without = open_counter(make_advisor(article_from=0.0)), open_counter(None)
    for one in (counter, without):
        one.reader.rankings[question] = {"ask_question": 0.9, "out_of_scope": 0.1}
    assert await counter.says(question) == await without.says(question)
    assert len(model.asked) == 1


async def test_subjects_can_be_switched_off(
    model: Model, make_advisor: MakeAdvisor, open_counter: Open
) -> None:
    counter = open_counter(make_advisor(subjects=("article",)))
    counter.reader.rankings[VAGUE] = RANKING
    await play(counter, "without the model it is asked back")
    assert model.asked == []


async def test_asked_for_the_product_a_name_nobody_foresaw_is_understood(
    model: Model, make_advisor: MakeAdvisor, open_counter: Open
) -> None:
    words = "厨房那个吸油的大罩子"
    model.will(says({"product": {"option": "range_hood", "words": "吸油的大罩子"}}))
    counter = open_counter(make_advisor())
    await counter.hear("我要报修")
    counter.reader.rankings[words] = {"inform": 0.9, "report_fault": 0.1}
    await counter.hear(words)
    assert set(model.told()["choices"]) == {"product"}
    assert counter.slots["product"] == "range_hood"


async def test_a_choice_is_of_the_matter_it_was_asked_for(
    model: Model, make_advisor: MakeAdvisor, open_counter: Open
) -> None:
    """One message may hold several matters; each is put to the model with its own words."""
    question, fault = "你们几点上班", "那个吸油的大罩子不转了，咋整"
    message = f"{question}，另外{fault}"
    model.will(
        says(
            {
                "product": {"option": "range_hood", "words": "吸油的大罩子"},
                "symptom": {"option": "none", "words": ""},
            }
        ),
        says({"product": {"option": "range_hood", "words": "吸油的大罩子"}}),
    )
    counter = open_counter(make_advisor(subjects=("details",)))
    counter.reader.rankings[message] = {"report_fault": 0.8, "ask_question": 0.2}
    counter.reader.parts[message] = tuple(
        Understanding(text, intent, 0.95, ((intent, 0.95),))
        for text, intent in ((question, "ask_question"), (fault, "report_fault"))
    )
    await counter.hear(message)
    assert {model.told(i)["message"] for i in range(len(model.asked))} == {fault}
    assert counter.slots["product"] == "range_hood"
