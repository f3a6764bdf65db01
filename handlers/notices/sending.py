"""The one way in which the clock speaks to customers: decided, said, and recorded with its reasons (F6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from handlers.life.telling import Voice
from handlers.notices.deciding import Facts, Verdict, Way, blocked, decide
from handlers.notices.kinds import KINDS
from handlers.notices.settings import NoticeSettings
from storage.conversations import Conversation
from storage.notices import Notice
from storage.orders import Order
from storage.tasks import Task

if TYPE_CHECKING:
    from storage import Tx

Words = Callable[[str], dict[str, Any]]
"""The values of a response in that language."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something to be said: its key names the cause, and one cause is told once."""

    key: str
    kind: str
    response: str
    wanted_at: datetime
    order: Order | None = None


def send(
    tx: Tx,
    voice: Voice,
    home: Conversation,
    wanted: Wanted,
    settings: NoticeSettings,
    zone: str,
    now: datetime,
    words: Words = lambda language: {},
) -> Verdict | None:
    """Say it where and when it may be said; None where it was settled before.

    `home` is the conversation it belongs to, locked by the caller and saved here where it is spoken in.
    Where the verdict is `postponed`, the caller asks again at `until`.
    """
    if tx.notices.settled(wanted.key):
        return None
    customer_id = wanted.order.customer_id if wanted.order else home.customer_id
    found = {home.id: home} | {one.id: one for one in tx.conversations.of_customer(customer_id)}
    found[home.id] = home
    facts = Facts(
        customer=tx.customers.get(customer_id),
        ways=[_way(tx, one, settings, now) for one in found.values()],
        zone=zone,
        with_person=home.owner == "human",
        wanted_at=wanted.wanted_at,
        now=now,
    )
    verdict = decide(KINDS[wanted.kind], facts, settings)
    message_id = None
    if verdict.said and verdict.way is not None:
        target = found[verdict.way.conversation_id]
        if target is not home:
            target = tx.conversations.get(target.id, lock=True)
        message_id = _say(tx, voice, target, wanted.response, now, words)
    elif verdict.decision == "task":
        _task(tx, home, wanted, customer_id, verdict, now)
    tx.notices.decide(_notice(wanted, customer_id, verdict, message_id, now))
    return verdict


def drop(tx: Tx, home: Conversation, wanted: Wanted, rule: str, now: datetime) -> None:
    """Record that it was not said because its cause is gone."""
    customer_id = wanted.order.customer_id if wanted.order else home.customer_id
    tx.notices.decide(_notice(wanted, customer_id, Verdict("dropped", [{"rule": rule}]), None, now))


def _way(tx: Tx, conversation: Conversation, settings: NoticeSettings, now: datetime) -> Way:
    why = blocked(conversation, tx.windows.get(conversation.id), settings, now)
    return Way(conversation.id, conversation.channel, why)


def _say(
    tx: Tx, voice: Voice, target: Conversation, response: str, now: datetime, words: Words
) -> int | None:
    voice.say(tx, target, response, now, **words(voice.language(target)))
    tx.conversations.save(target, now)
    message = tx.messages.by_seq(target.id, target.last_seq)
    return message.id if message else None


def _task(
    tx: Tx, home: Conversation, wanted: Wanted, customer_id: int, verdict: Verdict, now: datetime
) -> None:
    why = ", ".join(str(reason["rule"]) for reason in verdict.reasons)
    tx.tasks.add(
        Task(
            "tell_customer",
            f"{wanted.kind}: the customer could not be told ({why})",
            now,
            wanted.order.id if wanted.order else None,
            home.id,
            customer_id,
            now,
        )
    )


def _notice(
    wanted: Wanted, customer_id: int, verdict: Verdict, message_id: int | None, now: datetime
) -> Notice:
    return Notice(
        wanted.key,
        wanted.kind,
        customer_id,
        now,
        verdict.decision,
        verdict.reasons,
        wanted.order.id if wanted.order else None,
        verdict.way.conversation_id if verdict.way else None,
        message_id,
    )
