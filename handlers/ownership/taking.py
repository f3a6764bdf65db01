"""Who may take which conversation: duty, skills and deputies of the staff file, and how many at once (G4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from handlers.dispatch.giving import Dispatcher
from handlers.ownership.peak import peak
from handlers.ownership.settings import QueueSettings

if TYPE_CHECKING:
    from storage import Tx
    from storage.handovers import Handover
    from storage.staff import Member
    from storage.users import User

LANGUAGES = frozenset({"zh", "en"})
"""Skills that are languages."""


@dataclass(frozen=True, slots=True)
class Taking:
    """The limits of whoever is in the staff file; other users take everything, supervisors too."""

    dispatcher: Dispatcher = field(default_factory=Dispatcher)
    queue: QueueSettings = field(default_factory=QueueSettings)

    def refusal(self, tx: Tx, user: User, begun: Handover | None, now: datetime) -> str | None:
        """Why they may not take it: away, off_shift, full or other_skill; None where they may.

        The load is counted under a lock, so that two clicks at once do not exceed the limit.
        """
        member = self._member(tx, user)
        if member is None:
            return None
        tx.staff.lock()
        why = self._not_now(tx, user, member, now)
        if why is None and begun is not None:
            spoken = tx.handovers.languages([begun.conversation_id])
            if not self._knows(tx, member, begun, spoken.get(begun.conversation_id), now):
                return "other_skill"
        return why

    def offered(self, tx: Tx, user: User, now: datetime) -> set[int] | None:
        """The conversations of the queue that they may take now; None: all."""
        member = self._member(tx, user)
        if member is None:
            return None
        if self._not_now(tx, user, member, now):
            return set()
        waiting = tx.handovers.waiting()
        spoken = tx.handovers.languages([one.conversation_id for one in waiting])
        return {
            one.conversation_id
            for one in waiting
            if self._knows(tx, member, one, spoken.get(one.conversation_id), now)
        }

    def helps(self, tx: Tx, user: User, now: datetime) -> bool:
        """Whether they are asked to help with conversations of other skills, because too many wait."""
        member = self._member(tx, user)
        return member is not None and self._open_to_all(tx, now)

    def _member(self, tx: Tx, user: User) -> Member | None:
        return tx.staff.get(user.staff_id) if user.staff_id and not user.rules else None

    def _not_now(self, tx: Tx, user: User, member: Member, now: datetime) -> str | None:
        if not member.there(now):
            return "away"
        if not self._on_duty(member, now):
            return "off_shift"
        limit = self.queue.at_once
        return "full" if limit is not None and tx.handovers.loads().get(user.id, 0) >= limit else None

    def _on_duty(self, member: Member, now: datetime) -> bool:
        return self.dispatcher.settings.on_duty(member.shift, self.dispatcher.moment(now))

    def _knows(self, tx: Tx, member: Member, begun: Handover, language: str | None, now: datetime) -> bool:
        """Whether they, or somebody not there whose deputy they are, have the skill and speak the language.

        What nobody has is a remark, and at a peak every group helps.
        """
        if not begun.skill and language is None:
            return True
        staff = [one for one in tx.staff.all() if one.active]
        skilled = [one for one in staff if not begun.skill or begun.skill.casefold() in _skills(one)]
        speaking = [one for one in staff if language is None or _speaks(one, language)]
        known = self._among(member, skilled, now) and self._among(member, speaking, now)
        return known or self._open_to_all(tx, now)

    def _among(self, member: Member, able: Sequence[Member], now: datetime) -> bool:
        stands_in = any(one.deputy_id == member.id and not self._works(one, now) for one in able)
        return not able or stands_in or any(one.id == member.id for one in able)

    def _works(self, member: Member, now: datetime) -> bool:
        return member.there(now) and self._on_duty(member, now)

    def _open_to_all(self, tx: Tx, now: datetime) -> bool:
        return self.queue.peak.all_help and peak(tx, now, self.queue)


def _speaks(member: Member, language: str) -> bool:
    """Who names no language among their skills speaks all of them."""
    named = LANGUAGES & _skills(member)
    return not named or language in named


def _skills(member: Member) -> set[str]:
    """What they know, by skill and by role."""
    return {word.casefold() for word in (*member.skills, member.role)}
