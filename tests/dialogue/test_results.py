"""The end of an order as its customer lives it: told, confirmed, not all right, broken again (C7, E2, E8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.dialogue.players import Mind, Player
from tests.dialogue.test_lasting import WHOLE, begin

ENGLISH = (
    "my Haier fridge BCD-216 is not cooling since yesterday, I'm Lily Brown, phone 13800138000, "
    "address No. 500 Zhangyang Road, Pudong, Shanghai"
)


@pytest.fixture
def served(player: Player) -> Player:
    """A customer whose order was just resolved."""
    begin(player, WHOLE, "跳过", "记不清", "确认提交")
    player.work("take", "diagnose", "resolve")
    return player


def status(player: Player) -> str:
    return player.tx.orders.rows[-1].status


def moves(player: Player) -> list[str | None]:
    return [event.move for event in player.tx.orders.history[1]]


@pytest.mark.parametrize("words", ["都正常了", "1", "修好了", "是的，可以了"])
def test_the_result_is_confirmed_by_button_number_or_words(served: Player, words: str) -> None:
    """C7, C10, E8: confirmed with who, when and through which channel; the order is closed."""
    assert "现在都正常吗" in served.texts[0]
    served.say(words)
    assert served.said == ["utter_result_confirmed"]
    order = served.tx.orders.rows[0]
    assert (order.status, order.open, order.closed_at) == ("closed", False, served.now)
    confirmed = served.tx.orders.history[1][-2]
    assert (confirmed.move, confirmed.actor, confirmed.actor_id) == ("confirm", "customer", "test:1")
    assert confirmed.at == served.now


@pytest.mark.parametrize("words", ["还有问题", "2", "还是不行"])
def test_a_bad_result_takes_the_order_up_again(served: Player, words: str) -> None:
    """C7, E2: second handling 二次处理 in the next round; what is said next is added to it."""
    served.say(words)
    assert served.said == ["utter_order_reopened", "utter_ask_reopened_words"]
    order = served.tx.orders.rows[0]
    assert (order.status, order.round, order.open) == ("reopened", 2, True)
    assert order.promised_at is not None
    assert order.promised_at > served.now
    assert "之前重新处理" in served.texts[0]
    served.say("冷藏室还是一点都不凉")
    assert served.said == ["utter_added_to_order"]
    assert len(served.tx.orders.rows) == 1


@pytest.mark.parametrize("words", ["冰箱又坏了", "又坏了"])
def test_broken_again_after_closing_reopens_the_order(served: Player, words: str) -> None:
    """C7: 又坏了 within the days set: the order is offered, and taken up again with the words."""
    served.say("修好了")
    served.say(words)
    if served.said == ["utter_ask_product"]:
        served.say("冰箱")
    assert served.said == ["utter_ask_again"]
    assert served.tx.orders.rows[0].number in served.texts[-1]
    served.say("是的")
    assert served.said[0] == "utter_order_reopened"
    assert status(served) == "reopened"
    assert served.tx.orders.history[1][-1].note
    served.say("我的单子到哪了")
    assert "🟡 已重新受理" in served.texts[0]


@pytest.mark.parametrize("words", ["还是有点不制冷", "still not cooling properly"])
def test_a_fault_told_to_the_question_is_of_the_same_appliance(served: Player, words: str) -> None:
    """C7: which appliance is not asked; the order is offered, and taken up again."""
    served.say(words)
    assert served.said[-1] == "utter_ask_again"
    served.say("是的")
    assert served.said[0] == "utter_order_reopened"
    assert [order.status for order in served.tx.orders.rows] == ["reopened"]


def test_an_order_taken_up_again_late_is_not_late(served: Player) -> None:
    """A5, C7: days later the first promise is past; the customer is told the new one, and is in time."""
    served.say("修好了")
    served.now += timedelta(days=6)
    served.say("/reopen_order")
    served.say("冷藏室还是一点都不凉")
    served.say("我的单子到哪了")
    assert served.said == ["utter_order_status"]
    served.say("催一下")
    assert served.said == ["utter_urged"]


def test_broken_again_in_english(player: Player) -> None:
    """C7: it broke again."""
    begin(player, ENGLISH, "skip", "skip", "confirm")
    while "utter_order_opened" not in player.said:
        player.say({"utter_ask_purchase_date": "not sure"}.get(player.said[-1], "skip"))
    (told,) = player.work("take")
    assert told.text.startswith("🔵 accepted")
    player.work("resolve")
    player.say("it works now")
    assert player.said == ["utter_result_confirmed"]
    player.say("the fridge broke again")
    assert player.said[-1] == "utter_ask_again"
    player.say("yes")
    assert player.said[0] == "utter_order_reopened"
    assert status(player) == "reopened"


def test_another_problem_or_a_late_one_is_a_new_order(served: Player) -> None:
    """C7: no is a new report, and so is what comes after the days set."""
    served.say("都正常了")
    begin(served, "冰箱又不制冷了")
    assert served.said[-1] == "utter_ask_again"
    served.say("不是，另外报修")
    assert served.said[-1] not in ("utter_ask_again", "utter_order_reopened")
    assert status(served) == "closed"
    late = Player(served.mind, served.now.replace(month=6), tx=served.tx)
    late.conversation = served.conversation
    late.conversation.state = {}
    begin(late, "冰箱又不制冷了")
    assert "utter_ask_again" not in late.said


def test_an_old_button_does_no_harm(served: Player) -> None:
    """C10: confirmed twice or too early, reopened while open, somebody else's: a clear answer each."""
    number = served.tx.orders.rows[0].number
    served.say("都正常了")
    served.say(f'/confirm_result{{"order_number": "{number}"}}')
    assert served.said == ["utter_result_confirmed_before"]
    served.say(f'/reopen_order{{"order_number": "{number}"}}')
    assert served.said == ["utter_order_reopened", "utter_ask_reopened_words"]
    served.say("跳过")
    assert served.said == ["utter_reopened_waits"]
    served.say(f'/reopen_order{{"order_number": "{number}"}}')
    assert served.said == ["utter_reopened_before"]
    served.say(f'/confirm_result{{"order_number": "{number}"}}')
    assert served.said == ["utter_no_result_yet"]
    served.say('/confirm_result{"order_number": "SR-202001010001"}')
    assert served.said == ["utter_not_your_order"]
    assert moves(served)[-3:] == ["confirm", "close", "reopen"]


def test_an_answer_to_the_engineer_moves_the_order_on(player: Player) -> None:
    """E2: the customer is asked, the promise clock rests, the answer starts it again."""
    begin(player, WHOLE, "跳过", "记不清", "确认提交")
    told = player.work("take", "ask_customer", reason="冰箱放了几年？")
    assert "冰箱放了几年？" in told[-1].text
    player.say("补充一下，是三年前买的")
    assert player.said == ["utter_added_to_order"]
    assert status(player) == "diagnosing"
    assert moves(player)[-1] == "customer_answered"


def test_a_cancelled_order_and_one_in_work(player: Player, mind: Mind) -> None:
    """C7: cancelled by chat while nobody works on it; later a person decides."""
    begin(player, WHOLE, "跳过", "记不清", "确认提交")
    player.work("dispatch")
    player.say("取消工单")
    player.say("是的")
    assert player.said == ["utter_order_cancelled"]
    assert status(player) == "cancelled"
    assert player.tx.orders.history[1][-1].actor_id == "test:1"
    other = Player(mind, player.now)
    begin(other, WHOLE, "跳过", "记不清", "确认提交")
    other.work("take")
    other.say("取消工单")
    assert other.said == ["utter_cancel_by_person", "utter_answered_by"]  # at noon nobody works
    assert status(other) == "accepted"


@pytest.mark.parametrize("words", ["重新打开工单", "请重开工单", "please reopen my order"])
def test_reopening_is_asked_for_in_plain_words(served: Player, words: str) -> None:
    """C7: not mistaken for cancelling; the words are kept."""
    served.say("都正常了")
    served.say(words)
    assert served.said == ["utter_order_reopened", "utter_ask_reopened_words"]
    assert served.tx.orders.history[1][-1].note == words
    served.say("别重新打开了")
    assert "utter_order_reopened" not in served.said


def test_without_an_order_nothing_is_reopened(player: Player) -> None:
    player.say("重新打开工单")
    assert player.said == ["utter_no_order_to_reopen"]


def test_a_wish_that_came_too_late_is_told(served: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    """E2: an agent was quicker than the customer; a clear answer, nothing half-done."""
    stale = list(served.tx.orders.rows)
    served.work("close", "reopen", "take")
    monkeypatch.setattr(type(served.tx.orders), "of_customer", lambda *_: stale)
    monkeypatch.setattr(type(served.tx.orders), "find", lambda *_: stale[0])
    before = moves(served)
    for words in ("修好了", f'/confirm_result{{"order_number": "{stale[0].number}"}}'):
        served.say(words)
        assert served.said == ["utter_order_moved_on"]
        assert "已接单" in served.texts[0]
    assert moves(served) == before


def test_a_result_that_was_not_read_is_not_confirmed(served: Player) -> None:
    """E8: a yes while the question still waits for the morning was said to something else."""
    served.tx.notices.rows, served.choices = [], None
    served.say("好的")
    assert served.said == ["utter_nothing_open"]
    assert status(served) == "resolved"


def test_a_result_only_announced_is_asked_about_first(served: Player) -> None:
    """E8: a template message without the question is answered by the question itself."""
    (told,) = served.tx.notices.rows[-1:]
    card = {"custom": {"template": {"template_id": "T1", "data": {"thing1": {"value": "进度更新"}}}}}
    served.tx.notices.rows[:] = [replace(told, body={**told.body, **card}, external_id="msg1")]
    served.choices = None
    served.say("好的")
    assert served.said == ["utter_order_resolved"]
    assert status(served) == "resolved"
    served.say("好的")
    assert status(served) == "closed"
