"""What a sheet takes from the order, its customer and what was done (E8, E9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.sheet.sheet import Appointment, Charges, Confirmation, LogEntry, Part, Reached, Work, of_order
from tests.sheet.sheets import COMPANY, MORNING, customer, events, full, order

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_the_order_goes_before_what_is_known_of_the_customer() -> None:
    """E9: somebody may report for another; what the order says counts, the rest is filled in."""
    known = customer(name="王芳", phone="+8613900139000", address="北京市海淀区")
    sheet = of_order(order(fields={"name": "李娜", "phone": "-"}), [], known, COMPANY)
    assert (sheet.customer_name, sheet.customer_phone) == ("李娜", "+8613900139000")
    assert sheet.customer_address == "北京市海淀区"


def test_an_order_without_anything_is_still_a_sheet() -> None:
    sheet = of_order(order(fields={}), [], None, COMPANY)
    assert sheet.number == "SR-202603020001"
    assert (sheet.customer_name, sheet.description, sheet.charges) == ("", "", None)


def test_dates_are_those_of_changes_in_the_zone_of_the_service() -> None:
    """E2: notes in between change no date; who comes back to a status comes at the later time."""
    happened = events(
        "created", "created", "accepted", "accepted", "resolved", "reopened", "accepted", "resolved"
    )
    sheet = of_order(order(), happened, None, COMPANY)
    assert sheet.dates == (
        Reached("created", MORNING),
        Reached("reopened", MORNING + timedelta(hours=15)),
        Reached("accepted", MORNING + timedelta(hours=18)),
        Reached("resolved", MORNING + timedelta(hours=21)),
    )
    assert all(one.at.tzinfo == SHANGHAI for one in sheet.dates)


def test_the_promise_is_told_while_it_is_open() -> None:
    """A5: until somebody has taken the order on."""
    assert of_order(order(status="created"), [], None, COMPANY).promised_at == MORNING + timedelta(minutes=15)
    assert of_order(order(status="accepted"), [], None, COMPANY).promised_at is None


def test_what_later_steps_bring_is_shown_in_local_time() -> None:
    """E7, E8: visit, service log and confirmation."""
    at = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
    sheet = of_order(
        order(), [], None, COMPANY,
        appointment=Appointment(at, at + timedelta(hours=2), "李师傅"),
        work=Work(log=(LogEntry(at, "到场", "李师傅", "家中"),)),
        confirmation=Confirmation(at, "wechat", "张伟"),
    )  # fmt: skip
    assert sheet.appointment is not None
    assert sheet.appointment.start.isoformat() == "2026-03-03T00:30:00+08:00"
    assert sheet.appointment.end is not None
    assert sheet.appointment.end.hour == 2
    assert sheet.work.log[0].at.day == 3
    assert sheet.confirmation is not None
    assert sheet.confirmation.at.day == 3


def test_the_total_is_what_the_parts_and_labour_come_to() -> None:
    """E6, E8: amounts are whole minor units, so nothing is lost in rounding."""
    charges = Charges((Part("a", quantity=3, unit_price=3333), Part("b", unit_price=1)), labour=12000)
    assert charges.total == 3 * 3333 + 1 + 12000
    assert full().charges is not None
    assert full().charges.total == 24200  # type: ignore[union-attr]
