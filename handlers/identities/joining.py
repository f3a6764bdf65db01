"""Two customers who are one person become one, and can be parted again; both in one transaction (A3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from handlers.webhooks.announcing import announce_link
from storage.identities import Join
from storage.timers import Timer

if TYPE_CHECKING:
    from storage import Tx
    from storage.customers import Customer

TOLD = "linked"
"""The timers' job that tells the customer's other chats."""
LEVELS = ("normal", "long_standing", "key")
"""The higher level counts."""
FILLED = ("name", "phone", "address", "language", "zone", "quiet_hours")
"""What the older one's record lacks, the other's fills in."""
BOTH = ("opted_out_at", "level")
"""What was decided while they were one holds for both after it."""


class Refused(Exception):
    """They are not joined; the text says why."""


@dataclass(frozen=True, slots=True)
class Joined:
    """What a join made: the customer that stays, and the record of it."""

    customer_id: int
    join: Join


def join(
    tx: Tx, one: int, other: int, how: str, actor: str, reason: str, now: datetime, here: int | None = None
) -> Joined | None:
    """Make two customers one: the older stays; None where they are one already. Raises Refused.

    Their other chats are told, but not the conversation `here`, where it was asked for.
    """
    found = _locked(tx, one, other)
    if len(found) < 2:
        return None
    kept, part = sorted(found, key=lambda customer: (customer.created_at, customer.id))
    changes = merged(kept, part)
    changed = {
        name: [_plain(getattr(kept, name)), _plain(changes.get(name, getattr(kept, name)))]
        for name in {*BOTH, *changes}
    }
    numbers = tx.orders.numbers_of(part.id)
    done = tx.identities.join(
        Join(kept.id, part.id, how, actor[:64], reason.strip(), now, changed=changed), changes
    )
    announce_link(tx, "customer.joined", done.id, kept.id, numbers, now)
    for room in tx.conversations.of_customer(kept.id):
        if room.id != here:
            key = f"{TOLD}:{done.id}:{room.id}"
            tx.timers.set(Timer(key, TOLD, now, conversation_id=room.id, payload={"join": done.id}), now)
    return Joined(kept.id, done)


def merged(kept: Customer, part: Customer) -> dict[str, Any]:
    """The details of the one kept that change.

    Theirs stay, and only gaps are filled. Whoever wanted nothing unasked in either chat wants it in none, the
    higher level counts, and so does the number that was vouched for last.
    """
    changes = {
        name: getattr(part, name) for name in FILLED if not getattr(kept, name) and getattr(part, name)
    }
    outs = [moment for moment in (kept.opted_out_at, part.opted_out_at) if moment]
    if outs and min(outs) != kept.opted_out_at:
        changes["opted_out_at"] = min(outs)
    if LEVELS.index(part.level) > LEVELS.index(kept.level):
        changes["level"] = part.level
    if part.phone_verified_at and (
        kept.phone_verified_at is None or part.phone_verified_at > kept.phone_verified_at
    ):
        changes |= {"verified_phone": part.verified_phone, "phone_verified_at": part.phone_verified_at}
    return changes


def undo(tx: Tx, join: Join, actor: str, reason: str, now: datetime) -> bool:
    """Part them again; False where that was done before.

    Chats, orders and what belongs to them go back to whom they began with, also what came since. Details
    that the join changed and nobody has changed since are as before.
    """
    here = tx.identities.root(join.kept_id)
    found = {one.id: one for one in _locked(tx, here)}
    standing = tx.identities.standing(here)
    if join.id not in {one.id for one in standing} or here not in found:
        return False
    others = [tx.customers.get(one.joined_id) for one in standing if one.id != join.id]
    kept, parted = {}, {}
    for name, (before, after) in join.changed.items():
        current = getattr(found[here], name)
        if here == join.kept_id and _plain(current) == after:
            kept[name] = _moment(name, before)
        elif name == "opted_out_at" or (name == "level" and here == join.kept_id):
            parted[name] = current
    kept |= _by_the_others(kept, others)
    tx.identities.part(join, kept, parted, actor[:64], reason.strip(), now)
    numbers = tx.orders.numbers_of(join.joined_id)
    announce_link(tx, "customer.parted", join.id, join.joined_id, numbers, now)
    return True


def alone(tx: Tx, conversation_id: int, actor: str, reason: str, now: datetime) -> int:
    """Take a conversation's own customer out of everything it was joined with; how many joins were undone."""
    own = tx.identities.own(conversation_id)
    standing = tx.identities.standing(tx.identities.root(own))
    theirs = [one for one in standing if own in (one.kept_id, one.joined_id)]
    return sum(undo(tx, one, actor, reason, now) for one in reversed(theirs))


def vouched(tx: Tx, customer_id: int, phone: str, since: datetime, now: datetime, here: int) -> Joined | None:
    """A channel vouches for the customer's number: whoever it was vouched for as well is the same person.

    Numbers are given to others after a while: what was vouched for before `since` counts no more.
    """
    tx.identities.vouch(customer_id, phone, now)
    done = None
    for other in tx.identities.verified(phone, since):
        if tx.identities.root(other) != tx.identities.root(customer_id):
            done = join(tx, customer_id, other, "phone", "channel", "", now, here) or done
    return done


def _by_the_others(kept: Mapping[str, Any], others: Sequence[Customer]) -> dict[str, Any]:
    """What those who are still part of the customer brought along holds on."""
    outs = [one.opted_out_at for one in others if one.opted_out_at]
    held: dict[str, Any] = {}
    if "opted_out_at" in kept and kept["opted_out_at"] is None and outs:
        held["opted_out_at"] = min(outs)
    if "level" in kept:
        held["level"] = max([kept["level"], *(one.level for one in others)], key=LEVELS.index)
    return held


def _locked(tx: Tx, *ids: int) -> list[Customer]:
    """The customers that these are now, locked with their conversations; raises Refused for one erased."""
    wanted = _roots(tx, ids)
    while True:
        rooms = tx.conversations.of_customers(wanted, besides=())
        for room in sorted(rooms, key=lambda room: room.id):
            tx.conversations.get(room.id, lock=True)
        found = [tx.customers.lock(one) for one in sorted(wanted)]
        again = _roots(tx, wanted)
        if again == wanted:
            break
        wanted = again  # somebody else joined one of them while we waited
    known = [one for one in found if one is not None]
    if len(known) < len(wanted):
        raise Refused("one of them was erased")
    return known


def _roots(tx: Tx, ids: Iterable[int]) -> set[int]:
    return {tx.identities.root(one) for one in ids}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _moment(name: str, stored: Any) -> Any:
    return datetime.fromisoformat(stored) if stored and name.endswith("_at") else stored
