"""What calls for the visitor just now, worked out from how things stand: what is done is gone by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request, Response
from sqlalchemy import select

from bot.console.entering import Visitor
from bot.console.parts import Parts
from bot.console.preferences import preferred
from storage import Tx
from storage.inbox import Listed, Wanted
from storage.schema import handovers

MOST = 20
"""Alerts of each kind."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that calls; `key` is the same as long as it is the same thing, `name` is the customer's."""

    kind: str
    talk_id: int
    name: str
    since: str

    @property
    def key(self) -> str:
        """What a browser remembers it by."""
        return f"{self.kind}:{self.talk_id}:{self.since}"


def router(parts: Parts) -> APIRouter:
    """The part of the inbox that its page compares with what it told before."""
    routes = APIRouter()

    @routes.get("/alerts", dependencies=parts.by_itself.each)
    async def alerts(request: Request) -> Response:
        visitor = await parts.guard.visitor(request, active=False)
        found = await parts.store.read(lambda tx: calling(tx, parts, visitor, parts.clock()))
        return parts.pages.answer(request, "inbox/alerts.html", alerts=found)

    return routes


def calling(tx: Tx, parts: Parts, visitor: Visitor, now: datetime) -> list[Alert]:
    """Of the kinds they wish, what they may take, and what is theirs."""
    wished = preferred(visitor.user.preferences)
    found = [*_new(tx, parts, visitor, now), *_mine(tx, visitor, now), *_mentions(tx, visitor)]
    return [one for one in found if wished[f"tell_{one.kind}"]]


def _new(tx: Tx, parts: Parts, visitor: Visitor, now: datetime) -> Iterator[Alert]:
    """Who waits for somebody, for those who are there and may take them."""
    user = visitor.user
    if tx.presence.of(user.id) != "online":
        return
    offered = parts.taking.offered(tx, user, now)
    wanted = Wanted(
        "unassigned", user.id, "priority", offered=None if offered is None else frozenset(offered)
    )
    rows = tx.inbox.rows(tx.inbox.ids(wanted, MOST, now), user.id)
    asked = select(handovers.c.conversation_id, handovers.c.queued_at).where(
        handovers.c.conversation_id.in_([one.id for one in rows]), handovers.c.ended_at.is_(None)
    )
    since = {talk_id: at for talk_id, at in map(tuple, tx.execute(asked)) if at}
    for one in rows:
        yield _alert("new", one, since.get(one.id))


def _mine(tx: Tx, visitor: Visitor, now: datetime) -> Iterator[Alert]:
    """What the visitor has: words not read, promises near or broken."""
    user_id = visitor.user.id
    for one in tx.inbox.rows(tx.inbox.ids(Wanted("mine", user_id, "waiting"), MOST, now), user_id):
        if one.unread:
            yield Alert("mine", one.id, one.name, str(one.last_seq))
        if one.due_at is not None and one.shade(now) != "green":
            yield _alert("broken" if one.shade(now) == "red" else "near", one, one.due_at)


def _mentions(tx: Tx, visitor: Visitor) -> Iterator[Alert]:
    """Where colleagues called the visitor."""
    notes = tx.mentions.unread(visitor.user.id)
    for one in tx.inbox.rows(sorted(notes)[-MOST:], visitor.user.id):
        yield Alert("mention", one.id, one.name, str(notes[one.id]))


def _alert(kind: str, one: Listed, since: datetime | None) -> Alert:
    return Alert(kind, one.id, one.name, f"{since:%Y%m%d%H%M%S}" if since else "")
