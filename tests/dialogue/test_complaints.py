"""Complaints as they are taken: which order, how many questions, who has it then (C4, C8, G1)."""

from __future__ import annotations

import pytest

from storage.orders import Order
from tests.dialogue.players import Player


def repaired(player: Player, product: str = "refrigerator", key: str = "k") -> Order:
    """An order of this customer that was closed."""
    order = player.tx.orders.open(
        request_key=key, kind="fault", customer_id=player.conversation.customer_id, conversation_id=1,
        fields={"product": product}, local_day="20260302", now=player.now,
    )  # fmt: skip
    player.work("take", "resolve", "close")
    return order


def test_a_closed_order_is_offered_and_chosen(player: Player) -> None:
    """C4: what it is about is a button away; the order knows the product."""
    first, second = repaired(player), repaired(player, "tv", "b")
    player.say("我要投诉")
    player.say("上次来的师傅态度很差")
    assert player.said == ["utter_ask_complaint_about"]
    titles = [button.title for button in player.replies[-1].buttons]
    assert [title[-8:] for title in titles] == [second.number[-8:], first.number[-8:], "都不是"]
    player.say(titles[1])
    player.say("道歉")
    player.say("13800138000")
    assert "utter_complaint_summary" in player.said
    assert "138 0013 8000" in player.texts[-1]
    assert "13800138000" not in player.slots["complaint_words"]
    assert first.number in player.texts[-1]
    player.say("确认提交")
    fields = player.tx.orders.rows[-1].fields
    assert (fields["about"], fields["product"]) == (first.number, "refrigerator")


def test_a_product_that_one_order_has_needs_no_question(player: Player) -> None:
    """C4: in English too."""
    order = repaired(player, "tv")
    player.say("I want to complain about the quality of my TV repair, I want an explanation")
    assert player.slots["complaint_about"] == order.number
    assert "utter_ask_complaint_about" not in player.said


@pytest.mark.parametrize(
    ("opening", "most"),
    [
        ("我要投诉", 3),
        ("I want to complain", 3),
        ("投诉你们！气死我了，都是骗子", 1),
        ("我要投诉，等了三天没人来", 3),
    ],
)
def test_never_more_than_so_many_questions(player: Player, opening: str, most: int) -> None:
    """C4: whatever is answered; of whoever is angry one."""
    repaired(player)
    player.say(opening)
    asked = set()
    for _ in range(8):
        asked |= {name for name in player.said if name.startswith("utter_ask_complaint_")}
        if "utter_complaint_summary" in player.said:
            break
        player.say("就是很不满意你们的服务" if "utter_ask_complaint_words" in player.said else "跳过")
    assert "utter_complaint_summary" in player.said
    assert len(asked) <= most


def test_what_is_said_to_the_supervisor_counts(player: Player) -> None:
    """C4: a demand and a graver threat reach the register while a person has the conversation."""
    player.say("我要投诉，再不处理我就去12315")
    assert player.conversation.owner == "queue"
    order = player.tx.orders.rows[-1]
    assert (order.priority, player.slots["handover"]["order"]) == ("urgent", order.number)
    player.say("我要求全额退款，不然找律师")
    found = player.tx.complaints.rows[order.id]
    assert (found.demand, found.signs) == ("refund", ["regulator"])


def test_somebody_elses_order_is_not_taken(player: Player) -> None:
    """C4, I3: only the customer's own orders can be named."""
    other = player.tx.conversation(player.now, conversation_id=2)
    player.tx.orders.open(
        request_key="x", kind="fault", customer_id=other.customer_id, fields={"product": "tv"},
        conversation_id=2, local_day="20260302", now=player.now,
    )  # fmt: skip
    repaired(player, key="own")
    player.say("我要投诉")
    player.say("师傅态度很差")
    player.say("SR-202603020001")
    assert player.slots.get("complaint_about") is None
    assert "utter_bad_complaint_about" in player.said
