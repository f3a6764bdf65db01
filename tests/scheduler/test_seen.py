"""What a plain yes may answer: what has really reached the customer, also by template (E7, F6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from handlers.fees.amounts import shown
from handlers.fees.quotation import Line, Quotation
from handlers.notices import NoticeSettings
from handlers.notices.templates import TemplateRow, values_of
from handlers.quotations import ask
from handlers.seen import seen
from storage import Store
from storage.orders import Order
from storage.schema import outbox
from tests.scheduler.desk import AGENT, Desktop
from tests.scheduler.test_notices import AFTERNOON, HOUR

SILENT = {"character_string1": "{number}", "thing2": "{kind}", "thing3": "{status}"}


@pytest.fixture
def desk(store: Store) -> Desktop:
    return Desktop(store)


def quoted(desk: Desktop, keywords: dict[str, str], amount: int = 123_400) -> tuple[Order, Quotation]:
    """A customer on WeChat whose window is closed is sent a quotation by a template of these keywords."""
    row = TemplateRow(notice="news.quote", template_id="T1", keywords=keywords)
    desk.rules = replace(desk.rules, notices=NoticeSettings(templates=(row,)))
    order = desk.open(at=AFTERNOON, channel="wechat")
    desk.move(order, "take", AFTERNOON)
    return order, again(desk, order, amount)


def again(desk: Desktop, order: Order, amount: int, minutes: int = 0) -> Quotation:
    """Another quotation for it, some minutes later."""
    now = AFTERNOON + timedelta(minutes=minutes)
    lines = (Line("part", "pump", 1, amount, amount),)
    plan = Quotation(order.number, "泵坏了", "换泵", lines, "CNY", 0, AFTERNOON + 48 * HOUR, 60, False)
    desk.store.run(lambda tx: ask(tx, desk.voice, tx.orders.get(order.id), plan, AGENT, now))
    desk.sweep(now)
    return plan


def arrives(store: Store, external_id: str | None) -> None:
    """Everything that was said has left; template messages have an id."""
    values = {"state": "sent", "external_id": external_id}
    store.run(lambda tx: tx.execute(update(outbox).values(values)))


def found(store: Store, order: Order, plan: Quotation) -> str:
    price = shown(plan.total, plan.currency)
    return store.run(lambda tx: seen(tx, order, "quote", "approve_quotation", plan.fingerprint, [price]))


CASES: list[tuple[dict[str, str], str | None, str]] = [
    (SILENT, "msg1", "announced"),  # "there is a quotation" says nothing of what it costs
    (SILENT, None, "whole"),  # the window opened before it left: the words with their buttons came
    ({**SILENT, "amount4": "{price}"}, "msg1", "whole"),
    ({"thing1": "报价 {price}"}, "msg1", "whole"),
    ({"thing1": "您的{kind}有了新的方案和报价：{price}"}, "msg1", "announced"),  # cut before the price
]


def test_a_template_counts_where_it_tells_the_price(desk: Desktop, store: Store) -> None:
    """E7, F6: nobody agrees to a price that they have not read."""
    for keywords, external_id, what in CASES:
        order, plan = quoted(desk, keywords)
        assert found(store, order, plan) == "nothing", "it has not left yet"
        arrives(store, external_id)
        assert found(store, order, plan) == what, keywords


def test_what_was_seen_of_an_older_quotation_does_not_count(desk: Desktop, store: Store) -> None:
    """E7: a second quotation, announced only, is not the one that was read."""
    order, first = quoted(desk, {"amount1": "{price}"})
    arrives(store, "msg1")
    second = again(desk, order, 99_900, minutes=5)
    assert found(store, order, second) == "before"
    assert found(store, order, first) == "before", "it counts no longer"
    arrives(store, "msg2")
    assert found(store, order, second) == "whole"


def test_only_quotations_have_a_price() -> None:
    """F6: a row for other news is told so at the start."""
    assert "price" in values_of("news.quote")
    with pytest.raises(ValueError, match=r"news\.accept has no 'price'"):
        TemplateRow(notice="news.accept", template_id="T1", keywords={"amount1": "{price}"})
