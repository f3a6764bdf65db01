"""The service log 服务记录: what the staff writes down of their work, checked and kept (E8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from handlers.checks import clean
from handlers.life import Actor, move_and_tell
from storage.orders import Order
from storage.service_log import LogEntry

if TYPE_CHECKING:
    from storage import Tx

MOST = 1000
"""Of one part in one entry, and characters of each text."""
_PART = re.compile(r"(?P<model>[^*×]{1,100}?)(?:\s*[*×x]\s*(?P<quantity>\d{1,4}))?")


class LogProblem(ValueError):
    """An entry cannot be kept: `field` is what is wrong, the message says why."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True, slots=True)
class Part:
    """A part that was put in."""

    model: str
    quantity: int = 1

    @classmethod
    def read(cls, text: str) -> Part:
        """Read `MODEL` or `MODEL*2`; raises LogProblem."""
        found = _PART.fullmatch(text.strip())
        quantity = int(found["quantity"] or 1) if found else 0
        if found is None or not found["model"].strip() or not 1 <= quantity <= MOST:
            raise LogProblem("parts", f"'{text}' is no part: expected MODEL or MODEL*QUANTITY")
        return cls(found["model"].strip(), quantity)


@dataclass(frozen=True, slots=True)
class Work:
    """What was done, as the one who did it tells it."""

    done: str
    at: datetime
    by: str | None = None
    """The code of who did it; else whoever has the order."""
    place: str = ""
    parts: tuple[Part, ...] = ()
    old_parts: str = ""
    solution: str = ""
    customer_words: str = ""


def file(tx: Tx, order: Order, work: Work, actor: Actor, now: datetime) -> LogEntry:
    """Keep an entry of the order's service log; raises LogProblem, or Refused where the order takes none."""
    done = clean(work.done, MOST)
    if not done:
        raise LogProblem("done", "what was done must be said")
    if work.at > now:
        raise LogProblem("at", "work cannot be logged before it is done")
    if work.at < order.created_at:
        raise LogProblem("at", f"the order was opened later, at {order.created_at.isoformat()}")
    moved = move_and_tell(tx, order, "log", actor, done, now, values={"entry": done})
    entry = LogEntry(
        order_id=order.id,
        staff_id=_worker(tx, moved.order, work.by),
        at=work.at,
        place=_text(work.place),
        done=done,
        parts=[{"model": part.model, "quantity": part.quantity} for part in work.parts],
        old_parts=_text(work.old_parts),
        solution=_text(work.solution),
        customer_words=_text(work.customer_words),
        filed_at=now,
    )
    tx.service_log.add(entry)
    return entry


def _worker(tx: Tx, order: Order, code: str | None) -> int | None:
    if code is None:
        return order.assignee_id
    member = tx.staff.find(code)
    if member is None:
        raise LogProblem("by", f"nobody of the staff has the code {code}")
    return member.id


def _text(words: str) -> str | None:
    return clean(words, MOST) or None
