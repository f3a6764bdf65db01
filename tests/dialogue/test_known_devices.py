"""What is known of a returning customer's devices: offered, counted, entitling to a replacement (C1, E6)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.dialogue.players import Player
from tests.dialogue.test_lasting import begin

CONTACT = ("张三", "13800138000", "上海市浦东新区张杨路500号3楼")
REPAIRED = ("take", "resolve", "close")


def report(player: Player, *words: str) -> None:
    """A report of somebody who wants no steps tried."""
    begin(player, *words)
    player.say("确认提交")


def first(player: Player, model: str, day: str = "2026年1月5日买的") -> None:
    """A refrigerator that does not cool, with contact: an order that is carried out."""
    report(player, f"海尔冰箱{model}不制冷，昨天开始的，{day}", "不试了，直接报修", *CONTACT)
    player.work(*REPAIRED)


def again(player: Player, *words: str) -> None:
    """The same fault comes back, as a report of its own."""
    player.now += timedelta(days=5)
    report(player, "冰箱又不制冷了", "不是，另外报修", "跳过", "昨天", *words)


def test_a_device_is_one_however_often_it_fails(player: Player) -> None:
    """E6: orders about the same device name the same row, which learns what is told later."""
    first(player, "BCD-216")
    again(player, "对，就这个")
    (device,) = player.tx.devices.rows
    assert (device.product, device.brand, device.model) == ("refrigerator", "haier", "BCD-216")
    assert [order.device_id for order in player.tx.orders.rows] == [device.id, device.id]


def test_of_several_devices_the_customer_chooses(player: Player) -> None:
    """C1, C10: with two of a kind the bot offers both, and takes what is known of the one chosen."""
    first(player, "BCD-216")
    player.now += timedelta(days=1)
    words = ("不是，另外报修", "不试了，直接报修", "对，就这个")
    report(player, "美的冰箱BCD-528漏水，昨天开始的，2026年2月1日买的", *words)
    player.work(*REPAIRED)
    assert len(player.tx.devices.rows) == 2
    player.now += timedelta(days=1)
    begin(player, "冰箱不制冷了", "不是，另外报修", "跳过", "昨天")
    assert player.said == ["utter_ask_model"]
    titles = [button.title for reply in player.replies for button in reply.buttons]
    assert {"海尔 冰箱 BCD-216", "美的 冰箱 BCD-528"} <= set(titles)
    player.say("海尔 冰箱 BCD-216")
    assert (player.slots["model"], player.slots["purchase_date"]) == ("BCD-216", "2026-01-05")
    assert player.said == ["utter_ask_known_contact"]


@pytest.mark.parametrize(("repairs", "offered"), [(2, False), (3, True)])
def test_after_three_repairs_a_replacement_is_offered(player: Player, repairs: int, offered: bool) -> None:
    """E6: the same fault again after three repairs in warranty: told, on the order, a supervisor's task."""
    first(player, "BCD-216")
    for _ in range(repairs - 1):
        again(player, "对，就这个")
        player.work(*REPAIRED)
    again(player, "对，就这个")
    last = player.tx.orders.rows[-1]
    numbers = [order.number for order in player.tx.orders.rows[:-1]]
    assert ("utter_replacement_offered" in player.said) is offered
    assert sorted(last.fields.get("replacement", [])) == (numbers if offered else [])
    tasks = [task.kind for task in player.tx.tasks.of_order(last.id)]
    assert ("replacement" in tasks) is offered


def test_another_fault_is_another_matter(player: Player) -> None:
    """E6: three repairs of not cooling entitle to nothing when it leaks."""
    first(player, "BCD-216")
    for _ in range(2):
        again(player, "对，就这个")
        player.work(*REPAIRED)
    player.now += timedelta(days=5)
    report(player, "冰箱漏水了", "不是，另外报修", "跳过", "昨天", "对，就这个")
    assert "utter_replacement_offered" not in player.said
