"""By when customers are told to hear from us: as the table of promises says, in the service's local time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from handlers.desk import Terms
from handlers.promises import opened, standard
from handlers.promises.policy import Policy
from handlers.promises.settings import CalendarSettings, RegionSettings
from tests.dialogue.players import Mind, Player
from tests.dialogue.test_lasting import WHOLE, begin

ZONE = ZoneInfo("Asia/Shanghai")

ZH = ("我要投诉", "师傅上门迟到三个小时，态度还很差", "跳过", "13800138000", "确认提交")
EN = (
    "I want to complain about your technician, he was two hours late and very rude",
    "skip",
    "13800138000",
    "Submit",
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("now", "words", "told"),
    [
        ("2026-03-06 15:00", ZH, "今天 16:0"),
        ("2026-03-06 20:00", ZH, "3月9日 09:0"),
        ("2026-03-08 22:00", ZH, "明天 09:30"),
        ("2026-09-19 22:00", ZH, "明天 09:30"),
        (
            "2026-03-06 15:00",
            EN,
            "today 16:0",
        ),
        (
            "2026-09-30 20:00",
            EN,
            "8 Oct 09:0",
        ),
    ],
)
def test_a_complaint_is_answered_in_working_time(
    mind: Mind, now: str, words: tuple[str, ...], told: str
) -> None:
    """A5, E5: over noon, night, weekend, a shifted Sunday and the National Day's week, in both languages."""
    player = Player(mind, at(now))
    for said in words:
        player.say(said)
    assert player.said == ["utter_complaint_opened"]
    assert told in player.texts[-1]
    order = player.tx.orders.rows[0]
    due = standard().working_time.add(order.created_at, timedelta(hours=1))
    assert order.promised_at == due


def test_a_suggestion_promises_nothing(player: Player) -> None:
    """C4: it is kept with a number; nobody said by when, so nothing can be late."""
    player.say("我想提个建议，希望你们的app能看到师傅的位置")
    if not player.tx.orders.rows:
        player.say("希望app能看到师傅的位置")
    order = player.tx.orders.rows[0]
    assert (order.fields["category"], order.promised_at) == ("suggestion", None)


def test_the_table_says_what_a_report_is_told(mind: Mind) -> None:
    """E5: by region, while the report is under way as well as when it is submitted."""
    rows = [
        Policy(what="answer", within="3h", clock="calendar"),
        Policy(what="answer", region="capital", within="2h", clock="calendar"),
    ]
    promises = opened(CalendarSettings(), rows, RegionSettings(), "Asia/Shanghai")
    player = Player(mind, at("2026-03-02 12:00"), terms=replace(Terms(), promises=promises))
    begin(player, WHOLE)
    player.say("催一下")
    assert "utter_not_submitted_yet" in player.said
    assert "今天 14:0" in "".join(player.texts)


def test_key_customers_may_be_promised_more(mind: Mind) -> None:
    """E5: a row for a customer's level counts for the customers of that level."""
    rows = [Policy(what="answer", within="4h"), Policy(what="answer", level="key", within="2h")]
    promises = opened(CalendarSettings(), rows, RegionSettings(), "Asia/Shanghai")
    for level, hours in (("key", 2), ("long_standing", 4)):
        player = Player(mind, at("2026-03-02 14:00"), terms=replace(Terms(), promises=promises))
        player.tx.customers.rows[1] = replace(player.tx.customers.rows[1], level=level)
        begin(player, WHOLE, "跳过", "记不清", "确认提交")
        order = player.tx.orders.rows[0]
        assert order.promised_at == order.created_at + timedelta(hours=hours)


@pytest.mark.parametrize(("levels", "priority"), [(("key",), "urgent"), ((), "normal")])
def test_key_customers_are_urgent(mind: Mind, levels: tuple[str, ...], priority: str) -> None:
    """A4: whatever they report, where the settings say so; they are told that it is."""
    player = Player(mind, at("2026-03-02 14:00"), terms=replace(Terms(), urgent_levels=levels))
    player.tx.customers.rows[1] = replace(player.tx.customers.rows[1], level="key")
    begin(player, WHOLE, "跳过", "记不清", "确认提交")
    assert player.tx.orders.rows[0].priority == priority
    assert ("utter_order_opened_urgent" in player.said) is (priority == "urgent")


def test_urgent_reports_are_promised_around_the_clock(mind: Mind) -> None:
    """A4, E5: a quarter of an hour, also on a holiday's night."""
    player = Player(mind, at("2026-10-02 23:30"))
    player.say("空调冒烟了")
    order = player.tx.orders.rows[0]
    assert order.promised_at == order.created_at + timedelta(minutes=15)
    assert "23:45" in player.texts[-1] or "23:46" in player.texts[-1]
