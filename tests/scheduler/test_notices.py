"""Whether the desk may say something of its own accord, now and where (F6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import update

from handlers.notices import KINDS, Facts, NoticeSettings, Way, decide
from handlers.notices.settings import quiet_until
from storage import Store, Tx
from storage.orders import Order
from storage.schema import conversations, customers
from storage.windows import ReplyWindow
from tests.conftest import NOON
from tests.scheduler.desk import Desktop

HOUR = timedelta(hours=1)
NIGHT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
MORNING = datetime(2026, 3, 3, 0, 0, tzinfo=UTC)  # 8:00
AFTERNOON = NOON + 2 * HOUR


@pytest.fixture
def desk(store: Store) -> Desktop:
    return Desktop(store)


def of_customer(desk: Desktop, order: Order, **values: Any) -> None:
    """Change what is known of the order's customer."""
    statement = update(customers).where(customers.c.id == order.customer_id).values(**values)
    desk.store.run(lambda tx: tx.execute(statement) and None)


def of_conversation(desk: Desktop, order: Order, **values: Any) -> None:
    """Change the order's conversation."""
    statement = update(conversations).where(conversations.c.id == order.conversation_id).values(**values)
    desk.store.run(lambda tx: tx.execute(statement) and None)


def other_conversation(desk: Desktop, order: Order, channel: str) -> int:
    """The customer's conversation on another channel."""

    def work(tx: Tx) -> int:
        found = tx.conversations.enter(channel, channel, f"other-{order.id}", NOON)
        tx.execute(
            update(conversations).where(conversations.c.id == found.id).values(customer_id=order.customer_id)
        )
        return found.id

    return desk.store.run(work)


@given(
    st.integers(0, 4 * 365 * 24 * 60).map(lambda minutes: NOON - timedelta(days=730, minutes=-minutes)),
    st.sampled_from(["22:00-08:00", "01:30-02:30", "00:00-06:00", "12:00-14:00", "23:30-00:15"]),
    st.sampled_from(["Asia/Shanghai", "America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Apia"]),
)
def test_quiet_hours_end_where_they_end(now: datetime, hours: str, zone: str) -> None:
    """F6: also over the days on which clocks are changed; never in the past."""
    until = quiet_until(now, hours, zone)
    begin, _, end = hours.partition("-")
    local = f"{now.astimezone(ZoneInfo(zone)):%H:%M}"
    inside = begin <= local < end if begin < end else local >= begin or local < end
    assert (until is not None) == inside
    if until is not None:
        assert now < until <= now + timedelta(hours=25)


def test_a_message_of_the_night_waits_for_the_morning(desk: Desktop) -> None:
    """F6, F3: decided at night, kept with its reason, said once when the quiet hours end."""
    order = desk.open(at=NIGHT, priority="urgent")
    desk.rules = replace(desk.rules, second_step=None)
    desk.sweep(NIGHT + timedelta(minutes=15))
    assert desk.said(order) == []
    assert desk.notices(order) == [("promise_broken", "postponed")]
    assert desk.order(order).escalation == 1  # our own people are called at once
    desk.every(10, NIGHT + timedelta(minutes=20), 8.5)
    assert desk.said(order) == []
    desk.every(10, MORNING, 2)
    ((at, text),) = desk.said(order)
    assert at == MORNING
    assert "经理" in text
    assert desk.notices(order) == [("promise_broken", "dropped"), ("promise_broken", "sent")]


def test_the_customers_own_hours_and_zone_count(desk: Desktop) -> None:
    order = desk.open(at=AFTERNOON, priority="urgent")
    of_customer(desk, order, zone="America/New_York")  # 1:00 at night there
    desk.sweep(AFTERNOON + HOUR / 4)
    assert desk.notices(order) == [("promise_broken", "postponed")]
    order = desk.open(at=NIGHT, priority="urgent")
    of_customer(desk, order, quiet_hours="02:00-05:00")
    desk.sweep(NIGHT + HOUR / 4)
    assert desk.notices(order) == [("promise_broken", "sent")]


def test_who_wants_no_reminders_gets_none_but_hears_of_their_order(desk: Desktop) -> None:
    """F6: opting out is for what nobody asked for; an order's news are told all the same."""
    order = desk.open(at=AFTERNOON, priority="urgent")
    of_customer(desk, order, opted_out_at=NOON)
    desk.sweep(AFTERNOON + HOUR / 4)
    assert desk.notices(order) == [("promise_broken", "sent")]
    verdict = decide(KINDS["survey"], facts(desk, order), NoticeSettings())
    assert (verdict.decision, verdict.reasons[0]["rule"]) == ("dropped", "opted_out")
    verdict = decide(KINDS["visit"], facts(desk, order), NoticeSettings())
    assert verdict.decision == "task"


def facts(desk: Desktop, order: Order) -> Facts:
    """What a verdict about the order's customer rests on, one way being open."""
    customer = desk.store.run(lambda tx: tx.customers.get(order.customer_id))
    return Facts(
        customer, [Way(order.conversation_id, "web")], "Asia/Shanghai", False, False, AFTERNOON, AFTERNOON
    )


def test_a_person_who_has_the_conversation_speaks(desk: Desktop) -> None:
    """F6: no chatter of the bot in between."""
    order = desk.open(at=AFTERNOON, priority="urgent")
    of_conversation(desk, order, owner="queue")
    desk.every(15, AFTERNOON, 26)
    assert desk.said(order) == []
    assert set(desk.notices(order)) == {("promise_broken", "task"), ("progress", "dropped")}


@pytest.mark.parametrize("channel", ["wechat", "wecom"])
def test_only_inside_the_window(desk: Desktop, channel: str) -> None:
    """F6: 48 hours and so many messages after the customer's last one; then another way, then a task."""
    order = desk.open(at=AFTERNOON, priority="urgent", channel=channel)
    window = ReplyWindow(NOON, NOON + 48 * HOUR, 1)
    desk.store.run(lambda tx: tx.windows.put(order.conversation_id, window))
    desk.sweep(AFTERNOON + HOUR / 4)
    assert desk.notices(order) == [("promise_broken", "sent")]
    desk.store.run(lambda tx: tx.windows.put(order.conversation_id, replace(window, left=0)))
    desk.sweep(AFTERNOON + HOUR / 2)
    assert desk.notices(order)[1:] == [("promise_broken", "task")]
    (*_, notice) = desk.store.run(lambda tx: tx.notices.of_order(order.id))
    assert [reason["rule"] for reason in notice.reasons] == ["quota_used"]


@pytest.mark.parametrize("why", [{"unreachable_since": NOON}, {"parked_since": NOON}])
def test_the_customers_other_conversation(desk: Desktop, why: dict[str, datetime]) -> None:
    """F6: what one channel cannot carry goes through the next."""
    order = desk.open(at=AFTERNOON, priority="urgent")
    of_conversation(desk, order, **why)
    other = other_conversation(desk, order, "telegram")
    desk.sweep(AFTERNOON + HOUR / 4)
    assert desk.said(order) == []
    assert desk.notices(order) == [("promise_broken", "other_channel")]
    assert order.number in desk.said(replace(order, conversation_id=other))[0][1]


def test_too_late_is_not_said(desk: Desktop) -> None:
    """F8: after days of outage a person decides what to tell."""
    settings = NoticeSettings(good_for_hours={"promise_broken": 6})
    desk.rules = replace(desk.rules, notices=settings)
    order = desk.open(at=NIGHT - HOUR, priority="urgent")
    desk.sweep(NIGHT)
    assert desk.notices(order) == [("promise_broken", "task")]


@pytest.mark.parametrize(
    "values",
    [
        {"quiet_hours": "22-8"}, {"quiet_hours": "22:00-24:00"}, {"quiet_hours": "08:00-08:00"},
        {"good_for_hours": {"draft": 0}}, {"progress_hours": 0}, {"good_for_hours": {"draft": 1, "spam": 1}},
    ],
)  # fmt: skip
def test_bad_settings_are_told(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        NoticeSettings(**values)
