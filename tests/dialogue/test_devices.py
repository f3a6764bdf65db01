"""The device in a fault report: its serial number is checked, its warranty is worked out (C1, C8, E6)."""

from __future__ import annotations

import pytest

from handlers.desk import Terms
from handlers.serial_numbers import SerialSettings
from handlers.warranty.settings import WarrantySettings
from tests.conftest import NOON
from tests.dialogue.players import Mind, Player
from tests.dialogue.test_lasting import begin

FORMAT = {
    "brand": "haier",
    "product": "refrigerator",
    "pattern": r"HR(?P<year>\d\d)(?P<month>[1-9A-C])\d{6}",
    "check": "none",
    "example": "HR24B001234",
}
LUHN = {"brand": "midea", "pattern": r"\d{15}", "check": "luhn", "example": "490154203237518"}
TERMS = Terms(
    serial_numbers=SerialSettings.model_validate({"formats": [FORMAT, LUHN]}),
    warranty=WarrantySettings.model_validate(
        {"policies": [{"product": "refrigerator", "whole_months": 24}, {}]}
    ),
)
CONTACT = ("张三", "13800138000", "上海市浦东新区张杨路500号3楼")


@pytest.fixture
def customer(mind: Mind) -> Player:
    return Player(mind, NOON, terms=TERMS)


def test_the_warranty_follows_the_policy_of_the_product(customer: Player) -> None:
    """C1, E6: the summary says the state and why, and the order keeps both."""
    year = customer.now.year
    begin(customer, "海尔冰箱不制冷", "不试了，直接报修", "昨天", "跳过", *CONTACT)
    assert customer.said == ["utter_summary"]
    assert "保修" not in customer.texts[0].partition("故障")[0]
    customer.say(f"购买时间是{year - 1}年1月5日")
    assert f"保修：在保（整机保修至{year + 1}年1月5日；压缩机保修至{year + 2}年1月5日）" in customer.texts[-1]
    customer.say("确认提交")
    fields = customer.tx.orders.rows[0].fields
    assert fields["warranty"] == "in_warranty"
    assert [reason["name"] for reason in fields["warranty_reasons"]] == [
        "until",
        "main_until",
        "from_purchase",
    ]


def test_a_serial_number_of_the_wrong_form_is_explained(customer: Player) -> None:
    """C8: with an example of how it looks; the report goes on."""
    begin(customer, "海尔冰箱不制冷", "不试了，直接报修", "昨天")
    assert customer.said == ["utter_ask_model"]
    customer.say("序列号 HX99ZZ12345678")
    assert customer.said == ["utter_bad_serial_shape", "utter_ask_model"]
    assert "HR24B001234" in customer.texts[0]
    assert "serial_number" not in customer.slots or customer.slots["serial_number"] is None
    customer.say("序列号 hr25b001234")
    assert customer.slots["serial_number"] == "HR25B001234"


def test_a_misread_sign_is_asked_back(customer: Player) -> None:
    """C8: one tap corrects it."""
    begin(customer, "海尔冰箱不制冷", "不试了，直接报修", "昨天")
    customer.say("序列号 HR25BO01234")
    assert customer.said[0] == "utter_bad_serial_meant"
    assert "HR25B001234" in customer.texts[0]
    customer.say("是 HR25B001234")
    assert customer.slots["serial_number"] == "HR25B001234"


def test_a_wrong_check_digit_is_told(customer: Player) -> None:
    """C8: in the customer's language."""
    begin(customer, "my Midea fridge is not cooling", "send someone", "yesterday")
    customer.say("S/N 490154203237519")
    assert customer.said[0] == "utter_bad_serial_digit"
    assert "check digit" in customer.texts[0]


def test_without_a_date_the_serial_number_tells_the_warranty(customer: Player) -> None:
    """E6: no receipt, so the month of making counts."""
    begin(customer, "海尔冰箱不制冷", "不试了，直接报修", "昨天", "序列号 HR20B001234", *CONTACT)
    assert customer.said == ["utter_summary"]
    assert "已过保" in customer.texts[0]
    assert "2020年11月" in customer.texts[0]
