"""The inbox: which conversations people have or are to have, in which order, how each looks there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, literal_column, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.handovers import LEVELS
from storage.schema import conversations, customers, handovers, mentions, messages, orders, promises, reads

if TYPE_CHECKING:
    from storage.transaction import Tx

VIEWS = ("mine", "unassigned", "mentions", "waiting", "all", "expert", "snoozed", "resolved")
SORTS = ("waiting", "promise", "activity", "priority")
FIELDS = {
    "channel": ("is", "not"),
    "skill": ("is", "not"),
    "level": ("is", "not"),
    "language": ("is", "not"),
    "owner": ("is", "not"),
    "priority": ("is", "not"),
    "age": ("over", "under"),
}
"""What conversations can be chosen by, and how; nothing else reaches a statement."""
EXPERT = "expert"
"""The skill, and the role, of whoever is asked where colleagues cannot go on."""
_EVERYWHERE = ("mentions", "resolved")
"""Views of conversations that people need not have now."""
RESOLVED_COUNTED = 1000
PREVIEW = 90
WITH_PEOPLE = and_(
    conversations.c.owner != literal_column("'bot'"), conversations.c.owner.in_(("queue", "agent"))
)
"""The first half is what the index is made for."""
_OPEN = and_(handovers.c.conversation_id == conversations.c.id, handovers.c.ended_at.is_(None))


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition; `field` and `operator` are of `FIELDS`, `value` is a number of minutes for the age."""

    field: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which conversations, in which order; `among` narrows them to these ids, `offered` the unassigned ones.

    With `everywhere`, those of the bot and resolved ones are among them, whatever the view.
    """

    view: str
    user_id: int
    sort: str
    rules: tuple[Rule, ...] = ()
    among: frozenset[int] | None = None
    offered: frozenset[int] | None = None
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """One conversation in a list; `preview` is its last message's text, `said_by` its author.

    `due_at` is the next promise to the customer, to be answered or of an open order; `near_at`: from when on
    it is near.
    """

    id: int
    channel: str
    customer_id: int
    name: str
    owner: str
    agent_id: int | None
    waiting_since: datetime | None
    updated_at: datetime
    priority: int
    skill: str | None
    level: str
    preview: str
    said_by: str
    unread: int
    due_at: datetime | None
    near_at: datetime | None
    snoozed_until: datetime | None = None
    woken: bool = False
    last_seq: int = 0
    language: str | None = None

    def shade(self, now: datetime) -> str:
        """How the promise stands: green, amber where it is near, red where it is broken."""
        if self.due_at is None or now >= self.due_at:
            return "red"
        return "amber" if self.near_at is not None and now >= self.near_at else "green"


class Inbox:
    """The inbox's repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def counts(self, user_id: int, offered: frozenset[int] | None = None) -> dict[str, int]:
        """How many conversations each view has; of resolved ones no more than a thousand are counted."""
        views = [view for view in VIEWS if view not in _EVERYWHERE]
        found = select(*(func.count().filter(_view(view, user_id, offered)).label(view) for view in views))
        found = found.select_from(conversations.outerjoin(handovers, _OPEN)).where(WITH_PEOPLE)
        counted = dict(self._tx.execute(found).one()._mapping)
        for view in _EVERYWHERE:
            some = select(conversations.c.id).where(_view(view, user_id, None)).limit(RESOLVED_COUNTED)
            counted[view] = self._tx.execute(select(func.count()).select_from(some.subquery())).scalar_one()
        return {view: int(counted[view]) for view in VIEWS}

    def ids(self, wanted: Wanted, limit: int, now: datetime) -> list[int]:
        """The conversations, in order."""
        found = _chosen(wanted, now).order_by(*_order(wanted.sort), conversations.c.id).limit(limit)
        return list(self._tx.execute(found).scalars())

    def count(self, wanted: Wanted, now: datetime) -> int:
        """How many there are."""
        found = _chosen(wanted, now).limit(RESOLVED_COUNTED * 10).subquery()
        return int(self._tx.execute(select(func.count()).select_from(found)).scalar_one())

    def last_seqs(self, ids: Sequence[int]) -> dict[int, int]:
        """The number of each one's last message, in that order."""
        found = select(conversations.c.id, conversations.c.last_seq).where(conversations.c.id.in_(ids))
        lasts = {one: int(seq) for one, seq in map(tuple, self._tx.execute(found))}
        return {one: lasts[one] for one in ids if one in lasts}

    def rows(self, ids: Sequence[int], user_id: int) -> list[Listed]:
        """What lists show of these conversations, in that order."""
        last = and_(
            messages.c.conversation_id == conversations.c.id, messages.c.seq == conversations.c.last_seq
        )
        found = (
            select(
                conversations.c.id, conversations.c.channel, conversations.c.customer_id, customers.c.name,
                conversations.c.peer, conversations.c.owner, conversations.c.agent_id,
                conversations.c.waiting_since, conversations.c.updated_at, handovers.c.priority,
                handovers.c.skill, handovers.c.due_at, handovers.c.queued_at, customers.c.level,
                handovers.c.snoozed_until, handovers.c.woken_at, conversations.c.last_seq,
                messages.c.body, messages.c.author, conversations.c.language,
            )
            .join(customers, customers.c.id == conversations.c.customer_id)
            .outerjoin(handovers, _OPEN)
            .outerjoin(messages, last)
            .where(conversations.c.id.in_(ids))
        )  # fmt: skip
        rows = {row.id: row for row in self._tx.execute(found)}
        unread = self._unread(ids, user_id)
        promised = self._promised({row.customer_id for row in rows.values()})
        return [_listed(rows[one], unread.get(one, 0), promised) for one in ids if one in rows]

    def mark(self, user_id: int, conversation_id: int, seq: int, now: datetime) -> bool:
        """They have seen it up to that message; False where they had before."""
        if self.has_seen(user_id, conversation_id, seq):
            return False
        dialect = postgresql if self._tx.row_locks else sqlite
        put = dialect.insert(reads).values(user_id=user_id, conversation_id=conversation_id, seq=seq, at=now)
        self._tx.execute(
            put.on_conflict_do_update(
                index_elements=["user_id", "conversation_id"],
                set_={"seq": seq, "at": now},
                where=reads.c.seq < seq,
            )
        )
        return True

    def has_seen(self, user_id: int, conversation_id: int, seq: int) -> bool:
        """Whether they have seen it up to that message."""
        mine = (reads.c.user_id == user_id, reads.c.conversation_id == conversation_id)
        seen = self._tx.execute(select(reads.c.seq).where(*mine)).scalar_one_or_none()
        return seen is not None and seen >= seq

    def _unread(self, ids: Sequence[int], user_id: int) -> dict[int, int]:
        """The customer's messages since a person was to have it which that user has not seen."""
        mine = and_(reads.c.conversation_id == messages.c.conversation_id, reads.c.user_id == user_id)
        begun = and_(
            handovers.c.conversation_id == messages.c.conversation_id, handovers.c.ended_at.is_(None)
        )
        found = (
            select(messages.c.conversation_id, func.count())
            .join(handovers, begun)
            .outerjoin(reads, mine)
            .where(
                messages.c.conversation_id.in_(ids),
                messages.c.author == "customer",
                messages.c.created_at >= handovers.c.at,
                messages.c.seq > func.coalesce(reads.c.seq, 0),
            )
            .group_by(messages.c.conversation_id)
        )
        return {one: int(many) for one, many in map(tuple, self._tx.execute(found))}

    def _promised(self, customer_ids: set[int]) -> dict[int, tuple[datetime, datetime | None]]:
        """The next promise of each customer's open orders: when it is due, and from when on it is near."""
        found = select(orders.c.customer_id, promises.c.due_at, promises.c.warn_at).join(
            promises, promises.c.order_id == orders.c.id
        )
        found = found.where(orders.c.customer_id.in_(customer_ids), *_LIVE).order_by(promises.c.due_at.desc())
        return {one: (due, warn) for one, due, warn in map(tuple, self._tx.execute(found))}


_LIVE = (orders.c.closed_at.is_(None), promises.c.state == "live", promises.c.paused_at.is_(None))


def _view(view: str, user_id: int, offered: frozenset[int] | None) -> ColumnElement[bool]:
    owner = conversations.c.owner
    put_off = handovers.c.snoozed_until.is_not(None)
    queued = owner == "queue" if offered is None else and_(owner == "queue", _in(offered))
    return {
        "mine": and_(owner == "agent", conversations.c.agent_id == user_id, WITH_PEOPLE, ~put_off),
        "snoozed": and_(owner == "agent", conversations.c.agent_id == user_id, WITH_PEOPLE, put_off),
        "unassigned": and_(queued, WITH_PEOPLE),
        "waiting": and_(WITH_PEOPLE, conversations.c.waiting_since.is_not(None)),
        "all": WITH_PEOPLE,
        "expert": and_(WITH_PEOPLE, func.lower(handovers.c.skill).in_((EXPERT, "专家"))),
        "resolved": owner == literal_column("'closed'"),
        "mentions": conversations.c.id.in_(
            select(mentions.c.conversation_id).where(
                mentions.c.user_id == user_id, mentions.c.read_at.is_(None)
            )
        ),
    }[view]


def _in(ids: frozenset[int]) -> ColumnElement[bool]:
    return conversations.c.id.in_(sorted(ids)) if ids else false()


def _chosen(wanted: Wanted, now: datetime) -> Select[Any]:
    found = select(conversations.c.id).join(customers, customers.c.id == conversations.c.customer_id)
    found = found.outerjoin(handovers, _OPEN)
    if not wanted.everywhere:
        found = found.where(_view(wanted.view, wanted.user_id, wanted.offered))
    if wanted.among is not None:
        found = found.where(_in(wanted.among))
    return found.where(*(_rule(one, now) for one in wanted.rules))


def _rule(rule: Rule, now: datetime) -> ColumnElement[bool]:
    if rule.operator not in FIELDS[rule.field]:
        raise ValueError(f"{rule.field} cannot be {rule.operator}")
    if rule.field == "age":
        before = now - timedelta(minutes=int(rule.value))
        since = conversations.c.waiting_since
        return since <= before if rule.operator == "over" else since > before
    if rule.field == "priority":
        urgent = func.coalesce(handovers.c.priority, 0) > 0
        return urgent if (rule.value == "urgent") == (rule.operator == "is") else ~urgent
    column: ColumnElement[Any] = {
        "channel": conversations.c.channel,
        "skill": handovers.c.skill,
        "level": customers.c.level,
        "language": conversations.c.language,
        "owner": conversations.c.agent_id,
    }[rule.field]
    value = int(rule.value) if rule.field == "owner" else rule.value
    return column == value if rule.operator == "is" else or_(column != value, column.is_(None))


def _order(sort: str) -> tuple[ColumnElement[Any], ...]:
    since = conversations.c.waiting_since
    if sort == "wakes":
        return (handovers.c.snoozed_until,)
    waited = (since.is_(None), since, conversations.c.updated_at.desc())
    if sort == "activity":
        return (conversations.c.updated_at.desc(), conversations.c.id.desc())  # as the index runs
    if sort == "priority":
        rank = case(
            {name: place for place, name in enumerate(LEVELS)}, value=customers.c.level, else_=len(LEVELS)
        )
        first = func.coalesce(handovers.c.priority, 0).desc()
        return (first, rank, handovers.c.queued_at.is_(None), handovers.c.queued_at, *waited)
    if sort == "promise":
        due = _next_due()
        return (due.is_(None), due, *waited)
    return waited


def _next_due() -> ColumnElement[Any]:
    of_orders = select(func.min(promises.c.due_at)).join(orders, orders.c.id == promises.c.order_id)
    promised = of_orders.where(orders.c.customer_id == conversations.c.customer_id, *_LIVE).scalar_subquery()
    answer = handovers.c.due_at
    sooner = case((promised.is_(None), answer), (answer.is_(None), promised), (answer < promised, answer))
    return case((sooner.is_not(None), sooner), else_=promised)


def _listed(row: Any, unread: int, promised: dict[int, tuple[datetime, datetime | None]]) -> Listed:
    due, near = promised.get(row.customer_id, (None, None))
    if row.due_at is not None and (due is None or row.due_at < due):
        begun = row.waiting_since or row.queued_at or row.due_at
        due, near = row.due_at, begun + (row.due_at - begun) / 2
    preview = str((row.body or {}).get("text") or "").replace("\n", " ")[:PREVIEW]
    return Listed(
        row.id, row.channel, row.customer_id, row.name or row.peer[:12], row.owner, row.agent_id,
        row.waiting_since, row.updated_at, row.priority or 0, row.skill, row.level, preview,
        row.author or "", unread, due, near, row.snoozed_until, row.woken_at is not None, row.last_seq,
        row.language,
    )  # fmt: skip
