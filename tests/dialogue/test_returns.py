"""Returns: what the policy said is kept, and orders of one turn are two (C6)."""

from __future__ import annotations

from tests.dialogue.players import Player

ANSWERS = ("昨天", "尺寸不合适", "网上买的", "没拆封", "跳过", "李雷 13800138000", "确认提交")


def test_the_order_keeps_what_the_policy_said(player: Player) -> None:
    """C6, A5: reason, condition and verdict go to review, with a promise."""
    for words in ("我要退货", "冰箱", *ANSWERS):
        player.say(words)
    assert player.said == ["utter_return_opened"]
    order = player.tx.orders.rows[0]
    assert (order.kind, order.fields["reason"], order.fields["condition"]) == (
        "return",
        "changed_mind",
        "unopened",
    )
    assert order.fields["policy"]["verdict"] == "unclear"
    assert order.promised_at is not None


def test_a_return_and_a_complaint_of_one_turn_are_two_orders(player: Player) -> None:
    """C4, C6: the matter that waited gets an order of its own."""
    for words in ("我要退货，还要投诉你们师傅态度恶劣", "冰箱", *ANSWERS, "跳过", "确认提交"):
        player.say(words)
    assert [order.kind for order in player.tx.orders.rows] == ["return", "complaint"]
