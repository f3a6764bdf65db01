"""`python -m bot orders quote` and the quotations it keeps (E6, E7), on both databases."""

from __future__ import annotations

import orjson
from sqlalchemy import select

from storage import Store
from storage.quotations import APPROVED, DECLINED
from storage.schema import messages
from tests.clock import tell
from tests.conftest import NOON
from tests.life.test_commands import NUMBER, Run, filled, run  # noqa: F401 - fixtures

WORK = ("--cause", "排水泵坏了", "--measures", "更换排水泵")


def test_a_plan_is_priced_and_the_customer_is_asked(filled: Store, run: Run) -> None:  # noqa: F811
    """E7: shown first, then sent with buttons that name this version; a second one takes its place."""
    told = run("quote", NUMBER.lower(), *WORK, "--part", "排水泵=98.00*2", "--work", "repair=60", "--dry-run")
    assert "排水泵 × 2" in told
    run("quote", NUMBER, *WORK, "--part", "排水泵=98.00*2", wrong=True)  # nobody has looked at it yet
    run("move", NUMBER, "take")
    assert "orders quote" in run("move", NUMBER, "quote", wrong=True)
    assert "asked about version 1" in run("quote", NUMBER, *WORK, "--part", "排水泵=98.00*2")
    assert "asked about version 2" in run("quote", NUMBER, *WORK, "--part", "排水泵=1,098.00")
    tell(filled)
    sent = filled.run(lambda tx: [row[0] for row in tx.execute(select(messages.c.body))])
    asked = [
        orjson.dumps(body).decode() for body in sent if "approve_quotation" in orjson.dumps(body).decode()
    ]
    order = filled.run(lambda tx: tx.orders.find(NUMBER))
    latest = filled.run(lambda tx: tx.quotations.latest(order.id))
    assert len(asked) == 2
    assert order.status == "waiting_for_customer"
    assert latest.version == 2
    assert latest.total == sum(line["amount"] for line in latest.lines)


def test_what_cannot_be_priced_is_told(filled: Store, run: Run) -> None:  # noqa: F811
    """E7: unknown orders, amounts and quantities that cannot be; nothing is written."""
    for words in (
        ("SR-202001010001", *WORK),
        (NUMBER, *WORK, "--part", "排水泵"),
        (NUMBER, *WORK, "--part", "排水泵=much"),
        (NUMBER, *WORK, "--part", "排水泵=9.80*x"),
        (NUMBER, *WORK, "--part", "排水泵=9.80*²"),
        (NUMBER, *WORK, "--work", "repair=an hour"),
    ):
        assert "Error" in run("quote", *words, wrong=True)
    order = filled.run(lambda tx: tx.orders.find(NUMBER))
    assert filled.run(lambda tx: tx.quotations.latest(order.id)) is None


def test_an_amount_with_commas_is_read_or_explained(filled: Store, run: Run) -> None:  # noqa: F811
    """E7: 1,280.00 is a price; a comma in the wrong place is told with how it is written."""
    assert "the comma is in the wrong place" in run(
        "quote", NUMBER, *WORK, "--part", "压缩机=1,28.00", wrong=True
    )
    assert "1,280.00" in run("quote", NUMBER, *WORK, "--part", "压缩机=1,280.00", "--dry-run")


def test_a_quotation_is_decided_once(filled: Store) -> None:  # noqa: F811
    """T13: of two answers to one version the first counts."""
    order = filled.run(lambda tx: tx.orders.find(NUMBER))
    filled.run(lambda tx: tx.quotations.ask(order.id, {}, [], 0, "CNY", NOON))
    row = filled.run(lambda tx: tx.quotations.latest(order.id))
    assert filled.run(lambda tx: tx.quotations.decide(row, APPROVED, "c1", NOON))
    assert not filled.run(lambda tx: tx.quotations.decide(row, DECLINED, "c1", NOON))
    assert filled.run(lambda tx: tx.quotations.latest(order.id)).state == APPROVED
