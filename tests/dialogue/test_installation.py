"""Installation: appointments are kept, full times refused, and nothing is asked twice (C5, C8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from handlers.appointments import AppointmentSettings
from handlers.desk import Terms
from tests.conftest import NOON
from tests.dialogue.players import Mind, Player

OPENING = ("我要预约安装空调", "李雷 13800138000 上海市浦东新区张杨路500号3楼", "明天下午两点到三点半")


def booked(mind: Mind, **settings: int) -> Player:
    player = Player(mind, NOON, terms=replace(Terms(), appointments=AppointmentSettings(**settings)))
    for words in (*OPENING, "都准备好了", "确认提交"):
        player.say(words)
    assert player.said == ["utter_installation_booked"]
    return player


def test_the_appointment_and_the_order_are_kept(mind: Mind) -> None:
    """C5, A5: the row stands in the window that was told."""
    player = booked(mind)
    order, appointment = player.tx.orders.rows[0], player.tx.appointments.rows[0]
    assert (order.kind, order.fields["product"], order.fields["site"]) == (
        "installation", "air_conditioner", "已准备好",
    )  # fmt: skip
    assert appointment.starts_at == NOON + timedelta(days=1, hours=1, minutes=30)
    assert appointment.slot.startswith("capital|")
    assert "明天 13:30–15:30" in player.texts[-1]


def test_a_full_time_is_refused_and_others_offered(mind: Mind) -> None:
    """C5: the only place of the window is taken."""
    player = booked(mind, visits_per_window=1)
    player.say("再预约安装洗衣机")
    player.say("是的，没变")
    player.say("明天下午两点到三点半")
    assert player.said == ["utter_appointment_full"]
    assert len(player.replies[-1].buttons) == 4
    player.say("1")
    assert player.said == ["utter_ask_site_ready"]


def test_a_time_lost_while_the_summary_is_read_is_asked_again(mind: Mind) -> None:
    """C5: others were quicker; the order is not opened without telling."""
    player = booked(mind, visits_per_window=1)
    for words in ("再预约安装洗衣机", "是的，没变", "后天下午两点到三点半", "都准备好了"):
        player.say(words)
    assert player.said == ["utter_installation_summary"]
    order = player.tx.orders.rows[0]
    start = NOON + timedelta(days=2, hours=1, minutes=30)
    slot = f"capital|{start:%Y%m%dT%H%MZ}|1"
    player.tx.appointments.book(order.id, start, start + timedelta(hours=2), (slot,), NOON)
    player.say("确认提交")
    assert player.said == ["utter_appointment_full"]
    assert len(player.tx.orders.rows) == 1


def test_moving_frees_the_old_time_and_cancelling_the_new_one(mind: Mind) -> None:
    """C5, C7: one appointment stands at a time."""
    player = booked(mind)
    player.say("改到周四上午10点")
    assert [row.state for row in player.tx.appointments.rows] == ["moved", "standing"]
    player.say("取消工单")
    player.say("是的")
    assert [row.state for row in player.tx.appointments.rows] == ["moved", "cancelled"]


def test_a_move_without_a_time_offers_the_nearest(mind: Mind) -> None:
    """C10: a button moves it."""
    player = booked(mind)
    player.say("我想改预约时间")
    assert player.said == ["utter_appointment_which"]
    player.say("1")
    assert player.said == ["utter_appointment_moved"]


def test_the_times_offered_for_a_wish_stay_when_the_question_comes_again(player: Player) -> None:
    """A2, C5: a word that answers nothing does not lead back to the very first times."""
    player.say("我要预约安装热水器")
    player.say("李雷 13800138000 上海市浦东新区张杨路500号3楼")
    player.say("明天上午")
    offered = [button.title for button in player.replies[-1].buttons]
    player.say("对")
    assert [button.title for button in player.replies[-1].buttons] == offered
