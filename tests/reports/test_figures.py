"""Weekly and monthly figures: what each counts, computed again the same, written once (F7, H1, T18)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from handlers import life
from handlers.life import CUSTOMER, SYSTEM, Actor
from handlers.reports import ReportSettings, compute, draw_sample, parse, recompute, write_due
from handlers.reports.figures import flat
from handlers.reports.periods import PeriodProblem, last_closed, next_closing, period_of
from scheduler import jobs
from scheduler.rules import Rules
from storage import Store, Tx
from storage.orders import Order
from storage.promises import PromiseRow
from storage.return_visits import ReturnVisit
from storage.schema import surveys
from tests.conftest import NOON

ZONE = "Asia/Shanghai"
SETTINGS = ReportSettings()
WEEK = period_of("weekly", NOON.date(), ZONE)
ENGINEER = Actor("engineer", "E1")
HOUR = timedelta(hours=1)


class Shop:
    """Opens orders and lets them go their ways."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.count = 0

    def open(self, kind: str = "fault", at: datetime = NOON, peer: str = "", **more: Any) -> Order:
        self.count += 1
        category = more.pop("category", None)
        fields = {"product": more.pop("product", "tv"), **({"category": category} if category else {})}

        def work(tx: Tx) -> Order:
            talk = tx.conversations.enter("web", "web", peer or f"p{self.count}", at)
            tx.messages.take(talk, f"m{self.count}", {"text": "hello"}, at, at)
            tx.conversations.save(talk, at)
            return tx.orders.open(
                request_key=f"k{self.count}", kind=kind, customer_id=talk.customer_id, fields=fields,
                conversation_id=talk.id, local_day=f"{at:%Y%m%d}", now=at, region="capital", **more,
            )  # fmt: skip

        return self.store.run(work)

    def go(self, order: Order, *moves: str, at: datetime = NOON + HOUR) -> Order:
        who = {"confirm": CUSTOMER, "reopen": CUSTOMER, "close": SYSTEM, "cancel": CUSTOMER}
        for name in moves:
            self.store.run(
                lambda tx, name=name: life.move(tx, order, name, who.get(name, ENGINEER), "because", at)  # type: ignore[misc]
            )
        return order

    def promise(self, order: Order, what: str, state: str, at: datetime = NOON) -> None:
        row = PromiseRow(order.id, what, 1, NOON, NOON, None, {}, state, settled_at=at)
        self.store.run(lambda tx: tx.promises.give(row))

    def survey(self, order: Order, rating: str | None, at: datetime = NOON) -> None:
        values = {
            "order_id": order.id, "round": 1, "rating": rating, "state": "answered" if rating else "expired",
            "sent_at": at, "expires_at": at, "answered_at": at if rating else None, "answers": [],
        }  # fmt: skip
        self.store.run(lambda tx: tx.execute(surveys.insert(), values))

    def visit(self, key: str, order: Order, asked_at: datetime | None, outcome: str | None = None) -> None:
        visit = ReturnVisit(key, order.customer_id, asked_at or NOON, order.id, asked_at)
        self.store.run(lambda tx: tx.return_visits.keep(visit))
        if outcome:
            self.store.run(lambda tx: tx.return_visits.answer(key, outcome, NOON))

    def figures(self) -> dict[str, Any]:
        return flat(self.store.run(lambda tx: compute(tx, WEEK, SETTINGS, ZONE)))


@pytest.fixture
def shop(store: Store) -> Shop:
    return Shop(store)


def test_every_figure_counts_what_it_says(shop: Shop) -> None:
    """F7, H1: a week of which every number can be worked out by hand; docs/reports.md defines them."""
    first = shop.go(shop.open(), "take", "resolve", at=NOON + 2 * HOUR)
    shop.go(first, "close", at=NOON + 3 * HOUR)
    again = shop.go(shop.open(product="refrigerator"), "take", "resolve", "close", at=NOON + 4 * HOUR)
    shop.go(again, "reopen", at=NOON + 10 * HOUR)
    shop.go(again, "take", "resolve", "close", at=NOON + 14 * HOUR)
    shop.open(move="solve_alone", status="closed", closed_at=NOON)
    shop.go(shop.open("installation"), "cancel")
    shop.open("complaint", peer="angry", at=NOON - timedelta(days=30))
    shop.open("complaint", peer="angry")
    shop.open("complaint", peer="calm")
    shop.open("complaint", category="suggestion")
    shop.open(at=NOON + timedelta(days=7))  # next week's
    for number, (what, state) in enumerate(
        (
            ("answer", "kept"),
            ("answer", "kept"),
            ("solve", "broken"),
            ("answer_2", "kept"),
            ("plan", "dropped"),
        )
    ):
        shop.promise(first if number != 1 else again, what, state)
    shop.promise(shop.open(at=NOON), "answer", "broken")
    for order, rating in ((first, "satisfied"), (again, "dissatisfied")):
        shop.survey(order, rating)
    shop.survey(shop.open(at=NOON), None)
    shop.visit("a", first, NOON, "fine")
    shop.visit("b", first, NOON, "fault")
    shop.visit("c", again, None)
    shop.visit("d", again, NOON - timedelta(days=8), "fine")
    found = shop.figures()
    expected = {
        "orders.opened": 9,
        "orders.closed": 4,
        "orders.cancelled": 1,
        "orders.reopened": 1,
        "orders.by_kind.fault": 5,
        "orders.by_kind.complaint": 3,
        "orders.by_product.refrigerator": 1,
        "orders.by_region.capital": 9,
        "timely_response_rate": 66.67,
        "promises.answer.broken": 1,
        "promises.solve.rate": 0.0,
        "first_time_fix_rate": 66.67,
        "mttr_hours": 3.33,
        "mttr_median_hours": 4.0,
        "csat": 50.0,
        "survey_response_rate": 66.67,
        "surveys.dissatisfied": 1,
        "return_visits.due": 3,
        "return_visits.made": 2,
        "return_visits.answered": 3,
        "return_visits.fine": 2,
        "return_visit_rate": 66.67,
        "return_visit_fine_rate": 66.67,
        "complaints.count": 2,
        "complaints.per_100_orders": 33.33,
        "complaints.repeats": 1,
        "self_service_rate": 20.0,
        "conversations": 9,
        "handovers": 0,
        "knowledge.gaps": 0,
    }
    assert {name: found[name] for name in expected} == expected
    assert "promises.plan.kept" not in found
    assert "promises.answer_2.kept" not in found


def test_talk_and_knowledge_are_counted(shop: Shop) -> None:
    """H1: hand-overs, questions in vain, answers that helped; the same change is in the trend."""
    order = shop.open(at=NOON - timedelta(days=7))
    shop.open()

    def work(tx: Tx) -> None:
        for _ in range(2):
            begun = tx.handovers.open(order.conversation_id, "asked", 0, NOON)
            begun.ended_at = NOON
            tx.handovers.save(begun)
        tx.knowledge.gap("why", "en", None, order.conversation_id, NOON)
        for helpful in (True, True, False):
            tx.knowledge.rate("a", "1", "en", helpful, order.conversation_id, NOON)

    shop.store.run(work)
    found = shop.figures()
    assert (found["conversations"], found["handovers"], found["hand_off_rate"]) == (1, 1, 100.0)
    assert (found["knowledge.gaps"], found["knowledge.helpful_rate"]) == (1, 66.67)
    assert found["trend.against"] == WEEK.before(ZONE).key
    assert (found["trend.handovers"], found["trend.conversations"]) == (1, 0)
    assert "trend.csat" not in found  # nothing to compare with


def test_a_report_is_written_once_and_equals_its_recomputation(shop: Shop) -> None:
    """F7, T18: by the clock after the closing; what comes late is told and kept as a revision."""
    rules = Rules()
    order = shop.go(shop.open(), "take", "resolve", "close")
    sweeps = [job for job in jobs(rules) if job.name in ("standing", "timers")]

    def clock(at: datetime) -> None:
        for job in sweeps:
            while shop.store.run(lambda tx, job=job: job.sweep(tx, at, None)):  # type: ignore[misc]
                pass

    shop.store.run(lambda tx: tx.connection.exec_driver_sql("DELETE FROM timers"))
    clock(WEEK.until + timedelta(hours=5))
    assert shop.store.run(lambda tx: tx.reports.page("weekly", 5)) == []
    for hours in (6, 7, 30):
        clock(WEEK.until + timedelta(hours=hours))
    (report,) = shop.store.run(lambda tx: tx.reports.page("weekly", 5))
    assert (report.period, report.revision, report.figures["orders"]["closed"]) == (WEEK.key, 1, 1)
    (sample,) = shop.store.run(lambda tx: tx.reports.samples())
    assert (sample.period, sample.number) == (WEEK.key, order.number)
    late = WEEK.until + timedelta(days=2)

    def changed(keep: bool = False) -> dict[str, Any]:
        return shop.store.run(lambda tx: recompute(tx, report, WEEK, SETTINGS, ZONE, late, keep))

    assert changed() == {}
    shop.survey(order, "satisfied")  # an answer that arrived late, with its own moment
    assert changed()["csat"] == (None, 100.0)
    assert changed(keep=True)
    (report,) = shop.store.run(lambda tx: tx.reports.page("weekly", 5))
    assert (report.revision, report.figures["csat"], changed()) == (2, 100.0, {})


def test_periods_missed_are_made_up_for_by_rule(shop: Shop) -> None:
    """F8: so many at most, the oldest first, none before the first order; two processes write one."""
    shop.open(at=NOON)
    now, written = NOON + timedelta(days=80), []
    while period := shop.store.run(lambda tx: write_due(tx, ReportSettings(catch_up=3), ZONE, now)):
        written.append(period.key)
    assert written == ["2026-W18", "2026-W19", "2026-W20", "2026-03", "2026-04"]


def test_the_sample_is_a_tenth_of_the_week_and_always_the_same(shop: Shop) -> None:
    """F7: drawn with the week as seed, at least one; drawing twice draws once."""
    for _ in range(13):
        shop.go(shop.open(), "take", "resolve", "close")

    def draw() -> list[str]:
        drawn = shop.store.run(lambda tx: draw_sample(tx, WEEK, SETTINGS, NOON))
        found = shop.store.run(lambda tx: tx.reports.samples(WEEK.key))
        assert drawn in (0, len(found))
        return [one.number for one in found]

    first = draw()
    assert len(first) == 2
    assert draw() == first
    shop.store.run(lambda tx: tx.connection.exec_driver_sql("DELETE FROM samples"))
    assert draw() == first


def test_weeks_and_months_are_the_services(shop: Shop) -> None:
    """Periods begin at the service's midnight; a name that is none is told."""
    week, month, leap = parse("weekly", "2026-W01", ZONE), parse("monthly", "2026-12", ZONE), "2024-02"
    assert week.since.isoformat() == "2025-12-28T16:00:00+00:00"
    assert week.until - week.since == timedelta(days=7)
    assert (month.before(ZONE).key, month.until.isoformat()) == ("2026-11", "2026-12-31T16:00:00+00:00")
    february = parse("monthly", leap, ZONE)
    assert february.until - february.since == timedelta(days=29)
    for words in ("2026-W60", "2026-11", "x", "0001-W01"):
        with pytest.raises(PeriodProblem, match="write 2026-"):
            parse("weekly", words, ZONE)
    with pytest.raises(PeriodProblem, match="write 2026-11"):
        parse("monthly", "2026-13", ZONE)
    closed = next_closing(NOON, ZONE, 6)
    assert closed == WEEK.until + 6 * HOUR
    assert last_closed("weekly", closed - HOUR, ZONE, 6).key != WEEK.key
    assert last_closed("weekly", closed, ZONE, 6).key == WEEK.key


def test_who_hands_over_is_noted_once(shop: Shop) -> None:
    """H1: giving a conversation to a person counts when it is given, not with every word after it."""
    from handlers.testing import MemoryTx, memory_desk

    tx = MemoryTx()
    desk = memory_desk(tx, tx.conversation(NOON), None, NOON)
    desk.hand_over()
    desk.hand_over()
    desk.take_back()
    desk.hand_over()
    assert len(tx.handovers.kept) == 2
