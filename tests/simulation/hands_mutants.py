"""Planted bugs of whose a conversation is and of what agents write; the last of the `MUTANTS`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from sqlalchemy import delete, update

from bot.console import acting
from bot.front import FrontDesk
from bot.turns import Turns
from handlers.advice import AdviceWanted
from handlers.desk import Desk
from handlers.ownership import moving, waiting
from storage.agent_drafts import AgentDraft, AgentDrafts
from storage.handovers import Handovers
from storage.notes import Notes
from storage.outbox import Outbox, OutboxRow
from storage.schema import agent_drafts, messages
from tests.conftest import NOON
from tests.simulation.mutants import mutant
from tests.simulation.people_mutants import MUTANTS

__all__ = ["MUTANTS"]


@mutant
def waits_though_answered() -> Iterator[None]:
    """A person answers, but the customer still counts as waiting."""

    def answered(tx: Any, conversation: Any, now: Any) -> None:
        since = conversation.waiting_since
        real(tx, conversation, now)
        conversation.waiting_since = since

    real = waiting.answered
    with patch.object(acting.ownership, "answered", answered):
        yield


@mutant
def waits_from_now() -> Iterator[None]:
    """Whoever is handed over counts as waiting from then on, not from when they wrote."""
    real = moving._follow

    def follow(begun: Any, conversation: Any, skill: Any, now: Any, timing: Any) -> None:
        if conversation.waiting_since is not None:
            conversation.waiting_since = now + timedelta(seconds=1)
        real(begun, conversation, skill, now, timing)

    with patch.object(moving, "_follow", follow):
        yield


@mutant
def forgets_who_waited_for_what_was_taken_back() -> Iterator[None]:
    """A reply is taken back, and its customer counts as answered."""
    with patch.object(acting.ownership, "taken_back", lambda *_: None):
        yield


@mutant
def changes_hands_without_a_word() -> Iterator[None]:
    """Agents' changes of whose a conversation is are not written down."""
    real = Handovers.note

    def note(self: Handovers, event: Any) -> None:
        if event.by != "agent":
            real(self, event)

    with patch.object(Handovers, "note", note):
        yield


@mutant
def takes_what_somebody_has() -> Iterator[None]:
    """Of two who click at once the later one gets it too."""
    real = moving._refusal

    def refusal(conversation: Any, legal: Any, who: Any) -> str | None:
        why = real(conversation, legal, who)
        return None if why == "taken" else why

    with patch.object(moving, "_refusal", refusal):
        yield


@mutant
def loses_who_is_put_back() -> Iterator[None]:
    """What an agent puts back into the queue is not looked at by the clock any more."""
    real = moving._follow

    def follow(begun: Any, conversation: Any, *rest: Any) -> None:
        held = begun.agent_id is not None
        real(begun, conversation, *rest)
        if held and conversation.owner == "queue":
            begun.queued_at = begun.due_at = None

    with patch.object(moving, "_follow", follow):
        yield


@mutant
def answers_for_whoever_took_over() -> Iterator[None]:
    """What was written to the bot it answers, whoever took the conversation while it was thinking."""
    real = Turns.take

    def take(self: Turns, tx: Any, inbound: Any, *rest: Any) -> Any:
        place, now = inbound.address, rest[1]
        found = tx.conversations.enter(place.channel, place.account, place.peer, now)
        owner = vars(self).setdefault((place, inbound.external_id), found.owner)
        late = patch.multiple(Desk, owner="bot", take_back=lambda _: None)
        with late if owner == "bot" else nullcontext():
            return real(self, tx, inbound, *rest)

    with patch.object(Turns, "take", take):
        yield


@mutant
def leaves_customers_with_who_is_gone() -> Iterator[None]:
    """Nobody asks what became of the conversations of somebody who works here no more."""
    with patch.object(Handovers, "left_behind", lambda self: []):
        yield


@mutant
def sends_what_was_taken_back() -> Iterator[None]:
    """A reply is taken back, and leaves all the same."""

    def withdraw(self: Outbox, conversation_id: int, seq: int) -> bool:
        place = (messages.c.conversation_id == conversation_id, messages.c.seq == seq)
        self._tx.execute(update(messages).where(*place).values(body={"withdrawn": True}))
        return True

    with patch.object(Outbox, "withdraw", withdraw):
        yield


@mutant
def writes_what_colleagues_note_into_the_audit() -> Iterator[None]:
    """What is noted stands in the audit too, which leaves the house as a file."""
    real = Notes.add

    def add(self: Notes, conversation: Any, user_id: int, text: str, now: Any) -> int:
        self._tx.audit.note("note", user_id, now, text=text)
        return real(self, conversation, user_id, text, now)

    with patch.object(Notes, "add", add):
        yield


@mutant
def trusts_who_somebody_was() -> Iterator[None]:
    """A deed is done by the rights of the moment in which its page was asked for."""
    with patch.object(acting, "as_now", lambda tx, doer: doer.user):
        yield


@mutant
def keeps_drafts_as_they_come() -> Iterator[None]:
    """A draft that arrives late stands in the place of a newer one, or of nothing, as it was sent."""
    real = AgentDrafts.keep

    def keep(self: AgentDrafts, user_id: int, conversation_id: int, draft: AgentDraft, now: Any) -> bool:
        mine = (agent_drafts.c.user_id == user_id, agent_drafts.c.conversation_id == conversation_id)
        self._tx.execute(update(agent_drafts).where(*mine).values(stamp=0))
        return real(self, user_id, conversation_id, draft, now)

    with patch.object(AgentDrafts, "keep", keep):
        yield


@mutant
def wipes_drafts_of_colleagues() -> Iterator[None]:
    """Whoever sends a reply wipes what others have begun to write there."""
    real = AgentDrafts.sent

    def sent(self: AgentDrafts, user_id: int, conversation_id: int, *rest: Any) -> None:
        real(self, user_id, conversation_id, *rest)
        theirs = (agent_drafts.c.user_id != user_id, agent_drafts.c.conversation_id == conversation_id)
        self._tx.execute(delete(agent_drafts).where(*theirs))

    with patch.object(AgentDrafts, "sent", sent):
        yield


@mutant
def wipes_the_draft_before_it_is_sent() -> Iterator[None]:
    """The draft goes when its page sends it, whether or not the reply is taken."""
    real = acting.write

    async def write(means: Any, doer: Any, conversation_id: int, *rest: Any, **how: Any) -> bool:
        stamp, now = how.get("stamp", 0), means.clock()
        if stamp:
            await means.store.transact(
                lambda tx: tx.agent_drafts.sent(doer.user.id, conversation_id, "reply", stamp, now)
            )
        return await real(means, doer, conversation_id, *rest, **how)

    with patch.object(acting, "write", write):
        yield


@mutant
def tells_customers_what_colleagues_note() -> Iterator[None]:
    """A note leaves as a reply."""
    real = acting.write

    async def write(*given: Any, note: bool, **how: Any) -> bool:
        return await real(*given, note=False, **how)

    with patch.object(acting, "write", write):
        yield


@mutant
def tells_the_model_what_colleagues_note() -> Iterator[None]:
    """The model is asked with what agents have noted about the customer."""
    real = FrontDesk._advised

    async def advised(self: FrontDesk, wanted: AdviceWanted, before: Any, inbound: Any, *rest: Any) -> Any:
        def noted(tx: Any) -> str:
            place = inbound.address
            room = tx.conversations.enter(place.channel, place.account, place.peer, NOON)
            return " ".join(one.text for one in tx.notes.of(room.id))

        words = f"{wanted.text} {await self.store.read(noted)}"
        return await real(self, AdviceWanted(words, wanted.choices, wanted.private), before, inbound, *rest)

    with patch.object(FrontDesk, "_advised", advised):
        yield


@mutant
def shows_nobody_what_became_of_replies() -> Iterator[None]:
    """Whoever looks at a conversation is not told that a reply failed."""
    with patch.object(OutboxRow, "shown", None):
        yield


@mutant
def shows_nobody_what_agents_do() -> Iterator[None]:
    """What an agent does stands in the audit, and open pages of others do not change."""

    def noted(tx: Any, doer: Any, action: str, found: Any, now: Any, **detail: Any) -> None:
        tx.audit.note(action, doer.user.id, now, about=f"conversation:{found.id}", address="-")

    with patch.object(acting, "noted", noted):
        yield
