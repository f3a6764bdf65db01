"""Questions answered from articles of one's own: ties, validity, versions, gaps (D1, D2, D3)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from handlers.desk import Terms
from handlers.testing import memory_desk
from nlu.article import Article, parse
from nlu.knowledge import Hit
from tests.dialogue.players import Player

ARTICLE = """---
id: {id}
title: {title}
language: zh
questions: [{title}]
version: {version}
state: published
{more}
---
{title}的答案。
"""


def article(name: str, title: str, version: str = "1", more: str = "") -> Article:
    found = parse(ARTICLE.format(id=name, title=title, version=version, more=more), "a.md")
    assert found.article is not None, found.problems
    return found.article


A, B = article("one", "遥控器配对"), article("two", "遥控器对码")


@dataclass
class Shelf:
    """A knowledge base that finds what it is told to."""

    hits: list[Hit]

    def search(self, text: str, language: str, *_: object) -> list[Hit]:
        return self.hits

    def get(self, article_id: str, language: str) -> Article | None:
        return next((hit.article for hit in self.hits if hit.article.id == article_id), None)

    def diagnosis(self, *_: object) -> None:
        return None


def ask(player: Player, *hits: Hit) -> list[str]:
    player.mind = replace(player.mind, knowledge=Shelf(list(hits)))  # type: ignore[arg-type]
    player.say("怎么给遥控器配对")
    return player.said


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (Hit(A, 0.91, True), Hit(B, 0.905, True), "utter_which_article"),
        (Hit(A, 0.91, True, tie=True), Hit(B, 0.8, False), "utter_which_article"),
        (Hit(A, 0.91, True), Hit(B, 0.85, True), "utter_answer"),
        (Hit(A, 0.91, True), Hit(B, 0.905, False), "utter_answer"),
        (Hit(A, 0.6, False), Hit(B, 0.5, False), "utter_nothing_found"),
    ],
)
def test_two_near_equal_articles_are_for_the_customer_to_choose_from(
    player: Player, first: Hit, second: Hit, said: str
) -> None:
    """D2, B3: never a coin toss."""
    assert ask(player, first, second) == [said]
    if said == "utter_which_article":
        assert [b.title for b in player.replies[-1].buttons] == ["遥控器配对", "遥控器对码", "都不是"]
        player.say("2")
        assert "遥控器对码的答案" in player.texts[-1]


def test_only_what_is_valid_today_is_quoted(player: Player) -> None:
    """D1: an article whose time is over is neither found nor shown by an old button."""
    over = article("one", "遥控器配对", more="valid_until: 2026-03-01")
    today = article("two", "遥控器对码", more="valid_from: 2026-03-02\nvalid_until: 2026-03-02")
    assert ask(player, Hit(over, 0.99, True), Hit(today, 0.9, True)) == ["utter_answer"]
    assert "two v1" in player.texts[-1]
    player.hear(payload='/show_article{"article": "one"}')
    assert player.said == ["utter_nothing_found"]


def test_the_version_that_was_shown_is_rated(player: Player) -> None:
    """D2: not the one that replaced it meanwhile; "no" brings the next candidate, then a person."""
    ask(player, Hit(A, 0.95, True), Hit(B, 0.85, False))
    newer = article("one", "遥控器配对", "2")
    player.mind = replace(player.mind, knowledge=Shelf([Hit(newer, 0.95, True), Hit(B, 0.85, False)]))  # type: ignore[arg-type]
    player.say("没帮助")
    assert player.said == ["utter_try_another_answer", "utter_answer"]
    player.say("没帮助")
    assert player.said == ["utter_no_further_answer"]
    assert player.tx.knowledge.rated == [("one", "1", "zh"), ("two", "1", "zh")]
    assert player.tx.knowledge.ratings == [("one", False), ("two", False)]
    assert player.tx.knowledge.gaps == ["怎么给遥控器配对"]
    assert player.replies[-1].buttons[0].payload == "/ask_human"


def test_a_gap_says_nothing_of_the_customer(player: Player) -> None:
    """D3: what is kept for trainers is the question."""
    player.mind = replace(player.mind, knowledge=Shelf([]))  # type: ignore[arg-type]
    player.hear(payload='/ask_question{"words": "我叫张三，电话13800138000，遥控器能配对手机吗"}')
    assert player.tx.knowledge.gaps == ["我叫[name]，电话[phone]，遥控器能配对手机吗"]


def consult(player: Player) -> None:
    """A question without an answer that is left to technical support, submitted."""
    player.mind = replace(player.mind, knowledge=Shelf([]))  # type: ignore[arg-type]
    player.hear(payload='/ask_question{"words": "烤箱上下管能分开调温吗"}')
    assert player.said == ["utter_nothing_found"]
    player.hear(payload="/ask_support")


def test_what_has_no_answer_goes_to_technical_support(player: Player) -> None:
    """C3: an order for technical support with the question, and by when it is answered; asked once only."""
    consult(player)
    assert player.said == ["utter_ask_support", "utter_ask_consultation_phone"]
    player.say("13800138000")
    player.say("确认提交")
    (order,) = player.tx.orders.rows
    assert (order.kind, order.fields["description"]) == ("consultation", "烤箱上下管能分开调温吗")
    assert order.fields["phone"] == "+8613800138000"
    assert order.number in player.texts[-1]
    assert "答复时间" in player.texts[-1]
    consult(player)
    assert player.said == ["utter_consultation_known"]
    assert len(player.tx.orders.rows) == 1


def test_a_consultation_needs_a_question(player: Player) -> None:
    """C3, C8: without one it is asked for; a known phone number is not; stopping opens nothing."""
    player.tx.customers.remember(player.conversation.customer_id, player.now, phone="+8613800138000")
    player.hear(payload="/ask_support")
    assert player.said == ["utter_ask_support", "utter_ask_consultation_consultation_words"]
    player.say("跳过")
    assert player.said[0] == "utter_bad_consultation_words"
    player.say("冷凝水管可以接多长")
    assert player.said == ["utter_consultation_summary"]
    assert "冷凝水管可以接多长" in player.texts[-1]
    player.say("算了，不问了")
    player.say("是的")
    assert player.tx.orders.rows == []
    assert player.conversation.state.get("loop") is None


def test_articles_tell_the_hours_of_the_settings(player: Player) -> None:
    """D1, G1: one truth about when people answer, whichever way it is asked."""
    player.say("你们几点上班")
    assert player.said == ["utter_answer"]
    assert "周一至周五 8:30–12:00、13:30–20:30" in player.texts[-1]
    assert "400-800-1234" in player.texts[-1]
    assert "{" not in player.texts[-1]


def test_articles_and_steps_name_the_hotline_of_the_settings(player: Player) -> None:
    """D1: wherever an article is told."""
    player.terms = Terms(hotline="400-111-2222")
    desk = memory_desk(player.tx, player.conversation, player.mind.knowledge, player.now, terms=player.terms)
    answer, tree = desk.article("technician-identity", "zh"), desk.article("no-power-or-tripping", "zh")
    assert answer is not None
    assert tree is not None
    assert "400-111-2222" in answer.answer
    assert any("400-111-2222" in step for step in tree.steps)
    assert "{" not in "".join((answer.answer, tree.answer, *tree.steps))
    (hit, *_) = desk.answers("师傅上门怎么确认身份", "zh", None)
    assert "{hotline}" not in hit.article.answer
