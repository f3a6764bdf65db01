"""A quotation as its customer lives it: shown, approved, declined, changed, run out (E6, E7, C7, C10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.fees.quotation import Quotation
from handlers.fees.quoting import Part, Plan, Work, quote
from handlers.fees.settings import FeeSettings
from handlers.serial_numbers import SerialSettings
from handlers.warranty.cover import Device, cover
from handlers.warranty.settings import WarrantySettings
from tests.dialogue.players import Player
from tests.dialogue.test_lasting import WHOLE, begin


def quotation(player: Player, cost: int = 9800) -> Quotation:
    order, today = player.tx.orders.rows[-1], player.now.date()
    old = Device("refrigerator", bought="2020-01")
    parts, work = (Part("pump", cost, 1, "排水泵"),), (Work("repair", 60),)
    plan = Plan(order.number, "排水泵坏了", "更换排水泵", "refrigerator", parts=parts, work=work)
    return quote(plan, cover(old, today, WarrantySettings(), SerialSettings()), FeeSettings(), player.now)


@pytest.fixture
def quoted(player: Player) -> Player:
    """A customer who was just sent a quotation."""
    begin(player, WHOLE, "跳过", "记不清", "确认提交")
    player.work("take", "diagnose")
    player.quote(quotation(player))
    return player


def state(player: Player) -> tuple[str, str]:
    return player.tx.orders.rows[-1].status, player.tx.quotations.rows[-1].state


def test_the_plan_is_shown_with_its_price(quoted: Player) -> None:
    """E7: cause, measures, lines and total, and until when it holds; nothing begins before a yes."""
    (told,) = quoted.texts
    for part in ("排水泵坏了", "更换排水泵", "98.00", "同意后才会开始"):
        assert part in told
    assert state(quoted) == ("waiting_for_customer", "asked")


@pytest.mark.parametrize("words", ["同意维修", "1", "可以，修吧", "好的"])
def test_it_is_approved_by_button_number_or_words(quoted: Player, words: str) -> None:
    """E7, C10: approved with who, when and in which words."""
    quoted.say(words)
    assert quoted.said == ["utter_order_approved"]
    assert state(quoted) == ("planned", "approved")
    approved = quoted.tx.orders.history[1][-1]
    assert (approved.move, approved.actor, approved.at) == ("approve_quotation", "customer", quoted.now)
    assert quoted.tx.quotations.rows[-1].decided_at == quoted.now


@pytest.mark.parametrize("words", ["不修了", "2", "不行"])
def test_it_is_declined(quoted: Player, words: str) -> None:
    """E7: a no brings the order back to whoever carries it out."""
    quoted.say(words)
    assert quoted.said == ["utter_order_declined"]
    assert state(quoted) == ("diagnosing", "declined")


def test_a_yes_to_an_older_quotation_shows_the_newer_one(quoted: Player) -> None:
    """E7: approving a quotation that changed approves nothing; the new one can be approved then."""
    older = quoted.choices["buttons"][0]["payload"]
    quoted.quote(quotation(quoted, cost=12_000))
    quoted.say(older)
    assert quoted.said == ["utter_quotation_changed"]
    assert "120.00" in quoted.texts[0]
    assert [row.state for row in quoted.tx.quotations.rows] == ["replaced", "asked"]
    quoted.say("1")
    assert quoted.said == ["utter_order_approved"]


def test_a_quotation_that_ran_out_is_not_approved(quoted: Player) -> None:
    """E7: after its last day a yes is noted, and a new one asked for."""
    quoted.now += timedelta(days=30)
    quoted.say("同意维修")
    assert quoted.said == ["utter_quotation_expired"]
    assert state(quoted) == ("waiting_for_customer", "asked")
    assert "run out" in quoted.tx.orders.history[1][-1].note


def test_a_button_of_a_settled_quotation_does_no_harm(quoted: Player) -> None:
    """C10: approved twice, declined after a yes, somebody else's number."""
    button = quoted.choices["buttons"][0]["payload"]
    quoted.say(button)
    for again in (button, button.replace("approve", "decline")):
        quoted.say(again)
        assert quoted.said == ["utter_quotation_settled"]
        assert state(quoted) == ("planned", "approved")
    quoted.say('/approve_quotation{"order_number": "SR-202001010001"}')
    assert quoted.said == ["utter_not_your_order"]


@pytest.mark.parametrize(
    ("words", "answer"), [("好的", "utter_nothing_open"), ("太贵了吧", "utter_price_heard")]
)
def test_what_was_not_read_is_neither_approved_nor_declined(quoted: Player, words: str, answer: str) -> None:
    """E7: a yes while the quotation still waits for the morning was said to something else."""
    quoted.tx.notices.rows, quoted.choices = [], None
    quoted.say(words)
    assert quoted.said == [answer]
    assert state(quoted) == ("waiting_for_customer", "asked")


@pytest.mark.parametrize(
    "words", ["这么贵？", "能便宜点吗", "怎么那么贵啊", "Too expensive!", "any discount?"]
)
def test_a_price_found_high_is_no_answer_yet(quoted: Player, words: str) -> None:
    """E7: who only finds it high is asked what they want: it is declined by who says so."""
    quoted.say(words)
    assert quoted.said == ["utter_quotation_too_high"]
    assert "268.00" in quoted.texts[0]
    assert state(quoted) == ("waiting_for_customer", "asked")
    quoted.say("2")
    assert quoted.said == ["utter_order_declined"]


@pytest.mark.parametrize("words", ["好的", "不行", "可以，修吧"])
def test_a_quotation_only_announced_is_shown_first(quoted: Player, words: str) -> None:
    """E7: a template message told of it without its price; a plain answer counts once it was read."""
    (told,) = quoted.tx.notices.rows[-1:]
    card = {"custom": {"template": {"template_id": "T1", "data": {"thing1": {"value": "有新报价"}}}}}
    quoted.tx.notices.rows[:] = [replace(told, body={**told.body, **card}, external_id="msg1")]
    quoted.choices = None
    quoted.say(words)
    assert quoted.said == ["utter_quotation_first"]
    assert "98.00" in quoted.texts[0]
    assert state(quoted) == ("waiting_for_customer", "asked")
    quoted.say("好的")
    assert quoted.said == ["utter_order_approved"]


def test_consent_to_what_never_came_shows_it(quoted: Player) -> None:
    """E7: nobody approves a price in words that they have not read, however they agree."""
    quoted.tx.notices.rows, quoted.choices = [], None
    quoted.say("/approve_quotation")
    assert quoted.said == ["utter_quotation_first"]
