"""Canned replies for one conversation, with its names filled in."""

from __future__ import annotations

from dataclasses import replace

from bot.console.means import Doer
from bot.console.parts import Parts
from bot.console.replying import canned
from storage import Tx
from storage.canned import CannedReply
from storage.schema import conversations


async def offered(parts: Parts, doer: Doer, conversation_id: int, typed: str) -> list[CannedReply] | None:
    """Those that fit what was typed; None where there is no such conversation."""
    now = parts.clock()
    if not await parts.store.read(lambda tx: tx.canned.any()):
        await parts.store.transact(lambda tx: canned.ship(tx, now))

    def work(tx: Tx) -> list[CannedReply] | None:
        there = conversations.c.id == conversation_id
        if tx.execute(conversations.select().where(there)).first() is None:
            return None
        room = tx.conversations.get(conversation_id)
        begun = tx.handovers.current(conversation_id)
        orders = tx.orders.of_customer(room.customer_id, 1)
        known = {
            "customer": tx.customers.get(room.customer_id).name or "",
            "order": orders[0].number if orders else "",
            "agent": doer.user.shown,
        }
        skills = [begun.skill] if begun is not None and begun.skill else []
        found = tx.canned.offered(typed, parts.voice.language(room), skills)
        return [replace(one, text=canned.filled(one.text, known)) for one in found]

    return await parts.store.read(work)
