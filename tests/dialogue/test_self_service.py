"""Walking a diagnosis tree in the fault report (C2, C9, C10, D1)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.messages import Reply
from nlu.article import Article, parse
from nlu.knowledge import KnowledgeBase
from tests.dialogue.players import Mind, Player

ZH = """---
id: hood-dark
title: 油烟机不工作
language: zh
questions: [油烟机不工作怎么办]
version: 1
state: published
products: [range_hood]
symptoms: [no_power]
diagnosis:
  - id: power
    instruction: 看看显示屏亮不亮。
    answers:
      - {say: 亮, next: filter}
      - {say: 不亮, next: socket}
      - {say: 一闪一闪, next: service}
  - id: filter
    instruction: 把滤网洗干净装回去，开机试试。
    otherwise: motor
  - id: socket
    instruction: 换一个插座试试。
    otherwise: service
  - id: motor
    instruction: 听听电机有没有声音。
    answers:
      - {say: 有声音, next: service}
      - {say: 没有声音, next: power}
---
试试看。
"""
EN = """---
id: hood-dark
title: Range hood is dead
language: en
questions: [range hood does not work]
version: 1
state: published
products: [range_hood]
symptoms: [no_power]
diagnosis:
  - id: power
    instruction: Is the display lit?
    answers:
      - {say: Lit, next: filter}
      - {say: Dark, next: socket}
      - {say: Blinking, next: service}
  - id: filter
    instruction: Wash the filter and try again.
    otherwise: motor
  - id: socket
    instruction: Try another socket.
    otherwise: service
  - id: motor
    instruction: Can you hear the motor?
    answers:
      - {say: "Yes", next: service}
      - {say: "No", next: power}
---
Try this.
"""
FAULT = "油烟机没电了开不了机，今天开始的"


def articles(zh: str = ZH, en: str = EN) -> list[Article]:
    found = [parse(text, "a.md") for text in (zh, en)]
    assert not [p for one in found for p in one.problems]
    return [one.article for one in found if one.article]


def with_articles(mind: Mind, zh: str = ZH, en: str = EN) -> Mind:
    return replace(mind, knowledge=KnowledgeBase.of(articles(zh, en), mind.interpreter.encoder))


@pytest.fixture
def walker(player: Player) -> Player:
    player.mind = with_articles(player.mind)
    player.say(FAULT)
    assert player.said[-1] == "utter_step", player.texts
    return player


def titles(reply: Reply) -> list[str]:
    return [button.title for button in reply.buttons]


def at(player: Player) -> str:
    return str(player.slots["steps"]["at"])


def test_answers_are_buttons(walker: Player) -> None:
    """D1, C10: each answer is a button, and so are a visit and a person."""
    assert titles(walker.replies[-1]) == ["亮", "不亮", "一闪一闪", "不试了，直接报修", "转人工"]


@pytest.mark.parametrize(
    ("words", "step"),
    [
        ("亮", "filter"),
        ("1", "filter"),
        ("第一个", "filter"),
        ("亮的", "filter"),
        ("灯是亮着的", "filter"),
        ("lit", "filter"),
        ("it is lit", "filter"),
        ("不亮", "socket"),
        ("2", "socket"),
        ("显示屏不亮", "socket"),
        ("没亮", "power"),
        ("不太亮", "power"),
        ("It's dark.", "socket"),
        ("好像亮也好像不亮", "power"),
        ("亮不亮怎么看？", "power"),
        ("下一步", None),
    ],
)
def test_an_answer_is_given_by_button_number_or_words_in_either_language(
    walker: Player, words: str, step: str | None
) -> None:
    """C10: what is clear leads on, what is not is asked again."""
    walker.say(words)
    if step is None:
        assert walker.slots["self_service"] == "failed"
    else:
        assert at(walker) == step, walker.said
    if step == "power":
        assert walker.said[-1] in ("utter_step", "utter_step_again")


def test_denied_of_two_means_the_other(walker: Player) -> None:
    """C10: "no sound" and "yes" mean one of two answers."""
    walker.say("亮")
    walker.say("没解决")
    assert at(walker) == "motor"
    walker.say("没")
    assert at(walker) == "power"
    assert walker.slots["steps_tried"][-1] == "听听电机有没有声音。 → 没有声音"


def test_what_was_tried_is_readable_in_the_order(walker: Player) -> None:
    """C2: step and outcome, in their order, with the article and its version."""
    for words in ("亮", "没解决", "有声音"):
        walker.say(words)
    assert walker.said[0] == "utter_steps_did_not_help"
    for words in ("跳过", "跳过", "张三", "13800138000", "上海市浦东新区张杨路500号3楼", "确认提交"):
        walker.say(words)
    (order,) = walker.tx.orders.rows
    assert order.fields["self_service"] == {
        "article": "hood-dark",
        "version": "1",
        "tried": [
            "看看显示屏亮不亮。 → 亮",
            "把滤网洗干净装回去，开机试试。 → 没解决",
            "听听电机有没有声音。 → 有声音",
        ],
    }


def test_solved_at_any_step_closes_the_order(walker: Player) -> None:
    """C2: also at a step that asks something else."""
    walker.say("不亮")
    walker.say("解决了")
    assert walker.said[-1] == "utter_solved"
    assert walker.tx.orders.rows[0].fields["self_service"]["tried"][-1] == "换一个插座试试。 → 解决了"


def test_back_and_on(walker: Player) -> None:
    """C9: back to the step before; "I tried that" goes on."""
    walker.say("亮")
    walker.say("上一步")
    assert (at(walker), walker.said[-1], walker.slots.get("steps_tried")) == ("power", "utter_step", [])
    walker.say("亮")
    walker.say("已经试过了")
    assert at(walker) == "motor"
    assert walker.slots["steps_tried"][-1] == "把滤网洗干净装回去，开机试试。 → 没试"


def test_back_at_the_first_step_asks_the_question_before(walker: Player) -> None:
    """C9: there is no step before the first one."""
    walker.say("返回")
    assert walker.said == ["utter_nothing_before", "utter_step_again"]


def test_cannot_tell_goes_where_otherwise_leads(walker: Player) -> None:
    """C10: at a step with answers, "I don't know" means this step and not the whole report."""
    walker.say("看不出来")
    assert walker.slots["self_service"] == "failed"
    assert walker.slots["steps_tried"] == ["看看显示屏亮不亮。 → 看不出来"]


@pytest.mark.parametrize("words", ["叫师傅来吧", "不试了，直接报修", "4", "跳过"])
def test_send_someone(walker: Player, words: str) -> None:
    """C2: who wants a visit wants no more steps."""
    walker.say(words)
    assert walker.slots["self_service"] == "-"
    assert walker.said[-1] == "utter_ask_model"


def test_a_person_and_a_hazard_at_any_step(walker: Player, mind: Mind) -> None:
    """A4, G1: both go before the tree."""
    other = Player(walker.mind, walker.now)
    other.say(FAULT)
    other.say("亮")
    other.say("冒烟了！")
    assert other.said[0] == "utter_hazard_fire"
    assert other.tx.orders.rows[0].fields["self_service"]["tried"] == ["看看显示屏亮不亮。 → 亮"]
    walker.say("5")
    assert walker.said[-1] == "utter_handed_over"


def test_a_digression_returns_to_the_step_with_its_answers(walker: Player) -> None:
    """C9: the answers are offered again."""
    walker.say("在吗")
    assert walker.said[-1] == "utter_step_again"
    assert titles(walker.replies[-1])[:3] == ["亮", "不亮", "一闪一闪"]
    walker.say("2")
    assert at(walker) == "socket"


def test_trying_takes_time(walker: Player) -> None:
    """C2: "all right, I'll try" is no answer."""
    walker.say("好的我试试")
    assert walker.said == ["utter_try_the_step", "utter_step_again"]


def test_another_language_in_the_middle(walker: Player) -> None:
    """C9: the same step in the other language."""
    walker.say("亮")
    walker.say("English please")
    assert "Wash the filter" in walker.texts[-1]
    walker.say("no")
    assert "Can you hear the motor" in walker.texts[-1]
    walker.say("yes")
    assert walker.slots["self_service"] == "failed"


def test_after_a_restart_the_tree_goes_on(walker: Player) -> None:
    """C9: the place is in the conversation's state, which is JSON."""
    walker.conversation.state = json.loads(json.dumps(walker.conversation.state))
    walker.mind = with_articles(walker.mind)
    walker.say("不亮")
    assert at(walker) == "socket"


def test_an_edited_article_goes_on_where_it_was(walker: Player) -> None:
    """D1: the step stands elsewhere and leads elsewhere; nothing breaks."""
    edited = ZH.replace("version: 1", "version: 2").replace(
        "{say: 亮, next: filter}", "{say: 亮, next: socket}"
    )
    edited = edited.replace("{say: 一闪一闪, next: service}", "{say: 一闪一闪, next: filter}")
    walker.mind = with_articles(walker.mind, edited)
    walker.say("亮")
    assert at(walker) == "socket"
    assert walker.slots["steps"]["version"] == "2"


def test_a_step_that_is_gone_starts_the_new_tree(walker: Player) -> None:
    """D1: the new first step is asked, what was told is kept."""
    walker.say("亮")
    edited = (
        ZH.replace("version: 1", "version: 2")
        .replace("filter", "wash")
        .replace("把滤网洗干净装回去", "洗滤网")
    )
    edited = edited.replace("看看显示屏亮不亮。", "看显示屏。")
    walker.mind = with_articles(walker.mind, edited)
    walker.say("没解决")
    assert "utter_steps_changed" in walker.said
    assert walker.said[-1] == "utter_step" or walker.slots["self_service"] == "failed"


@pytest.mark.parametrize("words", ["亮", "好的", "继续", "没解决", "我叫张三"])
def test_an_article_that_is_gone_goes_on_with_the_report(walker: Player, words: str) -> None:
    """D1: retired in the middle: the report goes on, whatever is said."""
    english_only = EN.replace("id: hood-dark", "id: other")
    walker.mind = with_articles(walker.mind, ZH.replace("id: hood-dark", "id: else"), english_only)
    walker.say(words)
    assert walker.replies
    if "utter_steps_gone" in walker.said:
        walker.say("好的")
    assert walker.slots["requested_slot"] != "self_service"
    assert not walker.tx.orders.rows


def test_a_place_kept_by_an_older_desk(walker: Player) -> None:
    """C9: conversations survive the change of the format."""
    state = json.loads(json.dumps(walker.conversation.state))
    state["slots"]["steps"] = {"article": "hood-dark", "at": 0, "said": 0}
    walker.conversation.state = state
    walker.say("没解决")
    assert walker.replies


def test_circles_end(walker: Player) -> None:
    """C2: going round and round leads to service at last."""
    for _ in range(40):
        if walker.slots.get("self_service") is not None:
            break
        walker.say({"power": "亮", "filter": "没解决", "motor": "没有声音"}[at(walker)])
    assert walker.slots["self_service"] == "failed"
