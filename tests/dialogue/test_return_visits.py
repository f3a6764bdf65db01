"""What a return visit finds: all well, a fault again, something else (F5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.life.telling import thing
from handlers.return_visit import asked
from tests.dialogue.players import Player
from tests.dialogue.test_lasting import WHOLE, begin


@pytest.fixture
def visited(player: Player) -> Player:
    """A customer who was just asked whether all is still well."""
    begin(player, WHOLE, "跳过", "记不清", "确认提交")
    player.work("take", "resolve")
    player.say("都正常了")
    player.now += timedelta(days=14)
    order, state = player.tx.orders.rows[-1], player.conversation.state
    player.conversation.state = {**state, "slots": {**state["slots"], **asked(order)}}
    told = {"number": order.number, "kind": thing(order, "zh")}
    player.replies = (player.mind.dialogue.say("utter_return_visit", "zh", **told),)
    player._offered()
    return player


@pytest.mark.parametrize("words", ["都好", "1", "挺好的，没问题"])
def test_all_is_well(visited: Player, words: str) -> None:
    """F5, C10: by button, number and words; kept with the order."""
    visited.say(words)
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
