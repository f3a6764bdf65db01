"""What must hold in every simulated world, named as in the project's list of promises."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from bot.console import acting
from handlers.life import life
from handlers.life.telling import NEWS
from storage import Tx
from storage.notices import POSTPONED
from storage.schema import (
    conversations,
    drafts,
    leases,
    messages,
    notices,
    order_events,
    orders,
    outbox,
    owner_events,
    timers,
)
from tests.simulation import books, hands, people_books, writing
from tests.simulation.books import Violation, require
from tests.simulation.dialogue import remembered
from tests.simulation.following_books import check_following
from tests.simulation.promise_books import Spans, check_promises
from tests.simulation.service import QUIET, ROUND_THE_CLOCK, RULES, SPANS, ZONE

if TYPE_CHECKING:
    from tests.simulation.world import World

FINAL = ("sent", "unknown", "undeliverable", "withdrawn")


_PARKED = (
    select(outbox.c.channel, conversations.c.peer, outbox.c.key)
    .join(conversations, conversations.c.id == outbox.c.conversation_id)
    .where(outbox.c.state == "parked", conversations.c.unreachable_since.is_(None))
)


def check_safety(world: World) -> None:
    """What holds at every moment, faults or not."""
    world.database.look(lambda tx: _check_rows(tx, world))
    world.database.look(world.viewer.check)
    _check_showings(world)


def check_liveness(world: World) -> None:
    """L1: what holds once faults have stopped and everything has come to rest."""
    world.database.look(lambda tx: _check_rest(tx, world))


def check_parked(world: World) -> None:
    """L1: nothing is parked once the customer wrote again, as long as the platform would take it."""
    parked = world.database.look(lambda tx: list(tx.execute(_PARKED)))
    for channel, peer, key in parked:
        platform = world.platforms[channel]
        shut = platform.closed | platform.blocked | platform.unheard
        require(peer in shut, "L1", f"{channel}: {key} is parked for no reason")


def _check_rows(tx: Tx, world: World) -> None:
    said = defaultdict(list)
    for row in tx.execute(select(messages).order_by(messages.c.conversation_id, messages.c.seq)):
        said[row.conversation_id].append(row)
    sends = {row.message_id: row for row in tx.execute(select(outbox))}
    everything = [row for rows in said.values() for row in rows]
    _check_inbound(tx, world, everything)
    if len(world.processes) == 1:
        _check_arrival(world, everything)
    unfinished = set(tx.execute(select(drafts.c.conversation_id)).scalars())
    changes = defaultdict(list)
    for event in tx.execute(select(owner_events).order_by(owner_events.c.revision)):
        changes[event.conversation_id].append(event)
    hands.check_hands(tx)
    opened: Counter[int] = Counter(tx.execute(select(orders.c.conversation_id)).scalars())
    for conversation in tx.execute(select(conversations)):
        rows = said[conversation.id]
        name = f"{conversation.channel}/{conversation.peer}"
        numbers = [row.seq for row in rows]
        require(numbers == list(range(1, len(rows) + 1)), "T3", f"{name}: numbers {numbers}")
        require(conversation.last_seq == len(rows), "T3", f"{name}: last_seq {conversation.last_seq}")
        for row in rows:
            if row.author != "customer":
                require(row.id in sends, "T12", f"{name}: message {row.seq} has no outbox row")
        _check_memory(conversation, rows, changes[conversation.id], name)
        if conversation.unreachable_since is None and not world.clock_was_set:
            _check_parked(rows, sends, name)
        form = conversation.state.get("form")
        require((conversation.id in unfinished) == bool(form), "T17", f"{name}: the draft and form {form}")
        wanted = conversation.state.get("orders", 0)
        require(
            opened[conversation.id] == wanted, "T13", f"{name}: {opened[conversation.id]} of {wanted} orders"
        )
    _check_orders(tx)
    books.check_paths(tx)
    steady = not world.clock_was_set
    check_promises(tx, _lengths(world))
    books.check_overdue(tx, world.swept)
    books.check_notices(tx, QUIET, lambda moment: ZONE, steady)
    books.check_visits(tx, places=1)
    books.check_counts(tx)
    check_following(tx, RULES[0], steady)
    people_books.check_customers(tx)
    people_books.check_dispatches(tx)
    hands.check_notes(tx, world.given_to_model)
    hands.check_rights(tx)
    writing.check_drafts(tx, world.writing)
    hands.check_staff(tx, world.queue_swept)


def _lengths(world: World) -> Spans:
    """The promises whose ends can be worked out anew: no clock was set, no calendar edited."""
    if world.clock_was_set:
        return {}
    return {what: span for what, span in SPANS.items() if not world.holidays or span[1] is ROUND_THE_CLOCK}


def _check_inbound(tx: Tx, world: World, rows: list[Any]) -> None:
    counted = Counter((row.channel, row.external_id) for row in rows if row.external_id)
    twice = [place for place, count in counted.items() if count > 1]
    require(not twice, "T2", f"taken twice: {twice}")
    sent = {(inbound.address.channel, inbound.external_id) for inbound in world.said}
    require(counted.keys() <= sent, "T2", f"taken, but never sent: {counted.keys() - sent}")
    try:
        spooled = [*world.set_aside(), *(one for spool in world.spools() for one in spool.everything())]
    except ValueError as problem:
        raise Violation("T1", f"what is kept on disk cannot be read: {problem}") from None
    kept = {(inbound.address.channel, inbound.external_id) for inbound in spooled}
    for place, inbound in world.acknowledged.items():
        require(place in counted or place in kept, "T1", f"acknowledged and gone: {place} {inbound.text}")


def _check_arrival(world: World, rows: list[Any]) -> None:
    """T2: who was answered before they wrote again is taken in that order (a process has its own disk)."""
    taken = {(row.channel, row.external_id): row.seq for row in rows if row.external_id}
    came = defaultdict(list)
    for inbound in {(one.address.channel, one.external_id): one for one in world.said}.values():
        place = (inbound.address.channel, inbound.external_id)
        if place in world.asked and not inbound.text.startswith("poison"):
            came[inbound.address].append(place)
    for peer, places in came.items():
        answered = sorted((world.answered[one], one) for one in places if one in world.answered)
        earlier, before = iter(answered), 0
        following = next(earlier, None)
        for place in sorted(places, key=lambda one: world.asked[one]):
            while following is not None and following[0] < world.asked[place]:
                before = max(before, taken.get(following[1], len(rows) + 1))
                following = next(earlier, None)
            if place in taken:
                require(taken[place] > before, "T2", f"{peer}: {place} overtook what was answered before")


def _check_memory(conversation: Any, rows: list[Any], changes: list[Any], name: str) -> None:
    """T2: every message had its effect exactly once, in the order of the numbers."""
    taken = [row for row in rows if row.author == "customer" and "event" not in row.body]
    texts = [row.body.get("text", "") for row in taken]
    state, owner, steps = remembered(
        texts, conversation.state.get("abandoned", []), hands.foreign(changes, taken)
    )
    beside = ("slots", acting.BEFORE)  # the second is for undoing, and no part of what the dialogue knows
    kept = {name: value for name, value in conversation.state.items() if name not in beside}
    require(kept == state, "T2", f"{name}: remembers {kept} instead of {state}")
    require(conversation.owner == owner, "T2", f"{name}: owner {conversation.owner} instead of {owner}")
    answers = Counter(row.answers for row in rows if row.answers)
    for row, step in zip(taken, steps, strict=True):
        require(
            answers[row.id] == step.bubbles,
            "T12",
            f"{name}: {answers[row.id]} of {step.bubbles} to {row.seq}",
        )


def _check_parked(rows: list[Any], sends: dict[int, Any], name: str) -> None:
    """L1: a message that could not be sent is not parked if the customer wrote while it was tried."""
    wrote = [row.created_at for row in rows if row.author == "customer" and "event" not in row.body]
    for row in rows:
        send = sends.get(row.id)
        if send is not None and send.state == "parked" and send.attempt_at is not None:
            between = [at for at in wrote if send.attempt_at < at < send.due_at]
            require(not between, "L1", f"{name}: {row.seq} is parked though the customer wrote meanwhile")


def _check_orders(tx: Tx) -> None:
    """T13: who moves an order has seen how it stands. T12: what a move tells is told once, or will be."""
    version: Counter[int] = Counter()
    wanted = set()
    for row in tx.execute(select(order_events).order_by(order_events.c.id)):
        if row.actor == "supervisor":
            saw = f"saw {version[row.order_id]}"
            name = f"order {row.order_id}"
            require(row.actor_id == saw, "T13", f"{name}: {row.move} by one who {row.actor_id}, not {saw}")
            if life().moves[row.move].tells is not None:
                wanted.add(f"{NEWS}:{row.order_id}:{row.version}:{row.move}:{row.at:%H%M%S.%f}")
        version[row.order_id] = row.version
    waiting = tx.execute(select(timers.c.key).where(timers.c.job == NEWS)).scalars()
    decided = select(notices.c.key).where(notices.c.kind == NEWS, notices.c.decision != POSTPONED)
    lost = wanted - {*waiting, *tx.execute(decided).scalars()}
    require(not lost, "T12", f"nobody is told of {sorted(lost)[:3]}")


def _check_showings(world: World) -> None:
    states = world.database.look(
        lambda tx: {(row.channel, row.key): row for row in tx.execute(select(outbox))}
    )
    for platform in world.platforms.values():
        for key, count in platform.keys.items():
            allowed = 1 + (0 if platform.idempotent else world.retried[key])
            require(count <= allowed, "T10", f"{platform.name}: {key} was shown {count} times")
            require((platform.name, key) in states, "T12", f"{platform.name}: {key} was never written")
        for peer, showings in platform.shown.items():
            certain = [one for one in showings if not one.doubtful and not world.retried[one.key]]
            if platform.passive:  # a reply whose carrier died is given to whoever asks for it once more
                certain = [one for one in certain if not (one.again and one.key in world.lost)]
            numbers = [one.seq for one in certain]
            require(numbers == sorted(numbers), "T9", f"{platform.name}/{peer} saw {numbers}")
    for (channel, key), row in states.items():
        accepted = world.platforms[channel].keys[key]
        require(row.state != "sent" or accepted, "T11", f"{channel}: {key} is called sent")
        require(row.state != "withdrawn" or not accepted, "T11", f"{channel}: {key} was taken back and seen")


def _check_rest(tx: Tx, world: World) -> None:
    for row in tx.execute(select(outbox)):
        where = f"{row.channel}: {row.key} is {row.state} ({row.reason})"
        require(row.state in FINAL, "L1", where)
        require(row.state in ("sent", "withdrawn") or row.reason, "L1", f"{where}: no visible reason")
        if row.state == "unknown":
            doubt = (
                world.platforms[row.channel].doubted[row.key]
                or row.holder in world.killed
                or world.clock_was_set  # leases may have ended early
            )
            require(doubt, "L1", f"{where}: nothing was doubtful")
        if row.state == "undeliverable":
            shown = world.platforms[row.channel].keys[row.key] - world.retried[row.key]
            require(shown <= 0 or world.retried[row.key], "T11", f"{where}: but it was shown")
    held = list(tx.execute(select(leases.c.name, leases.c.holder)))
    require(not held, "L1", f"leases still held: {held}")
    hands.check_queue(tx, world.queue_swept)
    hands.check_kept(tx)
    known = {tuple(row) for row in tx.execute(select(messages.c.channel, messages.c.external_id))}
    for place, inbound in world.acknowledged.items():
        gone = inbound.text.startswith("poison")
        require(gone or place in known, "T1", f"acknowledged and never taken: {place} {inbound.text}")
    waiting = [spool.waiting for spool in world.spools()]
    require(not any(waiting), "L1", f"messages still on disk: {waiting}")
    require(not world.under_way, "L1", "a platform still waits to be told that its message was taken")
