"""Orders that people get, as their customers see it: one message, then who comes and when (E3, C5, C7)."""

from __future__ import annotations

from storage.staff import Member
from tests.dialogue.players import Player
from tests.dialogue.test_lasting import WHOLE, begin

SKILLS = ["refrigerator", "air_conditioner"]
WANG = Member(
    1, "E01", "王建国", "engineer", "+8613910010001", [], SKILLS, [], None, 10, None, True, None, None
)  # fmt: skip
LIN = "我叫李雷，电话13800138000，地址上海市浦东新区张杨路500号3楼"
LINES = ("我要预约安装空调", LIN, "下周三上午10点到12点")


def test_one_message_then_who_is_in_charge(player: Player) -> None:
    """E3, C7: somebody's at once; progress names them once they have accepted, in each language."""
    player.tx.staff.rows.append(WANG)
    begin(player, WHOLE, "跳过", "记不清", "确认提交")
    assert player.said == ["utter_order_opened"]
    order = player.tx.orders.rows[0]
    assert (order.status, order.assignee_id) == ("dispatched", 1)
    player.say("查进度")
    assert "王建国" not in player.texts[0]
    assert "最晚" in player.texts[0]
    player.work("accept")
    player.say("查进度")
    assert "负责人：王建国 +8613910010001" in player.texts[0]
    player.say('/change_language{"language": "en"}')
    player.say("where is my order")
    assert "In charge: 王建国" in player.texts[0]


def test_progress_tells_the_appointment(player: Player) -> None:
    """C5, C7: when somebody comes, as long as the visit stands."""
    begin(player, *LINES, "都准备好了", "确认提交")
    assert player.said == ["utter_installation_booked"]
    player.say("查进度")
    assert "上门时间：" in player.texts[0]
    assert "10:00–12:00" in player.texts[0]
    begin(player, "取消工单", "是的", "查进度")
    assert all("上门时间" not in text for text in player.texts)
