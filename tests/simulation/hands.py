"""The books of hands: whose a conversation was, and since when its customer waits (T4, T7, T8, T14)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from handlers import ownership
from storage import Tx
from storage.schema import (
    audit,
    conversations,
    handovers,
    messages,
    metadata,
    notes,
    outbox,
    owner_events,
    users,
)
from tests.simulation.agents import PEOPLE, ROLE, SECRET
from tests.simulation.books import require

PERSONS = ("queue", "agent", "outside")
IN_A_TURN = ("bot", "customer")
UNDER_WAY = timedelta(seconds=5)
"""What was decided so long ago is written by now."""


@dataclass(slots=True)
class Hands:
    """A conversation played once more from its messages and the changes of whose it was."""

    owner: str = "bot"
    waiting: datetime | None = None

    def change(self, event: Any) -> None:
        """It goes to somebody else; who is settled waits no more."""
        self.owner = event.owner
        if event.owner not in PERSONS:
            self.waiting = None

    def hear(self, row: Any, changes: Sequence[Any], answered: bool) -> None:
        """The customer writes, and the turn may give the conversation away."""
        before = self.owner
        for event in changes:
            self.change(event)
        silent = before in PERSONS and self.owner in PERSONS
        require(not (answered and silent), "T8", f"the bot answers {row.seq} while people have it")
        if "event" in row.body:
            if self.owner not in PERSONS:
                self.waiting = None
        elif self.owner not in PERSONS and answered:
            self.waiting = None
        else:
            self.waiting = self.waiting or row.sent_at

    def say(self, row: Any) -> None:
        """An agent writes; what they took back is as if it had not been."""
        gone = bool(row.body.get("withdrawn"))
        waited = None if gone else self.waiting
        require(
            row.waited_since == waited,
            "T18",
            f"message {row.id} ended a wait since {row.waited_since}, not {waited}",
        )
        self.waiting = self.waiting if gone else None


def foreign(events: Sequence[Any], rows: Sequence[Any]) -> Mapping[int, str]:
    """Whose it was made by others than the customer and the bot, by how many messages had been taken."""
    found = {}
    for event in events:
        if event.by not in IN_A_TURN:
            found[sum(row.seq <= event.seq for row in rows)] = event.owner
    return found


def check_hands(tx: Tx) -> None:
    """T4: since when a customer waits for a person follows from what was said. T7: one change, one event.

    T8: the bot answers nothing that was written to people. T18: how long somebody waited follows, too.
    """
    said, changes, replies = _read(tx)
    handed: dict[int, list[Any]] = defaultdict(list)
    for begun in tx.execute(select(handovers).where(handovers.c.ended_at.is_(None))):
        handed[begun.conversation_id].append(begun)
    for room in tx.execute(select(conversations)):
        name, events = f"{room.channel}/{room.peer}", changes[room.id]
        _check_path(room, events, name)
        _check_handover(room, handed[room.id], name)
        hands = _play(said[room.id], events, replies)
        require(
            room.waiting_since == hands.waiting, "T4", f"{name}: {room.waiting_since}, not {hands.waiting}"
        )


def check_notes(tx: Tx, given_to_model: Iterable[str]) -> None:
    """T14: what agents note for each other no message and no model has; T11: what was taken back stays so."""
    read = [words for words in given_to_model if SECRET in words]
    require(not read, "T14", f"the model was given notes: {read}")
    told = [row.id for row in tx.execute(select(messages)) if SECRET in str(row.body)]
    require(not told, "T14", f"notes became messages {told}")
    left = select(messages.c.id, messages.c.body, outbox.c.state)
    for row in tx.execute(left.join(outbox, outbox.c.message_id == messages.c.id)):
        gone = bool(row.body.get("withdrawn"))
        require(gone == (row.state == "withdrawn"), "T11", f"message {row.id} is {row.state}: {row.body}")


def check_rights(tx: Tx) -> None:
    """T16: only who is a supervisor in that moment takes over, whatever they were when they looked."""
    roles, shut = dict[int, str](), set[int]()
    named = {row.id: PEOPLE.get(row.name, row.role) for row in tx.execute(select(users))}
    for deed in tx.execute(select(audit).order_by(audit.c.id)):
        about = int(deed.about.partition(":")[2]) if (deed.about or "").startswith("user:") else 0
        if deed.action == ROLE:
            roles[about] = deed.detail["role"]
        elif deed.action in ("user_disabled", "user_enabled"):
            (shut.add if deed.action == "user_disabled" else shut.discard)(about)
        elif (deed.about or "").startswith("conversation:") and deed.user_id is not None:
            role = roles.get(deed.user_id, named[deed.user_id])
            rules = deed.action != "take_over" or role == "supervisor"
            require(rules, "T16", f"{deed.action} by {deed.user_id}, who is {role}")
            require(
                deed.user_id not in shut, "T16", f"{deed.action} by {deed.user_id}, whose account is shut"
            )


def check_kept(tx: Tx) -> None:
    """T14: notes are kept as notes, and nowhere else from where anything could tell them."""
    for table in metadata.sorted_tables:
        if table is not notes:
            found = [row for row in tx.execute(select(table)) if SECRET in str(tuple(row))]
            require(not found, "T14", f"{len(found)} rows of {table.name} have what was noted")


def check_queue(tx: Tx, swept: datetime | None) -> None:
    """L1: who waits is looked at in time."""
    overdue = select(handovers.c.conversation_id).where(
        handovers.c.ended_at.is_(None), handovers.c.due_at <= swept
    )
    left = list(tx.execute(overdue).scalars()) if swept else []
    require(not left, "L1", f"nobody looked at {left}")


def check_staff(tx: Tx, swept: datetime | None) -> None:
    """L1: nobody is left with somebody who is not there any more."""
    if swept is None:
        return
    before = swept - UNDER_WAY
    gone = (
        select(handovers.c.conversation_id)
        .join(conversations, conversations.c.id == handovers.c.conversation_id)
        .join(users, users.c.id == conversations.c.agent_id)
        .where(users.c.active.is_(False), users.c.updated_at < before)
        .where(handovers.c.ended_at.is_(None), handovers.c.taken_at < before)
    )
    left = list(tx.execute(gone).scalars())
    require(not left, "L1", f"{left} are with somebody who left")


def _read(tx: Tx) -> tuple[Mapping[int, list[Any]], Mapping[int, list[Any]], Counter[int]]:
    said, changes, replies = defaultdict(list), defaultdict(list), Counter[int]()
    for row in tx.execute(select(messages).order_by(messages.c.seq)):
        said[row.conversation_id].append(row)
        if row.answers:
            replies[row.answers] += 1
    for event in tx.execute(select(owner_events).order_by(owner_events.c.revision)):
        changes[event.conversation_id].append(event)
    return said, changes, replies


def _check_path(room: Any, events: Sequence[Any], name: str) -> None:
    numbers = [event.revision for event in events]
    require(numbers == list(range(1, room.revision + 1)), "T7", f"{name}: revisions {numbers}")
    owner, agent = "bot", None
    for event in events:
        legal = ownership.moves()[event.move]
        require(owner in legal.sources, "T7", f"{name}: {event.move} from {owner}")
        require(event.owner == legal.target, "T7", f"{name}: {event.move} to {event.owner}")
        mine = event.by != "agent" or owner != "agent" or agent == event.user_id
        require(mine or not legal.own, "T7", f"{name}: {event.move} by {event.user_id}, it was {agent}'s")
        require((event.agent_id is not None) == (event.owner == "agent"), "T7", f"{name}: {event.move}")
        owner, agent = event.owner, event.agent_id
    require((room.owner, room.agent_id) == (owner, agent), "T7", f"{name}: {room.owner}, not {owner}")


def _check_handover(room: Any, handed: Sequence[Any], name: str) -> None:
    """L1: whoever waits is in the queue exactly once, whoever does not is in none."""
    open_now = room.owner in PERSONS
    require(len(handed) == open_now, "L1", f"{name}: {room.owner} with {len(handed)} hand-overs")
    for begun in handed:
        queued = begun.queued_at is not None
        require(queued == (room.owner == "queue"), "L1", f"{name}: {room.owner}, in the queue: {queued}")
        mine = room.owner != "agent" or begun.agent_id == room.agent_id
        require(mine, "T7", f"{name}: {room.agent_id}'s, by the queue {begun.agent_id}'s")


def _play(rows: Sequence[Any], events: Sequence[Any], replies: Mapping[int, int]) -> Hands:
    hands, after = Hands(), defaultdict(list)
    undoing = {event.revision for event in events if event.move == "undo"}
    undone = undoing | {revision - 1 for revision in undoing}
    for event in events:
        if event.revision not in undone:  # as if neither had been
            after[event.seq].append(event)
    for event in after[0]:
        hands.change(event)
    for row in rows:
        mine = [event for event in after[row.seq] if event.by in IN_A_TURN]
        if row.author == "customer":
            hands.hear(row, mine, bool(replies[row.id]))
        elif row.author == "agent":
            hands.say(row)
        for event in after[row.seq]:
            if event not in mine or row.author != "customer":
                hands.change(event)
    return hands
