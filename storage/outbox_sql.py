"""The outbox's statements.

The states stand in the SQL itself: a partial index serves no query that gives them as values.
"""

from __future__ import annotations

from functools import cache

from sqlalchemy import (
    String,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    union_all,
    update,
)

from storage.schema import conversations, messages, outbox
from storage.statements import Prepared, PreparedRows
from storage.types import Key

_PENDING = literal_column("'pending'", String)
_SENDING = literal_column("'sending'", String)
_PARKED = literal_column("'parked'", String)
_UNKNOWN = literal_column("'unknown'", String)
_SENT = literal_column("'sent'", String)
_AGENT = literal_column("'agent'", String)
_BOT = literal_column("'bot'", String)
_OPEN = (_PENDING, _SENDING)
_STUCK = (_UNKNOWN, literal_column("'undeliverable'", String), _PARKED)
_earlier = outbox.alias("earlier")
_FULL = (
    select(
        outbox.c.id,
        outbox.c.key,
        outbox.c.conversation_id,
        outbox.c.seq,
        outbox.c.channel,
        outbox.c.account,
        outbox.c.state,
        outbox.c.carried_by,
        outbox.c.holder,
        outbox.c.attempts,
        outbox.c.attempt_at,
        outbox.c.due_at,
        outbox.c.reason,
        conversations.c.peer,
        conversations.c.language,
        conversations.c.last_seq,
        or_(messages.c.author == _AGENT, conversations.c.owner != _BOT).label("watched"),
        messages.c.body,
    )
    .join(conversations, conversations.c.id == outbox.c.conversation_id)
    .join(messages, messages.c.id == outbox.c.message_id)
)
_ACCOUNT = (
    outbox.c.channel == bindparam("channel"),
    outbox.c.account == bindparam("account"),
    outbox.c.state.in_(_OPEN),
)
HEADS = Prepared(
    _FULL.where(
        *_ACCOUNT,
        outbox.c.state == _PENDING,
        outbox.c.due_at <= bindparam("now"),
        ~exists().where(
            _earlier.c.conversation_id == outbox.c.conversation_id,
            _earlier.c.seq < outbox.c.seq,
            _earlier.c.state.in_(_OPEN),
        ),
    )
    .order_by(outbox.c.due_at, outbox.c.id)
    .limit(bindparam("most"))
)
NEXT_DUE = Prepared(
    select(func.min(outbox.c.due_at)).where(
        *_ACCOUNT, outbox.c.state == _PENDING, outbox.c.due_at > bindparam("now")
    )
)
SENDING = Prepared(_FULL.where(*_ACCOUNT, outbox.c.state == _SENDING).order_by(outbox.c.id))
_OF_CONVERSATION = outbox.c.conversation_id == bindparam("conversation")
OPEN_OF = Prepared(
    _FULL.where(_OF_CONVERSATION, outbox.c.state.in_(_OPEN), outbox.c.seq <= bindparam("up_to")).order_by(
        outbox.c.seq
    )
)
CARRIED = Prepared(
    _FULL.where(
        messages.c.conversation_id == bindparam("conversation"), outbox.c.carried_by == bindparam("message")
    ).order_by(outbox.c.seq)
)
ANSWERS = Prepared(_FULL.where(messages.c.answers == bindparam("message")).order_by(outbox.c.seq))
PUT = PreparedRows(
    lambda dialect: dialect.insert(outbox).returning(outbox.c.key, outbox.c.id),
    ("key", "message_id", "conversation_id", "seq", "channel", "account", "state", "due_at", "attempts",
     "created_at"),
)  # fmt: skip
SETTLED = ("state", "due_at", "reason", "external_id", "sent_at", "attempts", "holder")
SETTLE = Prepared(
    update(outbox)
    .where(outbox.c.id == bindparam("wanted"))
    .values({name: bindparam(name) for name in SETTLED})
)
SETTLE_OWN = Prepared(
    update(outbox)
    .where(
        outbox.c.id == bindparam("wanted"),
        outbox.c.holder == bindparam("by"),
        outbox.c.attempts == bindparam("attempt"),
        outbox.c.attempt_at == bindparam("claimed_at"),
        (outbox.c.state == _SENDING) | ((outbox.c.state == _UNKNOWN) & (bindparam("state") == _SENT)),
    )
    .values({name: bindparam(name) for name in SETTLED})
)
ABANDON = Prepared(
    update(outbox)
    .where(outbox.c.id == bindparam("wanted"))
    .values(state=bindparam("state"), due_at=bindparam("now"), reason=bindparam("why"))
)
HAND_OVER_AGAIN = Prepared(
    update(outbox)
    .where(outbox.c.id == bindparam("wanted"), outbox.c.state != _SENT)
    .values(
        state="sending", holder=bindparam("by"), attempts=outbox.c.attempts + 1, attempt_at=bindparam("now")
    )
)
UNPARK = Prepared(
    update(outbox)
    .where(_OF_CONVERSATION, outbox.c.state.in_(_STUCK), outbox.c.state == _PARKED)
    .values(state="pending", due_at=bindparam("due"), attempts=0, reason=None)
)
STOP = Prepared(
    update(outbox)
    .where(_OF_CONVERSATION, outbox.c.state.in_(_OPEN), outbox.c.state == _PENDING)
    .values(state="parked", reason=bindparam("why"), due_at=bindparam("now"))
)
_UNTRIED = and_(outbox.c.state.in_(_OPEN), outbox.c.state == _PENDING, outbox.c.attempts == 0)
WITHDRAW = Prepared(
    update(outbox)
    .where(
        _OF_CONVERSATION,
        outbox.c.seq == bindparam("number"),
        _UNTRIED | and_(outbox.c.state.in_(_STUCK), outbox.c.state == _PARKED),
    )
    .values(state="withdrawn", reason=None)
    .returning(outbox.c.message_id)
)
HELD_FROM = Prepared(
    select(func.min(outbox.c.seq))
    .join(messages, messages.c.id == outbox.c.message_id)
    .where(_OF_CONVERSATION, _UNTRIED, messages.c.author == literal_column("'agent'", String))
)
BRING_FORWARD = Prepared(
    update(outbox)
    .where(
        _OF_CONVERSATION,
        outbox.c.state.in_(_OPEN),
        outbox.c.state == _PENDING,
        outbox.c.seq <= bindparam("up_to"),
        outbox.c.due_at > bindparam("now"),
        outbox.c.attempts == 0,
    )
    .values(due_at=bindparam("now"))
)
COUNTS = Prepared(
    union_all(
        *(
            select(outbox.c.state, func.count()).where(outbox.c.state.in_(states)).group_by(outbox.c.state)
            for states in (_OPEN, _STUCK)
        )
    )
)
STUCK = Prepared(
    _FULL.where(outbox.c.state.in_(_STUCK), outbox.c.state != _PARKED)
    .order_by(outbox.c.id.desc())
    .limit(bindparam("most"))
)
OF_MESSAGE = Prepared(
    _FULL.where(
        messages.c.conversation_id == bindparam("conversation"), messages.c.seq == bindparam("number")
    )
)
GET = Prepared(_FULL.where(outbox.c.id == bindparam("wanted")))
LOST = Prepared(
    update(outbox)
    .where(
        outbox.c.message_id.in_(
            select(messages.c.id).where(messages.c.conversation_id == bindparam("conversation"))
        ),
        outbox.c.external_id == bindparam("external"),
        outbox.c.state == _SENT,
    )
    .values(state="undeliverable", reason=bindparam("why"), sent_at=None)
    .returning(outbox.c.id)
)
GIVE_UP = Prepared(
    update(outbox)
    .where(outbox.c.id == bindparam("wanted"), outbox.c.state.in_(_STUCK), outbox.c.state == _PARKED)
    .values(state="undeliverable", reason=bindparam("why"))
)
RETRY = Prepared(
    update(outbox)
    .where(outbox.c.id == bindparam("wanted"), outbox.c.state.in_(_STUCK))
    .values(state="pending", due_at=bindparam("now"), attempts=0, reason=None)
)


@cache
def claim(size: int) -> Prepared:
    """Claims `size` rows by their ids, `id_0` and on."""
    ids = [bindparam(f"id_{place}", type_=Key) for place in range(size)]
    return Prepared(
        update(outbox)
        .where(outbox.c.id.in_(ids), outbox.c.state == _PENDING)
        .values(
            state="sending",
            holder=bindparam("by"),
            attempts=outbox.c.attempts + 1,
            attempt_at=bindparam("now"),
            carried_by=bindparam("carrier"),
        )
        .returning(outbox.c.id)
    )
