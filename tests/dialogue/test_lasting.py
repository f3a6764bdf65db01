"""What lasts: the state through JSON and restarts, drafts through silence, one order whatever is repeated."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.dialogue import Dialogue, Heard
from bot.settings import Settings
from handlers.testing import memory_desk
from tests.dialogue.players import Mind, Player

WHOLE = "海尔冰箱BCD-216漏水，昨天开始的，我叫张三，电话13800138000，地址上海市浦东新区张杨路500号3楼"
REPORT = ("我家海尔冰箱BCD-216不制冷，昨天开始的，电话13800138000", "不试了，直接报修")


def begin(player: Player, *lines: str) -> None:
    for line in lines or REPORT:
        player.say(line)


def test_a_report_goes_on_after_a_restart(player: Player, mind: Mind) -> None:
    """C9: a new program with the stored state asks the same question."""
    begin(player)
    stored = json.dumps(player.conversation.state)
    player.mind = Mind(Dialogue.load(Settings()), mind.interpreter, mind.knowledge)
    player.conversation.state = json.loads(stored)
    player.say("记不清")
    assert player.said == ["utter_ask_name"]


def test_a_draft_is_kept_and_cleared(player: Player) -> None:
    """C9: an unfinished report is a draft with a reminder due; a finished or cancelled one is none."""
    begin(player)
    draft = player.tx.drafts.rows[1]
    assert draft.form == "report_fault_form"
    assert timedelta(minutes=59) <= draft.due_at - player.now <= timedelta(hours=1)
    player.now += timedelta(minutes=30)
    player.say("海尔的")
    assert player.tx.drafts.rows[1].due_at - player.now == timedelta(hours=1)
    player.say("取消")
    player.say("取消报修")
    assert player.tx.drafts.rows == {}


def test_a_report_is_given_up_after_days(player: Player) -> None:
    """C9: after the limit the old report no longer swallows what is said."""
    begin(player)
    player.now += timedelta(hours=73)
    player.say("你好")
    assert player.said == ["utter_greet"]
    assert player.slots.get("product") is None


def test_a_report_goes_on_within_the_limit(player: Player) -> None:
    begin(player)
    player.now += timedelta(hours=71)
    player.say("你好")
    assert player.said == ["utter_hello_again", "utter_ask_purchase_date"]


def test_abandoning_keeps_the_language(player: Player, mind: Mind) -> None:
    player.say("English please")
    player.say("I want to report a fault")
    state = mind.dialogue.abandon(player.conversation.state)
    assert state["loop"] is None
    assert state["slots"]["language"] == "en"


def test_the_same_turn_twice_opens_one_order(player: Player, mind: Mind) -> None:
    """I2: the desk's key makes opening an order idempotent."""
    begin(player, WHOLE, "跳过", "记不清")
    assert player.said == ["utter_summary"]
    state = player.conversation.state
    for _ in range(2):
        desk = memory_desk(player.tx, player.conversation, mind.knowledge, player.now, key="m77")
        mind.dialogue.take(Heard(payload="/affirm"), state, desk)
    assert len(player.tx.orders.rows) == 1


def test_state_stays_small(player: Player) -> None:
    """A long conversation costs as much as a short one."""
    for _ in range(60):
        player.say("怎么清洗空调滤网")
        player.say("我要报修")
        player.say("取消")
    assert len(json.dumps(player.conversation.state)) < 12_000


def test_a_state_of_another_version_is_read(mind: Mind, player: Player) -> None:
    """Slots and forms that no longer exist are forgotten, nothing breaks."""
    player.conversation.state = {
        "slots": {"gone": 1, "language": "en"},
        "loop": "gone_form",
        "suspended": [{"name": "gone"}],
    }
    player.say("hello there")
    assert player.said == ["utter_greet"]


PAYLOADS = ["/", "/affirm", "/deny", "/skip", "/go_back", "/restart", "/stop", "/nope", "/inform{"]
MORE_PAYLOADS = ["/resume", "/show_article", "/change_language", "/track_order", "/ask_question"]
HOSTILE = [
    '/inform{"phone": []}',
    '/inform{"product": {"a": 1}}',
    '/change_field{"field": "confirmed"}',
    '/helpful{"article": "x"}',
    '/stop{"sure": "yes"}',
    '/cancel_order{"order_number": "x"}',
    "{phone}",
    "\u202e",
    "😀" * 50,
    "不" * 3000,
]
WORDS = ["我要报修", "冰箱", "不制冷", "13800138000", "张三", "转人工", "机器人", "跳过", "确认提交"]
STRANGE = st.one_of(st.text(max_size=200), st.sampled_from([*PAYLOADS, *MORE_PAYLOADS, *HOSTILE, *WORDS]))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(STRANGE, st.sampled_from(["text", "photo", "voice", "contact", "location"])), max_size=8
    )
)
def test_nothing_breaks_it(mind: Mind, lines: list[tuple[str, str]]) -> None:
    """Whatever is said, there is a state that can be stored, and an answer unless a person has it."""
    from tests.conftest import NOON

    player = Player(mind, NOON)
    for words, kind in lines:
        owner = player.conversation.owner
        replies = player.say(words, kind)
        json.dumps(player.conversation.state)
        assert replies or owner == "queue", (words, kind)


def heard(player: Player, **what: Any) -> list[str]:
    player.hear(**what)
    return player.said


def test_a_stale_button_is_answered_politely(player: Player) -> None:
    """C10: an old button says so and the open question is asked again; lasting ones still work."""
    begin(player)
    assert heard(player, payload="/affirm", stale_choice=True) == [
        "utter_stale_choice",
        "utter_ask_purchase_date",
    ]
    assert heard(player, payload="/track_order", stale_choice=True)[0] == "utter_no_orders"


def test_an_edited_message_corrects(player: Player) -> None:
    begin(player)
    said = heard(player, text="我家海尔冰箱BCD-216不制冷，昨天开始的，电话13912345678", edited=True)
    assert "utter_changed" in said
    assert player.slots["phone"] == "+8613912345678"


def test_an_album_is_answered_once(player: Player) -> None:
    """A2: every photo is kept, one answer is given."""
    begin(player, "空调漏水，今天开始的", "跳过")
    heard(player, attachments=(7,), attachment_kinds=("photo",))
    assert heard(player, attachments=(8,), attachment_kinds=("photo",), group_repeat=True) == []
    assert player.slots["photos"] == [7, 8]


def test_photos_go_with_the_order(player: Player) -> None:
    """A2: what was sent before and during the report belongs to its order."""
    heard(player, attachments=(3,), attachment_kinds=("photo",))
    begin(player, WHOLE, "跳过", "记不清")
    heard(player, attachments=(4,), attachment_kinds=("photo",))
    player.say("确认提交")
    assert player.tx.attachments.orders == {3: 1, 4: 1}


def test_joining_is_greeted_and_leaving_is_not(player: Player) -> None:
    assert heard(player, event="joined") == ["utter_greet"]
    assert heard(player, event="blocked") == []
    assert heard(player, event="unblocked") == []


def test_the_platforms_language_is_a_hint_only(player: Player) -> None:
    """Language: the platform's hint first, the customer's words before it, a wish before both."""
    heard(player, payload="/greet", language="en-GB")
    assert player.slots["language"] == "en"
    player.say("我家冰箱坏了")
    assert player.slots.get("language", "zh") == "zh"
    player.say("English please")
    player.say("冰箱不制冷")
    assert player.slots["language"] == "en"


def test_unknown_kinds_are_answered(player: Player) -> None:
    assert heard(player, unsupported="poll") == ["utter_received_unknown"]
    assert heard(player) == ["utter_help"]


def test_a_person_ends_the_reminders(player: Player) -> None:
    """C9, G1: while a person has the conversation nobody is reminded; the bot keeps the draft again."""
    begin(player)
    player.say("转人工")
    assert player.tx.drafts.rows == {}
    player.say("机器人")
    assert player.tx.drafts.rows[1].form == "report_fault_form"


def test_a_reminder_leads_back_into_the_report(player: Player, mind: Mind) -> None:
    begin(player)
    reminder = mind.dialogue.say("utter_draft_reminder", "zh")
    player.choices = {"buttons": [{"title": b.title, "payload": b.payload} for b in reminder.buttons]}
    player.say("继续")
    assert player.said == ["utter_ask_purchase_date"]
    player.choices = {"buttons": [{"title": b.title, "payload": b.payload} for b in reminder.buttons]}
    player.say("不用了")
    assert player.said == ["utter_report_stopped"]
