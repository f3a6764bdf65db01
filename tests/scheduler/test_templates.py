"""Template messages outside of WeChat's window, and what becomes of news that did not arrive (F6)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.commands.schedule import _notice
from bot.messages import Reply
from bot.turns import say
from handlers.notices import NoticeSettings
from handlers.notices.again import undelivered
from handlers.notices.templates import TEMPLATE, TemplateRow, fill
from storage import Store, Tx
from storage.notices import Notice
from storage.orders import Order
from storage.outbox import OutboxRow, Settled
from storage.schema import outbox
from storage.windows import ReplyWindow
from tests.conftest import NOON
from tests.scheduler.desk import Desktop
from tests.scheduler.test_notices import AFTERNOON, HOUR, of_conversation, other_conversation

ROWS = (
    TemplateRow(
        notice="promise_broken", template_id="T1",
        keywords={"character_string1": "{number}", "thing2": "{kind}：{what}", "time3": "{said_at}"},
    ),
    TemplateRow(notice="news.accept", template_id="T2", keywords={"thing1": "{kind}", "name2": "{status}"}),
)  # fmt: skip
LATE = AFTERNOON + HOUR / 4


@pytest.fixture
def desk(store: Store) -> Desktop:
    desk = Desktop(store)
    desk.rules = replace(desk.rules, notices=NoticeSettings(templates=ROWS))
    return desk


def late(desk: Desktop, **values: Any) -> Order:
    """An order of a customer on WeChat whose window is closed, and of whose broken promise news are due."""
    order = desk.open(at=AFTERNOON, priority="urgent", channel="wechat")
    if values:
        of_conversation(desk, order, **values)
    return order


def rows(desk: Desktop, order: Order) -> list[OutboxRow]:
    return desk.store.run(lambda tx: [tx.outbox.get(row[0]) for row in tx.execute(_of(order))])


def _of(order: Order) -> Any:
    found = outbox.c.conversation_id == order.conversation_id
    return outbox.select().with_only_columns(outbox.c.id).where(found).order_by(outbox.c.id)


def notice(desk: Desktop, order: Order) -> Notice:
    """The decision about its broken promise."""
    return desk.store.run(lambda tx: tx.notices.of_order(order.id))[0]


def settle(desk: Desktop, row: OutboxRow, state: str, reason: str) -> None:
    """What the postman records of an attempt that failed for good."""

    def work(tx: Tx) -> None:
        tx.outbox.settle([Settled(row.id, state, LATE, 1, reason=reason)])
        undelivered(tx, [row.id], LATE)

    desk.store.run(work)


def test_outside_the_window_it_goes_by_template(desk: Desktop) -> None:
    """F6: the message of the conversation carries the template filled; the words are kept for the history."""
    order = late(desk)
    desk.sweep(LATE)
    assert desk.notices(order) == [("promise_broken", "sent")]
    (row,) = rows(desk, order)
    assert row.state == "pending"
    assert row.body["custom"][TEMPLATE]["template_id"] == "T1"
    data = {name: part["value"] for name, part in row.body["custom"][TEMPLATE]["data"].items()}
    assert data["character_string1"] == order.number
    assert data["time3"] == "2026-03-02 14:15"
    assert len(data["thing2"]) <= 20
    assert "主管" in row.body["text"]
    told = notice(desk, order)
    assert [(r["rule"], r["because"]) for r in told.reasons] == [("template", "window_closed")]
    said = _notice(told, ZoneInfo(desk.rules.zone))
    assert "template (" in said
    assert "because=window_closed" in said


def test_other_platforms_take_none(desk: Desktop) -> None:
    """F6: templates are the Official Account's; on WeCom a closed window leaves a task."""
    order = desk.open(at=AFTERNOON, priority="urgent", channel="wecom")
    desk.sweep(LATE)
    assert desk.notices(order) == [("promise_broken", "task")]
    assert rows(desk, order) == []


def test_in_the_window_words_are_enough(desk: Desktop) -> None:
    """F6: the template only goes along, should the window close before the message leaves."""
    order = late(desk)
    window = ReplyWindow(NOON, NOON + 48 * HOUR, 1)
    desk.store.run(lambda tx: tx.windows.put(order.conversation_id, window))
    desk.sweep(LATE)
    assert [reason["rule"] for reason in notice(desk, order).reasons] == ["open"]
    assert TEMPLATE in rows(desk, order)[0].body["custom"]


def test_it_goes_ahead_of_what_waits_for_the_customer(desk: Desktop) -> None:
    """F6: a reply that waits for the customer's next message does not hold up templates."""
    order = late(desk, parked_since=NOON)
    desk.sweep(LATE)
    assert desk.notices(order) == [("promise_broken", "sent")]
    assert notice(desk, order).reasons[0]["because"] == "messages_wait"
    assert [row.state for row in rows(desk, order)] == ["pending"]


def test_nobody_is_written_to_who_left(desk: Desktop) -> None:
    """F6: no template either."""
    order = late(desk, unreachable_since=NOON)
    desk.sweep(LATE)
    assert desk.notices(order) == [("promise_broken", "task")]


def test_without_a_template_for_it_another_channel_or_a_task(desk: Desktop) -> None:
    """F6: why it was not sent says that there is no template, or which keyword it does not fit into."""
    only = NoticeSettings(templates=(TemplateRow(notice="visit", template_id="T", keywords={"thing1": "x"}),))
    desk.rules = replace(desk.rules, notices=only)
    order = late(desk)
    desk.sweep(LATE)
    assert (notice(desk, order).decision, notice(desk, order).reasons[0]["template"]) == ("task", "none")
    unfit = TemplateRow(notice="promise_broken", template_id="T", keywords={"number1": "{number}"})
    desk.rules = replace(desk.rules, notices=NoticeSettings(templates=(unfit,)))
    order = late(desk)
    other = other_conversation(desk, order, "telegram")
    desk.sweep(LATE)
    assert (notice(desk, order).decision, notice(desk, order).reasons[0]["template"]) == (
        "other_channel", "number1",
    )  # fmt: skip
    assert notice(desk, order).conversation_id == other


@pytest.mark.parametrize("state", ["parked", "undeliverable"])
def test_what_the_platform_refuses_goes_elsewhere_once(desk: Desktop, state: str) -> None:
    """F6, F8: the next conversation says it, the first one never does any more, and why is kept."""
    order = late(desk)
    other = other_conversation(desk, order, "telegram")
    desk.sweep(LATE)
    (row,) = rows(desk, order)
    settle(desk, row, state, "40037 there is no such template")
    for _ in range(2):
        desk.sweep(LATE)
    assert desk.notices(order) == [("promise_broken", "other_channel")]
    assert [reason["rule"] for reason in notice(desk, order).reasons] == ["template", "not_delivered", "open"]
    assert rows(desk, order)[0].state == "undeliverable"
    (said,) = desk.said(replace(order, conversation_id=other))
    assert said[1] == row.body["text"]
    assert desk.tasks(order).count("tell_customer") == 0


def test_where_no_channel_is_left_a_person_tells_them(desk: Desktop) -> None:
    """F6: an agent's task; asking again changes nothing."""
    order = late(desk)
    desk.sweep(LATE)
    settle(desk, rows(desk, order)[0], "undeliverable", "43019 the customer has blocked the account")
    for _ in range(2):
        desk.sweep(LATE)
    assert desk.notices(order) == [("promise_broken", "task")]
    assert desk.tasks(order).count("tell_customer") == 1
    assert notice(desk, order).reasons[-1]["why"].startswith("43019")


def test_news_wait_for_the_customer_where_nothing_else_is_left(desk: Desktop) -> None:
    """F6: a person is told, and the words stay for the customer's next message."""
    order = desk.open(at=AFTERNOON, channel="wechat")
    desk.work(order, "take", LATE)
    desk.sweep(LATE)
    (row,) = rows(desk, order)
    settle(desk, row, "parked", "45009 today's template messages are used up")
    desk.sweep(LATE)
    assert desk.notices(order) == [("news", "parked")]
    assert rows(desk, order)[0].state == "parked"
    assert desk.tasks(order).count("tell_customer") == 1


def test_a_customer_who_wrote_meanwhile_gets_it_there(desk: Desktop) -> None:
    """F6, F8: it is on its way again, so nobody else says it."""
    order = late(desk)
    other_conversation(desk, order, "telegram")
    desk.sweep(LATE)
    settle(desk, rows(desk, order)[0], "parked", "45009 today's template messages are used up")
    desk.store.run(lambda tx: tx.outbox.unpark(order.conversation_id, LATE))
    desk.sweep(LATE)
    assert desk.notices(order) == [("promise_broken", "sent")]


def test_at_night_it_waits_for_the_morning(desk: Desktop) -> None:
    """F6: quiet hours hold for the second way too."""
    order = late(desk)
    other_conversation(desk, order, "telegram")
    desk.sweep(LATE)
    night = NOON + 11 * HOUR
    row = rows(desk, order)[0]

    def fail(tx: Tx) -> None:
        tx.outbox.settle([Settled(row.id, "undeliverable", night, 8, reason="-1 WeChat is busy")])
        undelivered(tx, [row.id], night)

    desk.store.run(fail)
    desk.sweep(night)
    assert desk.notices(order)[0] == ("promise_broken", "sent")
    desk.sweep(NOON + 20 * HOUR)
    assert desk.notices(order)[0] == ("promise_broken", "other_channel")


def test_a_reply_that_fails_is_nobodys_notice(desk: Desktop) -> None:
    """F6: what answers the customer is not said elsewhere."""
    order = late(desk)

    def work(tx: Tx) -> None:
        conversation = tx.conversations.get(order.conversation_id, lock=True)
        reply = say(tx, conversation, Reply("好的"), NOON)
        tx.conversations.save(conversation, NOON)
        tx.outbox.settle([Settled(reply.id, "undeliverable", NOON, 1)])
        undelivered(tx, [reply.id], NOON)

    desk.store.run(work)
    assert desk.store.run(lambda tx: tx.timers.coming(10, "tell_again")) == []


def test_the_narrowest_row_is_taken() -> None:
    """F6: one for this move before one for all news, one for the language before one for all."""
    everything = TemplateRow(notice="news", template_id="ALL", keywords={"thing1": "{number}"})
    english = TemplateRow(
        notice="news",
        template_id="EN",
        keywords={"thing1": "{number}"},
        language="en",
        url="https://e.example/",
    )
    values = {"number": "SR-1", "kind": "洗衣机 故障报修", "status": "处理中"}

    def chosen(response: str, language: str) -> str:
        found = fill((everything, english, *ROWS), "news", response, language, values, NOON, "Asia/Shanghai")
        assert found is not None
        assert found.card is not None
        return str(found.card["template_id"])

    assert chosen("utter_order_accepted", "en") == "T2"
    assert chosen("utter_order_on_site", "en") == "EN"
    assert chosen("utter_order_on_site", "zh") == "ALL"
    assert fill(ROWS, "news", "utter_order_on_site", "zh", values, NOON, "Asia/Shanghai") is None
