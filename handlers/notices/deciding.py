"""May this be said now, and where? Pure: the same facts give the same verdict, with its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from handlers.notices.kinds import Kind
from handlers.notices.settings import NoticeSettings, quiet_until
from storage.conversations import Conversation
from storage.customers import Customer
from storage.windows import ReplyWindow

Decision = Literal["sent", "other_channel", "postponed", "parked", "task", "dropped"]
Reasons = list[dict[str, Any]]
BY_TEMPLATE = ("window_closed", "quota_used", "messages_wait")
"""What a template message need not mind; it goes ahead of messages that wait for the customer."""


@dataclass(frozen=True, slots=True)
class Way:
    """A conversation that might carry it, and why it cannot; None where it can."""

    conversation_id: int
    channel: str
    blocked: str | None = None
    card: Mapping[str, Any] | None = None
    """The template message that says it where the channel's reply window is closed."""
    unfit: str | None = None
    """Why there is none: no template for it, or the keyword that its words do not fit into."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the verdict rests on; the first way is the conversation it belongs to."""

    customer: Customer
    ways: Sequence[Way]
    zone: str
    """The service's."""
    with_person: bool
    busy: bool
    """Whether the customer is in the middle of telling us something."""
    wanted_at: datetime
    now: datetime
    at_night: bool = False
    """Whether it is told in quiet hours too."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of it, every reason, when to ask again, and where it goes."""

    decision: Decision
    reasons: Reasons
    until: datetime | None = None
    way: Way | None = None

    @property
    def said(self) -> bool:
        """Whether it goes to the customer now."""
        return self.decision in ("sent", "other_channel")


def decide(kind: Kind, facts: Facts, settings: NoticeSettings) -> Verdict:
    """The first rule that speaks: opted out, a person has it, too late, busy, quiet hours, the channels."""
    if kind.optional and facts.customer.opted_out_at is not None:
        return _not_by_us(kind.task, [{"rule": "opted_out", "since": _told(facts.customer.opted_out_at)}])
    if facts.with_person and not (kind.waits or kind.over_person):
        return _not_by_us(kind.with_person, [{"rule": "person_has_it"}])
    good_until = settings.good_until(kind.name, facts.wanted_at)
    if facts.now > good_until:
        return _not_by_us(kind.task, [{"rule": "too_late", "good_until": _told(good_until)}])
    if kind.waits and (facts.with_person or facts.busy):
        again = facts.now + timedelta(minutes=settings.wait_minutes)
        rule = "person_has_it" if facts.with_person else "customer_is_busy"
        return Verdict("postponed", [{"rule": rule, "until": _told(again)}], again)
    zone = facts.customer.zone or facts.zone
    hours = facts.customer.quiet_hours or settings.quiet_hours
    until = None if facts.at_night else quiet_until(facts.now, hours, zone)
    if until is not None:
        quiet = {"rule": "quiet_hours", "hours": hours, "zone": zone, "until": _told(until)}
        if until > good_until:
            return _not_by_us(kind.task, [quiet, {"rule": "too_late", "good_until": _told(good_until)}])
        return Verdict("postponed", [quiet], until)
    return _by_channel(kind, facts.ways)


def blocked(
    conversation: Conversation,
    window: ReplyWindow | None,
    settings: NoticeSettings,
    now: datetime,
    over_person: bool = False,
) -> str | None:
    """Why the conversation cannot carry anything unasked now, or None."""
    if conversation.with_person and not over_person:
        return "person_has_it"
    if conversation.unreachable_since is not None:
        return "unreachable"
    if conversation.parked_since is not None:
        return "messages_wait"
    if conversation.channel in settings.answer_only_channels:
        return "answers_only"
    if conversation.channel in settings.window_channels:
        if window is None or window.until <= now:
            return "window_closed"
        if window.left < 1:
            return "quota_used"
    return None


def _by_channel(kind: Kind, ways: Sequence[Way]) -> Verdict:
    reasons: Reasons = []
    for number, way in enumerate(ways[:1] if kind.home_only else ways):
        by_template = way.blocked in BY_TEMPLATE and way.card is not None
        rule = "template" if by_template else way.blocked or "open"
        seen = {"rule": rule, "channel": way.channel, "conversation": way.conversation_id}
        if by_template:
            seen["because"] = str(way.blocked)
        elif way.blocked in BY_TEMPLATE and way.unfit is not None:
            seen["template"] = way.unfit
        reasons.append(seen)
        if way.blocked is None or by_template:
            return Verdict("other_channel" if number else "sent", reasons, way=way)
    if kind.parks and ways:
        return Verdict("parked", reasons, way=ways[0])
    return _not_by_us(kind.task, reasons)


def _not_by_us(task: bool, reasons: Reasons) -> Verdict:
    return Verdict("task" if task else "dropped", reasons)


def _told(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
