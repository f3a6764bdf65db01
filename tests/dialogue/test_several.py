"""Several matters in one message: what is served at once, what waits, and that nothing is lost (B1, C8)."""

from __future__ import annotations

from datetime import timedelta

from bot.bubbles import merge
from tests.dialogue.players import Player

BOTH = "冰箱不制冷，另外洗衣机也漏水"


def test_the_question_at_the_end_is_the_only_one(player: Player) -> None:
    """B1: answers come without questions and buttons of their own, in few bubbles."""
    player.say("冰箱不制冷了，你们上门收费吗，还有保修多久")
    assert [name for name in player.said if name.startswith("utter_answer")] == ["utter_answer_aside"] * 2
    assert player.said[-1] == "utter_step"
    assert [bool(reply.buttons) for reply in player.replies[:-1]] == [False] * (len(player.replies) - 1)
    assert len(merge(player.replies)) <= 3


def test_the_last_of_two_questions_is_asked_about(player: Player) -> None:
    """D2: where nothing else follows, the last answer's helpfulness is asked as ever."""
    player.say("上门要收费吗？另外保修多久")
    assert player.said == ["utter_answer_aside", "utter_answer"]
    assert [button.payload.partition("{")[0] for button in player.replies[-1].buttons] == [
        "/helpful",
        "/not_helpful",
    ]
    player.say("有帮助")
    assert player.said == ["utter_glad_it_helped"]


def test_what_waits_is_kept_over_other_questions(player: Player) -> None:
    """C8: a digression in the first flow does not lose the second."""
    player.say(BOTH)
    player.say("怎么清洗空调滤网")
    player.say("跳过")
    assert [matter["text"] for matter in player.conversation.state["later"]] == ["洗衣机也漏水"]
    player.say("取消报修")
    player.say("是的")
    assert "utter_now_the_other" in player.said
    assert player.slots["product"] == "washing_machine"
    assert player.conversation.state["later"] == []


def test_starting_the_report_over_keeps_what_waits(player: Player) -> None:
    """C5: only the report is begun again."""
    player.say("我要退货，另外冰箱不制冷了")
    assert player.conversation.state["later"]
    player.say("重新开始")
    assert [matter["intent"] for matter in player.conversation.state["later"]] == ["request_return"]


def test_what_waits_ends_with_a_report_given_up(player: Player) -> None:
    """C7: after a long silence nothing begins by itself that was said days ago."""
    player.say(BOTH)
    player.now += timedelta(days=9)
    player.say("你好")
    assert player.conversation.state["later"] == []
    assert "utter_now_the_other" not in player.said


def test_a_person_gets_what_waits(player: Player) -> None:
    """C9: the handover says what else was wanted."""
    player.say("我要退货，还要投诉你们师傅态度恶劣")
    player.say("转人工")
    assert player.said[-1] == "utter_rest_for_person"
    assert "投诉你们师傅态度恶劣" in player.slots["handover"]["note"]


def test_asking_for_a_person_keeps_the_whole_message(player: Player) -> None:
    """C9: the person sees everything that was written."""
    player.say("微波炉不加热了。转人工，顺便问下保修多久")
    assert player.said == ["utter_handed_over"]
    assert "微波炉不加热了" in player.slots["handover"]["note"]


def test_a_short_answer_before_another_matter_counts(player: Player) -> None:
    """C2: "it did not help" is heard beside a question."""
    player.say("冰箱不制冷")
    player.say("没用，上门收费吗")
    assert player.said == ["utter_answer_aside", "utter_step"]


def test_an_open_question_for_words_takes_them_whole(player: Player) -> None:
    """C4: what a complaint is about is not torn apart."""
    player.say("我要投诉")
    player.say("师傅乱收费，我要退货，还要问下你们管不管")
    assert player.slots["complaint_words"] == "师傅乱收费，我要退货，还要问下你们管不管"
