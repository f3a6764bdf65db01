"""A survey as its customer lives it: by button, number and words, why, changed, too late (F4, C10)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.surveys import Survey
from tests.dialogue.players import Mind, Player
from tests.dialogue.test_lasting import WHOLE, begin


@pytest.fixture
def asked(player: Player) -> Player:
    """A customer whose order is closed, and who was just asked how it went."""
    begin(player, WHOLE, "跳过", "记不清", "确认提交")
    player.work("take", "resolve")
    player.say("都正常了")
    player.survey()
    return player


def kept(player: Player) -> Survey:
    return player.tx.surveys.rows[-1]


@pytest.mark.parametrize(
    ("said", "rating"),
    [
        ("满意", "satisfied"),
        ("1", "satisfied"),
        ("第三个", "dissatisfied"),
        ("2", "neutral"),
        ("3", "dissatisfied"),
        ("一般", "neutral"),
        ("还行吧", "neutral"),
        ("挺好的，师傅很专业", "satisfied"),
        ("satisfied", "satisfied"),
        ("不太满意", "dissatisfied"),
        ("态度太差了", "dissatisfied"),
        ("师傅态度很好，就是来晚了", "neutral"),
        ("很好", "satisfied"),
        ("五星好评", "satisfied"),
        ("not happy at all", "dissatisfied"),
        ("真垃圾", "dissatisfied"),
        ("修好了，谢谢师傅", "satisfied"),
        ("等了三天才来，太慢了", "dissatisfied"),
        ("价格有点贵", "dissatisfied"),
    ],
)
def test_a_rating_by_button_number_and_words(asked: Player, said: str, rating: str) -> None:
    """F4, C10: whatever the customer answers with, in either language."""
    asked.say(said)
    assert (kept(asked).state, kept(asked).rating) == ("answered", rating), asked.said
    assert len(asked.tx.orders.rows) == 1


def test_words_give_rating_comment_sentiment_and_reason(asked: Player) -> None:
    """F4: nothing is asked that was said already."""
    asked.say("师傅态度很好，就是来晚了")
    survey = kept(asked)
    assert (survey.rating, survey.reasons, survey.comment) == (
        "neutral",
        ["content"],
        "师傅态度很好，就是来晚了",
    )
    assert {k: survey.answers[0][k] for k in ("sentiment", "good", "bad")} == {
        "sentiment": "mixed", "good": ["attitude"], "bad": ["content"],
    }  # fmt: skip
    assert asked.said == ["utter_survey_reasons"]
    assert "服务内容" in asked.texts[0]


@pytest.mark.parametrize(
    ("why", "reasons"), [("2", ["attitude"]), ("处理结果", ["result"]), ("来得太晚", ["content"])]
)
def test_a_bad_rating_is_asked_why_once(asked: Player, why: str, reasons: list[str]) -> None:
    asked.say("一般")
    assert asked.said == ["utter_ask_why_neutral"]
    asked.say(why)
    assert asked.said == ["utter_survey_noted"]
    assert kept(asked).reasons == reasons
    asked.say("还有，配件也太贵了")
    assert asked.said == ["utter_survey_noted"]
    assert "配件也太贵了" in (kept(asked).comment or "")


def test_nothing_more_to_say(asked: Player) -> None:
    asked.say("一般")
    asked.say("不说了")
    assert asked.said == ["utter_survey_thanks"]
    assert kept(asked).reasons == []


def test_a_number_that_is_no_choice_is_told_once_more(asked: Player) -> None:
    """F4: a rating of 6."""
    asked.say("6")
    assert asked.said == ["utter_rating_unknown"]
    assert kept(asked).state == "sent"
    asked.say("3分")
    assert kept(asked).rating == "dissatisfied"


def test_after_two_such_numbers_it_is_left_alone(asked: Player) -> None:
    asked.say("6")
    asked.say("10分")
    assert asked.said == ["utter_rating_given_up"]
    asked.say("我的单子到哪了")
    assert asked.said == ["utter_order_status"]


def test_a_change_of_mind_is_the_new_answer_and_both_are_kept(asked: Player) -> None:
    asked.say("满意")
    asked.say("其实不太满意，态度不好")
    assert asked.said[0] == "utter_rating_changed"
    assert [answer["rating"] for answer in kept(asked).answers] == ["satisfied", "dissatisfied"]
    assert kept(asked).rating == "dissatisfied"
    notes = [event.note for event in asked.tx.orders.history[1] if event.note.startswith("survey")]
    assert len(notes) == 2


def test_of_two_answers_at_once_the_first_counts(asked: Player) -> None:
    offered = [button["payload"] for button in asked.choices["buttons"]]  # type: ignore[index]
    asked.say(offered[0])
    asked.now -= timedelta(seconds=29)
    asked.say(offered[2])
    assert asked.said == ["utter_rated_before"]
    assert "满意" in asked.texts[0]
    assert [answer["counts"] for answer in kept(asked).answers] == ["first", "at_once"]
    assert kept(asked).rating == "satisfied"


def test_two_ratings_in_one_message(asked: Player) -> None:
    asked.say("满意 不满意")
    assert kept(asked).rating == "satisfied"


def test_dissatisfied_is_told_by_when_a_supervisor_takes_it_up(asked: Player) -> None:
    """F4: at once and once; why is asked still, and added for whoever takes it up."""
    asked.say("不满意")
    assert asked.said == ["utter_second_handling", "utter_ask_why_dissatisfied"]
    order = asked.tx.orders.rows[0]
    assert (order.status, order.escalation) == ("reopened", 1)
    assert "之前会有人联系您" in asked.texts[0]
    asked.say("师傅乱收费")
    assert asked.said == ["utter_survey_noted"]
    assert (kept(asked).reasons, kept(asked).comment) == (["content"], "师傅乱收费")
    asked.say("我的单子到哪了")
    assert "🟡 已重新受理" in asked.texts[0]


@pytest.mark.parametrize("said", ["满意", "1", "不满意"])
def test_an_answer_too_late_is_noted_and_told(asked: Player, said: str) -> None:
    asked.now += timedelta(days=8)
    asked.say(said)
    assert asked.said == ["utter_survey_expired"]
    assert (kept(asked).rating, kept(asked).state) == (None, "sent")
    assert kept(asked).answers[0]["counts"] == "expired"
    assert "survey" in asked.tx.orders.history[1][-1].note
    assert asked.tx.orders.rows[0].status == "closed"


@pytest.mark.parametrize(
    ("said", "response"),
    [
        ("我家洗衣机不脱水", "utter_self_service"),
        ("我的单子到哪了", "utter_order_status"),
        ("转人工", "utter_handed_over"),
        ("冰箱又坏了", "utter_ask_again"),
        ("安装新空调", "utter_ask"),
        ("上门费多少钱？", "utter_answer"),
        ("my washing machine is leaking", "utter_self_service"),
        ("你好", "utter_greet"),
    ],
)
def test_it_swallows_no_other_request(asked: Player, said: str, response: str) -> None:
    """F4: a fault told while a survey is open starts the report; the survey stays open behind it."""
    asked.say(said)
    assert any(name.startswith(response) for name in asked.said), asked.said
    assert kept(asked).state == "sent"


def test_the_survey_is_still_open_after_a_digression(asked: Player) -> None:
    asked.say("我的单子到哪了")
    asked.say("很满意")
    assert kept(asked).rating == "satisfied"


def test_a_rating_and_another_request_in_one_message(asked: Player) -> None:
    asked.say("师傅很好。另外我家洗衣机不脱水了")
    assert kept(asked).rating == "satisfied", asked.said
    assert asked.slots["product"] == "washing_machine", asked.said


def test_a_button_of_an_order_never_surveyed(player: Player) -> None:
    player.say('/rate_service{"order_number": "SR-202001010001", "round": 1, "rating": "satisfied"}')
    assert player.said == ["utter_no_survey"]


def test_in_english(mind: Mind, asked: Player) -> None:
    asked.say("English please")
    asked.say("so-so, the technician was late")
    assert kept(asked).rating == "neutral"
    assert kept(asked).reasons == ["content"]
    assert "noted" in asked.texts[0]
