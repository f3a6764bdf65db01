"""Customers whom the clock has something to tell while the desk is killed: each is told once (F8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select

from bot.simulators.telegram import Customer, TelegramSimulator
from storage import Store, Tx
from storage.schema import conversations, messages, notices, orders, outbox, timers
from storage.timers import Timer

JOB = "progress"
DAYS = timedelta(days=2)
APART = timedelta(milliseconds=100)


def waiting(store: Store, platform: TelegramSimulator, many: int) -> list[Customer]:
    """Customers of open orders about which nothing was said for days: one after the other falls due."""
    customers = [platform.customer(f"等候{number}") for number in range(many)]
    for customer in customers:
        customer.chat.started = True
    account = str(platform.me["id"])

    def keep(tx: Tx) -> None:
        now = datetime.now(UTC)
        for number, customer in enumerate(customers):
            talk = tx.conversations.enter("telegram", account, str(customer.id), now - DAYS)
            tx.orders.open(
                request_key=f"told{number}", kind="fault", customer_id=talk.customer_id, fields={},
                conversation_id=talk.id, local_day="20260301", now=now - DAYS,
            )  # fmt: skip
        tx.execute(delete(timers))
        for number, order in enumerate(tx.execute(select(orders.c.id).order_by(orders.c.id)).scalars()):
            tx.timers.set(Timer(f"{JOB}:{order}", JOB, now + APART * number, order), now)

    store.run(keep)
    return customers


def all_told(store: Store) -> bool:
    """Whether everything that fell due was decided."""
    due = select(func.count()).select_from(timers).where(timers.c.job == JOB)
    soon = datetime.now(UTC) + timedelta(hours=1)
    return not store.run(lambda tx: tx.execute(due.where(timers.c.due_at < soon)).scalar_one())


def check(store: Store, customers: Sequence[Customer]) -> None:
    """One notice, one message and one outbox row each; heard once, or visibly unknown."""
    for customer in customers:
        room = conversations.c.peer == str(customer.id)
        decided, said, sends = store.run(
            lambda tx, room=room: tuple(  # type: ignore[misc]
                tx.execute(
                    select(table)
                    .join(conversations, conversations.c.id == table.c.conversation_id)
                    .where(room)
                ).all()
                for table in (notices, messages, outbox)
            )
        )
        assert [(row.kind, row.decision) for row in decided] == [(JOB, "sent")], "F8: lost or decided twice"
        assert [row.seq for row in said] == [1], "F8: said twice"
        (send,) = sends
        assert decided[0].message_id == said[0].id == send.message_id
        if send.state == "sent":
            assert [message["message_id"] for message in customer.heard] == [int(send.external_id)]
        else:
            assert send.state == "unknown", "T11"
            assert len(customer.heard) <= 1, "T10: heard twice"
