"""From conversations to their topics: what happened since is queued to be said there, once and in order."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from storage import Tx
from storage.conversations import Conversation
from storage.desk_topics import Topic
from storage.schema import messages, outbox

MOST = 200
"""Messages queued at a time."""
FAILED = ("parked", "undeliverable", "unknown")


def feed(tx: Tx, group_id: str, conversation: Conversation, history: int, now: datetime) -> Topic | None:
    """Queue what the conversation's topic does not say yet; its topic, None where it needs none."""
    topic = tx.desk_topics.of(group_id, conversation.id)
    wanted = conversation.owner in ("queue", "agent")
    if topic is None:
        return _opened(tx, group_id, conversation, history, now) if wanted else None
    if wanted and not topic.in_use:
        _return(tx, topic, conversation, now)
    if topic.in_use:
        _follow(tx, topic, conversation, now)
        _deliveries(tx, topic, now)
    topic.in_use = wanted
    tx.desk_topics.save(topic)
    return topic


def _opened(tx: Tx, group_id: str, conversation: Conversation, history: int, now: datetime) -> Topic:
    notes = tx.notes.of(conversation.id)
    topic = tx.desk_topics.open(
        group_id, conversation.id, conversation.last_seq, notes[-1].id if notes else 0, conversation.revision
    )
    first = conversation.last_seq - history
    shown = {one.id for one in tx.messages.of_conversation(conversation.id, first, limit=history)}
    _files(tx, topic, shown, now)
    for note in notes:
        tx.desk_topics.say(topic.id, "note", now, note.id)
    return topic


def _return(tx: Tx, topic: Topic, conversation: Conversation, now: datetime) -> None:
    """People have it again: what was said in between in short, then everything as it comes."""
    topic.in_use = True
    if conversation.last_seq > topic.fed_seq:
        tx.desk_topics.say(topic.id, "history", now, conversation.last_seq, after=topic.fed_seq)
        between = tx.messages.of_conversation(conversation.id, topic.fed_seq, limit=MOST)
        _files(tx, topic, {one.id for one in between}, now)
    topic.fed_seq = conversation.last_seq


def _follow(tx: Tx, topic: Topic, conversation: Conversation, now: datetime) -> None:
    written, noted = tx.desk_topics.written(topic.id, topic.fed_seq, topic.fed_note)
    held = _held_from(tx, conversation.id, now)
    said = tx.messages.of_conversation(conversation.id, topic.fed_seq, limit=MOST)
    said = [one for one in said if held is None or one.seq < held]
    shown = [one for one in said if not one.withdrawn]
    files = tx.attachments.of_conversation(conversation.id) if said else []
    events = [one for one in tx.handovers.events(conversation.id) if one.revision > topic.fed_revision]
    notes = [one for one in tx.notes.of(conversation.id) if one.id > topic.fed_note]
    lines = [(one.seq, 0, one.id, one) for one in shown if one.seq not in written]
    rest = [(one.seq, 1, one.revision, "owner", one.revision) for one in events]
    rest += [(one.seq, 2, one.id, "note", one.id) for one in notes if one.id not in noted]
    ordered = sorted([(*line[:3], "message", line[0]) for line in lines] + rest, key=lambda one: one[:3])
    by_seq = {one.seq: one.id for one in said}
    for seq, _, _, kind, ref in ordered:
        tx.desk_topics.say(topic.id, kind, now, ref)
        for file in files:
            if kind == "message" and file.message_id == by_seq[seq]:
                tx.desk_topics.say(topic.id, "file", now, file.id)
    topic.fed_seq = said[-1].seq if said else topic.fed_seq
    topic.fed_note = max([topic.fed_note, *(one.id for one in notes)])
    topic.fed_revision = conversation.revision


def _held_from(tx: Tx, conversation_id: int, now: datetime) -> int | None:
    """The first reply that is held back for its agent to think again: not shown before it may leave."""
    waits = select(func.min(outbox.c.seq)).join(messages, messages.c.id == outbox.c.message_id)
    found: int | None = tx.execute(
        waits.where(
            outbox.c.conversation_id == conversation_id,
            messages.c.author == "agent",
            outbox.c.state == "pending",
            outbox.c.attempts == 0,
            outbox.c.due_at > now,
        )
    ).scalar_one()
    return found


def _files(tx: Tx, topic: Topic, message_ids: set[int], now: datetime) -> None:
    for file in tx.attachments.of_conversation(topic.conversation_id):
        if file.message_id in message_ids:
            tx.desk_topics.say(topic.id, "file", now, file.id)


def _deliveries(tx: Tx, topic: Topic, now: datetime) -> None:
    """Replies of agents that do not arrive, and those that did after all."""
    theirs = select(outbox.c.seq, outbox.c.state).join(messages, messages.c.id == outbox.c.message_id)
    known = [int(seq) for seq in topic.failed]
    rows = tx.execute(
        theirs.where(
            outbox.c.conversation_id == topic.conversation_id,
            messages.c.author == "agent",
            outbox.c.state.in_(FAILED) | outbox.c.seq.in_(known),
        ).order_by(outbox.c.seq)
    )
    failed = {}
    states = {int(seq): str(state) for seq, state in map(tuple, rows)}
    for seq in known:
        if states.get(seq) == "withdrawn":
            tx.desk_topics.say(topic.id, "word", now, word="taken_back")
    for seq, state in states.items():
        if state == "withdrawn":
            continue
        if state not in (*FAILED, "sent"):
            failed[str(seq)] = topic.failed.get(str(seq), state)  # under way again: told when it ends
            continue
        if topic.failed.get(str(seq)) != state:
            tx.desk_topics.say(topic.id, "delivery", now, seq, state=state)
        if state != "sent":
            failed[str(seq)] = state
    topic.failed = failed
