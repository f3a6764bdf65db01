"""What a return visit finds: all well, a fault again, something else (F5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.life.telling import thing
from handlers.return_visit import asked
from storage.return_visits import ReturnVisit
from tests.dialogue.players import Player
from tests.dialogue.test_lasting import WHOLE, begin

KEY = "return_visit:1:1"


@pytest.fixture
def visited(player: Player) -> Player:
    """A customer who was just asked whether all is still well."""
    begin(player, WHOLE, "跳过", "记不清", "确认提交")
    player.work("take", "resolve")
    player.say("都正常了")
    player.now += timedelta(days=14)
    order, state = player.tx.orders.rows[-1], player.conversation.state
    player.tx.return_visits.keep(ReturnVisit(KEY, order.customer_id, player.now, order.id, player.now))
    player.conversation.state = {**state, "slots": {**state["slots"], **asked(KEY, order.number)}}
    told = {"number": order.number, "kind": thing(order, "zh"), "visit": KEY}
    player.replies = (player.mind.dialogue.say("utter_return_visit", "zh", **told),)
    player._offered()
    return player


@pytest.mark.parametrize("words", ["都好", "1", "挺好的，没问题"])
def test_all_is_well(visited: Player, words: str) -> None:
    """F5, C10: by button, number and words; kept with the order and with the visit, the first answer."""
    visited.say(words)
    visited.now += timedelta(hours=1)
    found = visited.tx.return_visits.rows[KEY]
    assert (found.outcome, found.answered_at) == ("fine", visited.now - timedelta(hours=1))
    assert visited.said == ["utter_visit_fine"]
    assert "return visit: fine" in visited.tx.orders.history[1][-1].note
    assert visited.slots.get("return_visit") is None


def test_a_fault_again_takes_the_order_up_at_once(visited: Player) -> None:
    """F5: reopened with what is known; later than that a new report is offered."""
    visited.say("2")
    assert visited.said[0] == "utter_order_reopened"
    assert visited.tx.orders.rows[0].status == "reopened"


def test_long_after_its_end_a_report_is_offered(visited: Player) -> None:
    visited.now += timedelta(days=60)
    visited.say("又有问题")
    assert visited.said == ["utter_visit_fault"]
    visited.say("我要报修")
    assert visited.conversation.state["loop"] == "report_fault_form"


def test_something_else(visited: Player) -> None:
    visited.say("有别的需要")
    assert visited.said == ["utter_visit_need"]


def test_a_fault_told_in_words_is_a_report(visited: Player) -> None:
    visited.say("我家洗衣机不脱水")
    assert visited.conversation.state["loop"] == "report_fault_form"


@pytest.mark.parametrize(
    ("choice", "said"),
    [("1", "utter_visit_fine"), ("2", "utter_visit_fault"), ("好的，没问题", "utter_visit_fine")],
)
def test_without_an_order(player: Player, choice: str, said: str) -> None:
    """F5: a customer who never had one is asked how things are; somebody else's visit answers nothing."""
    player.tx.return_visits.keep(ReturnVisit(KEY, player.conversation.customer_id, player.now))
    player.conversation.state = {"slots": {"language": "zh", **asked(KEY, "")}}
    player.replies = (player.mind.dialogue.say("utter_care_visit", "zh", visit=KEY),)
    player._offered()
    player.say(choice)
    assert player.said == [said]
    assert player.tx.return_visits.rows[KEY].outcome == said.removeprefix("utter_visit_")
    player.tx.return_visits.keep(ReturnVisit("other", -1, player.now))
    player.say('/visit_answered{"visit": "other", "outcome": "fine"}')
    assert player.said == ["utter_not_your_order"]
    assert player.tx.return_visits.rows["other"].outcome is None
