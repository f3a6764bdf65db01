"""What conversations leave behind: orders, promises, ratings, gaps, and what nobody else may see."""

from __future__ import annotations

from datetime import timedelta

from bot.bubbles import QUOTED, merge
from bot.messages import Reply
from tests.dialogue.players import Mind, Player
from tests.dialogue.test_lasting import WHOLE, begin


def test_what_is_told_to_a_person_reaches_the_urgent_order(player: Player) -> None:
    """A4, G1: phone and address sent after a hazard are kept with the order; the phone is acknowledged."""
    player.say("冰箱冒烟了，上海市浦东新区张杨路500号")
    order = player.tx.orders.rows[0]
    assert (order.priority, order.fields["address"]) == ("urgent", "上海市浦东新区张杨路500号")
    player.say("电话13800138000，住上海市浦东新区张杨路600号")
    assert player.said == ["utter_phone_for_person"]
    customer = player.tx.customers.rows[1]
    assert (customer.phone, customer.address) == ("+8613800138000", "上海市浦东新区张杨路600号")
    assert "600号" in player.tx.orders.history[order.id][-1].note


def test_a_device_of_an_earlier_order_is_known(player: Player) -> None:
    """C1: brand and model are not asked again when the same kind of appliance fails later."""
    begin(player, WHOLE, "跳过", "记不清", "确认提交")
    player.work("take", "resolve", "close")
    begin(player, "冰箱又不制冷了", "不是，另外报修", "跳过", "今天")
    assert (player.slots["brand"], player.slots["model"]) == ("haier", "BCD-216")
    assert player.said == ["utter_ask_purchase_date"]


def test_nobody_reads_another_customers_order(player: Player, mind: Mind) -> None:
    """C7, trust: number alone tells nothing; number and phone do; guessing ends."""
    begin(player, WHOLE, "跳过", "记不清", "确认提交")
    number = player.tx.orders.rows[0].number
    other = Player(mind, player.now, tx=player.tx)
    other.conversation.customer_id = player.tx.customers.add(player.now)
    other.conversation.id = 2
    other.say(f"查一下 {number}")
    assert other.said == ["utter_ask_track_phone"]
    for wrong in ("13912345678", "13912345679", "13912345670", "13912345671", "13912345672"):
        other.say(wrong)
        assert other.said[-1] == "utter_order_not_found"
        assert all(number not in text for text in other.texts)
        other.say(number)
    other.say("13800138000")
    assert other.said == ["utter_order_not_found"], "five guesses are enough"
    third = Player(mind, player.now, tx=player.tx)
    third.conversation.customer_id = player.tx.customers.add(player.now)
    third.conversation.id = 3
    third.say(f"查一下 {number}")
    third.say("13800138000")
    assert third.said == ["utter_order_status"]
    third.say("取消工单")
    assert third.said == ["utter_no_open_order"], "seeing is not owning"


def test_a_question_nobody_can_answer_is_a_gap(player: Player) -> None:
    """D2: nothing in the base is said so, recorded, and a person offered."""
    player.hear(payload='/ask_question{"words": "请问你们公司的股票代码是多少"}')
    if player.said == ["utter_which_article"]:
        player.say("都不是")
    assert player.said[-1] in ("utter_nothing_found", "utter_no_further_answer")
    assert player.tx.knowledge.gaps == ["请问你们公司的股票代码是多少"]


def test_ratings_are_kept(player: Player) -> None:
    """D2: whether an answer helped is recorded."""
    player.say("怎么清洗空调滤网")
    player.say("有帮助")
    assert [helpful for _, helpful in player.tx.knowledge.ratings] == [True]


def test_promises(player: Player) -> None:
    """A5: the customer is told by when; urgent ones sooner."""
    begin(player, WHOLE, "跳过", "记不清", "确认提交")
    order = player.tx.orders.rows[0]
    assert order.promised_at == order.created_at + timedelta(hours=24)
    assert "明天 12:0" in player.texts[0]
    player.say("空调冒烟了")
    urgent = player.tx.orders.rows[1]
    assert urgent.promised_at == urgent.created_at + timedelta(minutes=15)


def test_an_answer_keeps_which_version_it_quoted(player: Player) -> None:
    """D2: the stored reply names article and version, also where texts are joined into one bubble."""
    player.say("怎么清洗空调滤网")
    (quoted,) = [q for reply in player.replies for q in (reply.custom or {}).get(QUOTED, ())]
    assert (quoted["article"], quoted["spoken"]) == ("ac-clean-filter", "zh")
    assert f"ac-clean-filter v{quoted['version']}" in "".join(player.texts)
    first, second = (Reply(text=name, custom={QUOTED: [{"article": name}]}) for name in "ab")
    (bubble,) = merge((Reply(text="x"), first, second))
    assert bubble.custom == {QUOTED: [{"article": "a"}, {"article": "b"}]}
