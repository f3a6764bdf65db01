"""No more reminders, or again: in plain words, at any moment, in either language (F6)."""

from __future__ import annotations

import pytest

from handlers.opting import meant
from tests.dialogue.players import Player


@pytest.mark.parametrize(
    "words", ["退订", "不要再发消息了", "請不要再發消息了！", "Stop messages", "unsubscribe, please"]
)
def test_enough_of_it(player: Player, words: str) -> None:
    """F6: kept at once, and taken back by button, number or words."""
    player.say(words)
    assert player.said == ["utter_notices_stopped"]
    assert player.tx.customers.get(1).opted_out_at == player.now
    player.say("1")
    assert player.said == ["utter_notices_resumed"]
    assert player.tx.customers.get(1).opted_out_at is None
    player.say(words)
    player.say("恢复提醒")
    assert player.tx.customers.get(1).opted_out_at is None


def test_in_the_middle_of_a_report(player: Player) -> None:
    """F6: what was asked is asked again."""
    player.say("我家洗衣机不脱水")
    player.say("退订")
    assert player.said[0] == "utter_notices_stopped"
    assert len(player.said) == 2


@pytest.mark.parametrize(
    "words",
    ["退订会员怎么操作，冰箱还坏着", "消息", "不要", "stop", "别再提醒我装空调的事，先修洗衣机", "我要退货"],
)
def test_nothing_else_is_taken_for_it(words: str) -> None:
    assert meant(words) is None
