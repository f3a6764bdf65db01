"""Planted bugs: each breaks one thing that the desk relies on; the simulation must find every one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from sqlalchemy import bindparam, delete, literal_column, update

from bot import postman, turns
from bot.delays import Delays
from bot.messages import Taken
from bot.postman import Postman
from bot.spool import Spool
from handlers.life import moving, telling
from storage import outbox_sql
from storage.conversations import Conversation, Conversations
from storage.drafts import Drafts
from storage.messages import Messages
from storage.orders import Orders
from storage.outbox import Outbox, Settled
from storage.schema import drafts, outbox
from storage.statements import Prepared
from tests.simulation import store as simulated

Mutant = Callable[[], Any]
MUTANTS: dict[str, Mutant] = {}


def mutant(plant: Callable[[], Iterator[None]]) -> Mutant:
    """Register a planted bug under its name."""
    MUTANTS[plant.__name__] = contextmanager(plant)
    return MUTANTS[plant.__name__]


@mutant
def acknowledges_before_commit() -> Iterator[None]:
    """The caller hears of success when the work has run, not when it is durable."""
    real = simulated.work_off

    def work_off(connection: Any, jobs: list[Any], faults: Any) -> bool:
        for job in jobs:
            work = job.work

            def early(tx: Any, job: Any = job, work: Any = work) -> Any:
                result = work(tx)
                job.done.set_result(result)
                return result

            job.work = early
        try:
            return real(connection, jobs, faults)
        except Exception:  # noqa: BLE001 - set twice: the caller has its result already
            return False

    with patch.object(simulated, "work_off", work_off):
        yield


@mutant
def forgets_duplicates() -> Iterator[None]:
    """A repeated message is taken as a new one."""
    real, numbers = Messages.take, itertools.count()

    def take(self: Messages, conversation: Conversation, external_id: str, *rest: Any) -> int | None:
        taken = real(self, conversation, external_id, *rest)
        return taken or real(self, conversation, f"{external_id}/{next(numbers)}", *rest)

    with patch.object(Messages, "take", take):
        yield


@mutant
def leaves_a_gap() -> Iterator[None]:
    """A duplicate uses up a number."""
    real = Messages.take

    def take(self: Messages, conversation: Conversation, *rest: Any) -> int | None:
        taken = real(self, conversation, *rest)
        if taken is None:
            Conversations(self._tx).save(replace(conversation, last_seq=conversation.last_seq + 1), rest[-1])
        return taken

    with patch.object(Messages, "take", take):
        yield


@mutant
def claims_without_order() -> Iterator[None]:
    """Any due message may go, not only the first of its conversation."""
    sql = outbox_sql
    heads = Prepared(
        sql._FULL.where(
            *sql._ACCOUNT, sql.outbox.c.state == "pending", sql.outbox.c.due_at <= sql.bindparam("now")
        )
        .order_by(sql.outbox.c.due_at, sql.outbox.c.id.desc())
        .limit(sql.bindparam("most"))
    )
    with patch.object(outbox_sql, "HEADS", heads):
        yield


@mutant
def repeats_blindly() -> Iterator[None]:
    """An attempt whose result was lost is simply made again."""
    real = Outbox.abandon

    def abandon(self: Outbox, ids: Any, state: str, *rest: Any) -> None:
        real(self, ids, "pending", *rest)

    with patch.object(Outbox, "abandon", abandon):
        yield


@mutant
def saves_after_letting_go() -> Iterator[None]:
    """The conversation is written in a later transaction than the message."""
    real = Conversations.save
    late: list[tuple[Conversation, Any]] = []

    def save(self: Conversations, conversation: Conversation, now: Any) -> None:
        for other, then in late:
            real(self, other, then)
        late[:] = [(replace(conversation, state=dict(conversation.state)), now)]

    with patch.object(Conversations, "save", save):
        yield


@mutant
def never_unparks() -> Iterator[None]:
    """What was parked stays parked when the customer writes."""
    with patch.object(Outbox, "unpark", lambda self, conversation_id, due_at: 0):
        yield


@mutant
def parks_without_looking() -> Iterator[None]:
    """A message is parked though the customer wrote while it was tried."""
    with patch.object(Messages, "wrote_since", lambda self, conversation_id, seq: False):
        yield


@mutant
def parks_only_one() -> Iterator[None]:
    """What follows a parked message is still tried, and may overtake it."""

    def park(tx: Any, one: Any, now: Any) -> None:
        with patch.object(Outbox, "stop", lambda *_: 0):
            real(tx, one, now)

    real = postman._park
    with patch.object(postman, "_park", park):
        yield


@mutant
def hands_over_without_claiming() -> Iterator[None]:
    """Passive replies are not marked as being sent, so the postman sends them too."""
    real = Outbox.claim

    def claim(self: Outbox, ids: Any, holder: str, now: Any, carried_by: int | None = None) -> set[int]:
        return set(ids) if carried_by else real(self, ids, holder, now)

    with patch.object(Outbox, "claim", claim):
        yield


@mutant
def writes_the_outbox_elsewhere() -> Iterator[None]:
    """A reply's outbox row is written by the next turn's transaction."""
    real = Outbox.put
    late: list[tuple[Any, ...]] = []

    def put(self: Outbox, many: Any, *moments: Any) -> list[tuple[int, str]]:
        for other in late:
            real(self, *other)
        late[:] = [([(replace(room), *ids) for room, *ids in many], *moments)]
        return [(1, f"{room.id}-{seq}") for room, _, seq in many]

    with patch.object(Outbox, "put", put):
        yield


@mutant
def numbers_orders_by_the_highest() -> Iterator[None]:
    """An order's number is one more than the customer's highest, which somebody else may have by now."""
    real = Orders.open

    def opened(self: Orders, **values: Any) -> Any:
        own = len(self.of_customer(values["customer_id"], 1000))
        with patch.object(Orders, "_number", lambda self, day: f"SR-{day}{own + 1:04d}"):
            return real(self, **values)

    with patch.object(Orders, "open", opened):
        yield


@mutant
def clears_everybodys_drafts() -> Iterator[None]:
    """Finishing one report forgets the others."""

    def clear(self: Drafts, conversation_id: int) -> None:
        self._tx.execute(delete(drafts))

    with patch.object(Drafts, "clear", clear):
        yield


@mutant
def trusts_late_results() -> Iterator[None]:
    """A result is recorded whoever has the row by now."""
    real = Outbox.settle

    def settle(self: Outbox, results: Any) -> None:
        real(self, [replace(result, holder=None) for result in results])

    with patch.object(Outbox, "settle", settle):
        yield


@mutant
def takes_one_claim_for_another() -> Iterator[None]:
    """A claim that was never committed is given back although the row was claimed again meanwhile."""
    unfenced = Prepared(
        update(outbox)
        .where(
            outbox.c.id == bindparam("wanted"),
            outbox.c.holder == bindparam("by"),
            outbox.c.attempts == bindparam("attempt"),
            outbox.c.state == literal_column("'sending'"),
        )
        .values({name: bindparam(name) for name in outbox_sql.SETTLED})
    )
    with patch.object(outbox_sql, "SETTLE_OWN", unfenced):
        yield


@mutant
def forgets_claims_of_unknown_commits() -> Iterator[None]:
    """Rows claimed by a commit whose answer was lost are never given back."""
    real = Postman._settled

    def settled(self: Postman, row: Any, state: str, now: Any, **more: Any) -> Settled:
        result = real(self, row, state, now, **more)
        lost = more.get("attempts") == row.attempts and "due_at" not in more
        return replace(result, id=-1) if lost else result

    with patch.object(Postman, "_settled", settled):
        yield


@mutant
def repeats_unanswered_sends() -> Iterator[None]:
    """A send without an answer counts as not sent."""
    real = Postman._settled

    def settled(self: Postman, row: Any, state: str, now: Any, **more: Any) -> Settled:
        return real(self, row, "pending" if state == "unknown" else state, now, **more)

    with patch.object(Postman, "_settled", settled):
        yield


@mutant
def drops_what_it_cannot_deliver() -> Iterator[None]:
    """After the last attempt a message is called sent."""
    real = Postman._settled

    def settled(self: Postman, row: Any, state: str, now: Any, **more: Any) -> Settled:
        return real(self, row, "sent" if state == "undeliverable" else state, now, **more)

    with patch.object(Postman, "_settled", settled):
        yield


@mutant
def spool_forgets_before_taking() -> Iterator[None]:
    """A message leaves the disk before the database has it."""
    real = Spool.first

    def first(self: Spool) -> Any:
        inbound = real(self)
        if inbound is not None:
            Spool.take(self)
        return inbound

    with patch.object(Spool, "first", first), patch.object(Delays, "_replay", _replay_taken):
        yield


async def _replay_taken(self: Any, retake: Any) -> None:
    import asyncio

    while True:
        while (inbound := self._spool.first()) is not None:
            try:
                await retake(inbound)
            except Exception:  # noqa: BLE001 - the planted bug
                continue
        await asyncio.sleep(2.0)


@mutant
def spool_appends_to_torn_lines() -> Iterator[None]:
    """Half a line of a full disk stays where the next message is written."""
    with patch.object(Spool, "keep", _keep_torn):
        yield


def _keep_torn(self: Any, inbound: Any) -> None:
    from dataclasses import asdict

    import orjson

    line = orjson.dumps(asdict(inbound)) + b"\n"
    self._path.parent.mkdir(parents=True, exist_ok=True)
    with self._path.open("ab") as file:
        self._write(file, line)
    self._end += len(line)
    self.waiting += 1


@mutant
def waits_for_the_hopeless() -> Iterator[None]:
    """A message on disk that no turn can take holds up everybody behind it."""
    with patch.object(Delays, "_set_aside", lambda self: None):
        yield


@mutant
def forgets_half_of_a_group() -> Iterator[None]:
    """When a group's commit fails, only the first of those who wait is told."""
    real = simulated.work_off

    def work_off(connection: Any, jobs: list[Any], faults: Any) -> bool:
        told = [job.done for job in jobs]
        for job in jobs[1:]:
            job.done = Future()
        kept = real(connection, jobs, faults)
        for job, waiting in zip(jobs[1:], told[1:], strict=True):
            if job.done.exception() is None:
                waiting.set_result(job.done.result())
        return kept

    with patch.object(simulated, "work_off", work_off):
        yield


@mutant
def overtakes_the_spool() -> Iterator[None]:
    """A new message does not queue behind those on disk."""
    with patch.object(Delays, "waiting", property(lambda self: 0)):
        yield


@mutant
def keeps_nothing_on_disk() -> Iterator[None]:
    """A message is acknowledged and forgotten while the database is away."""
    with patch.object(Delays, "keep", lambda self, inbound: Taken(0, duplicate=False, delayed=True)):
        yield


@mutant
def half_a_turn() -> Iterator[None]:
    """Only the first of several bubbles is written when a turn says more."""
    real = turns.merge

    with patch.object(turns, "merge", lambda replies: real(replies)[:1]):
        yield


@mutant
def overlooks_that_an_order_was_changed() -> Iterator[None]:
    """Whoever moves an order need not have seen how it stands."""
    real = moving.move

    def move(*args: Any, **options: Any) -> Any:
        return real(*args, **{**options, "expected_version": None})

    with patch.object(telling, "move", move):
        yield


@mutant
def moves_without_a_word() -> Iterator[None]:
    """The order is moved in one transaction, and its customer told in none."""
    with patch.object(telling, "tell", lambda *args, **values: None):
        yield
