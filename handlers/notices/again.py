"""What was said unasked and did not arrive: the customer's next conversation, else a task (F6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from handlers.notices.deciding import Facts, Reasons, Verdict, Way, blocked, decide
from handlers.notices.kinds import KINDS
from handlers.notices.sending import BUSY_WAIT
from handlers.notices.settings import NoticeSettings, quiet_until
from storage.conversations import Conversation
from storage.notices import Lost, Notice
from storage.tasks import Task
from storage.timers import Timer

if TYPE_CHECKING:
    from storage import Tx

AGAIN = "tell_again"
NOT_DELIVERED = "not_delivered"
WAITS = "parked"
"""The state of a message that waits for the customer's next one."""


class Repeating(Protocol):
    """How the desk says what it has said elsewhere (see `scheduler.Voice`)."""

    def repeat(self, tx: Tx, conversation: Conversation, body: Mapping[str, Any], now: datetime) -> int:
        """Say in this conversation what was said in another; returns the message's id."""
        ...

    def keep(self, conversation: Conversation, slots: Mapping[str, Any]) -> None:
        """Remember in the conversation what was asked there."""
        ...


def undelivered(tx: Tx, row_ids: Iterable[int], now: datetime) -> None:
    """Leave it to the clock to say elsewhere what these outbox rows, or those behind them, did not bring."""
    ids = list(row_ids)
    for one in tx.notices.lost(ids) if ids else ():
        key = f"{AGAIN}:{one.outbox_id}"
        payload = {"row": one.outbox_id, "notice": one.notice.key}
        tx.timers.set(Timer(key, AGAIN, now, one.notice.order_id, one.conversation_id, payload=payload), now)


def lost_by(tx: Tx, row_id: int) -> Lost | None:
    """The notice that this row was to bring; None where it is on its way again, or settled otherwise."""
    return next((one for one in tx.notices.lost([row_id]) if one.outbox_id == row_id), None)


def tell_again(
    tx: Tx,
    voice: Repeating,
    lost: Lost,
    keeps: Mapping[str, Any],
    settings: NoticeSettings,
    zone: str,
    now: datetime,
) -> datetime | None:
    """Say it in another conversation, or call a person; when to ask again, where neither may be now.

    The conversation in which it was said is locked by the caller. What waits there for the customer's next
    message stays only where it is worth that, and was told nowhere else.
    """
    notice = lost.notice
    row = tx.outbox.get(lost.outbox_id)
    reasons: Reasons = [
        *notice.reasons,
        {"rule": NOT_DELIVERED, "conversation": lost.conversation_id, "why": (row.reason or "")[:200]},
    ]
    verdict = decide(replace(KINDS[notice.kind], parks=False, waits=False, home_only=False),
                     _facts(tx, notice, reasons, settings, zone, now), settings)  # fmt: skip
    if verdict.until is not None:
        return verdict.until
    room = None
    if verdict.way is not None:
        room = tx.conversations.take(verdict.way.conversation_id)
        if room is None:
            return now + BUSY_WAIT
    if room is None and KINDS[notice.kind].parks and lost.state == WAITS:
        verdict = replace(verdict, decision="parked")
        _task(tx, lost, now)
    else:
        tx.outbox.give_up(lost.outbox_id, row.reason or "")
        if verdict.decision == "task":
            _task(tx, lost, now)
    message_id = notice.message_id
    if room is not None:
        message_id = voice.repeat(tx, room, row.body, now)
        voice.keep(room, keeps)
        tx.conversations.save(room, now)
    tx.notices.change(_decided(notice, verdict, reasons, message_id, now))
    return None


def _facts(
    tx: Tx, notice: Notice, reasons: Reasons, settings: NoticeSettings, zone: str, now: datetime
) -> Facts:
    """What is left to try, and that it may be said at night if it was."""
    kind = KINDS[notice.kind]
    tried = {reason["conversation"] for reason in reasons if reason["rule"] == NOT_DELIVERED}
    rooms = () if kind.home_only else tx.conversations.of_customer(notice.customer_id)
    left = [room for room in rooms if room.id not in tried]
    windows = tx.windows.among([room.id for room in left])
    customer = tx.customers.get(notice.customer_id)
    hours = customer.quiet_hours or settings.quiet_hours
    return Facts(
        customer=customer,
        ways=[
            Way(room.id, room.channel, blocked(room, windows.get(room.id), settings, now, kind.over_person))
            for room in left
        ],
        zone=zone,
        with_person=False,
        busy=False,
        wanted_at=notice.decided_at,
        now=now,
        at_night=quiet_until(notice.decided_at, hours, customer.zone or zone) is not None,
    )


def _decided(
    notice: Notice, verdict: Verdict, reasons: Reasons, message_id: int | None, now: datetime
) -> Notice:
    said = verdict.way is not None
    return replace(
        notice,
        decided_at=now,
        decision="other_channel" if said else verdict.decision,
        reasons=[*reasons, *verdict.reasons],
        conversation_id=verdict.way.conversation_id if verdict.way else notice.conversation_id,
        message_id=message_id,
    )


def _task(tx: Tx, lost: Lost, now: datetime) -> None:
    notice = lost.notice
    note = f"{notice.kind}: the customer could not be told ({NOT_DELIVERED})"
    tx.tasks.add(
        Task("tell_customer", note, now, notice.order_id, lost.conversation_id, notice.customer_id, now)
    )
