"""The dialogue: one message and the remembered state in, the new state and the replies out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.dialogue import amending, filling, several
from bot.dialogue import domain as domains
from bot.dialogue.amending import Amended, Held
from bot.dialogue.contract import check
from bot.dialogue.exchange import Exchange, Script
from bot.dialogue.filling import Filled, Submitted
from bot.dialogue.heard import Heard, Outcome
from bot.dialogue.languages import choose, keep
from bot.dialogue.tracker import REQUESTED, Memory
from bot.dialogue.wording import Wording
from bot.messages import Reply
from bot.settings import Settings
from handlers import flows, linking
from handlers.desk import Desk
from nlu.tables import NONE, Tables

KEPT = ("language", "language_from", "handover", *flows.ASKED)
"""Slots that outlive a form given up."""


class Dialogue:
    """The flows with their words, ready to take messages; holds nothing of any conversation."""

    def __init__(self, script: Script, language: str = "zh") -> None:
        self.script = script
        self.language = language
        self._unasked = script.domain.initial_slots()

    @classmethod
    def load(cls, settings: Settings, tables: Tables = NONE) -> Dialogue:
        """The flows of `handlers`, checked against each other; raises DomainProblem if they do not fit.

        `tables` are the trainer's own words, for what is read without the interpreter.
        """
        domain = domains.load(flow_files())
        script = Script(
            domain=domain,
            wording=Wording(domain.responses),
            actions=flows.actions(),
            accept=settings.understanding.accept,
            clarify=settings.understanding.clarify,
            drafts=flows.DRAFTS,
            meant=flows.MEANT,
            said=flows.SAID,
            anywhere=flows.ANYWHERE,
            asked=flows.ASKED,
            tables=tables,
        )
        check(script)
        domain.rasa["actions"] = sorted(script.actions)
        return cls(script, settings.service.language)

    def take(self, heard: Heard, state: dict[str, Any], desk: Desk) -> Outcome:
        """Decide and act on one message; raises NotUnderstoodYet when it must be classified first."""
        memory = Memory.recall(state, str(desk.conversation_id), self.script.domain)
        if self._expired(memory, desk):
            memory = Memory.recall(self.abandon(state), str(desk.conversation_id), self.script.domain)
        memory.turns += 1
        drafted = memory.loop is not None and desk.owner == "bot"
        exchange = Exchange(heard, memory, desk, self.script)
        choose(exchange, self.language)
        if heard.contact is not None and heard.contact.own and linking.vouched(desk, heard.contact.phone):
            exchange.say("utter_linked_by_phone")
        several.take(exchange)
        keep(exchange)
        memory.note({"event": "user", "parse_data": {"intent": exchange.message["intent"]}})
        memory.spoken_at = desk.now
        self._keep_draft(drafted, memory, desk)
        return Outcome(memory.as_state(self.script.domain), tuple(exchange.replies), tuple(exchange.said))

    def abandon(self, state: dict[str, Any]) -> dict[str, Any]:
        """The state without the forms that were open and what they had collected."""
        memory = Memory.recall(state, "", self.script.domain)
        kept = {name: memory.slots.get(name) for name in KEPT}
        memory.slots = {**self.script.domain.initial_slots(), **kept, REQUESTED: None}
        memory.loop, memory.suspended, memory.later = None, [], []
        memory.misses, memory.drafted_at = 0, None
        return memory.as_state(self.script.domain)

    def held(self, state: dict[str, Any]) -> Held | None:
        """What the form under way holds, as far as it may be changed one by one."""
        return amending.held(self.script, state)

    def amend(self, state: dict[str, Any], desk: Desk, slot: str, told: str, language: str) -> Amended:
        """Put a value told by an agent into the form under way, checked as the customer's answers are."""
        return amending.amend(self.script, state, desk, slot, told, language)

    def resume(self, state: dict[str, Any], desk: Desk) -> Outcome:
        """Go on with the form under way by asking its next question; nothing is said where there is none."""
        after, replies = amending.resume(self.script, state, desk)
        return Outcome(after, tuple(replies))

    def fill(self, desk: Desk, kind: str, told: dict[str, str], photos: list[int], language: str) -> Filled:
        """A whole form for an order of that kind, filled in by an agent."""
        return filling.fill(self.script, desk, kind, told, photos, language)

    def submit(self, desk: Desk, filled: Filled, language: str) -> Submitted:
        """Do what the filled form is for; a form under way for the same is done with it."""
        done = filling.submit(self.script, desk, filled, language)
        if not done.problems:
            room = desk.conversation
            room.state = filling.finish(self.script, room.state, filled.kind)
        return done

    def say(self, response: str, language: str, **values: Any) -> Reply:
        """A named response outside any turn, e.g. a reminder."""
        return self.script.wording.render(response, {**self._unasked, "language": language}, values)

    def _expired(self, memory: Memory, desk: Desk) -> bool:
        """Whether the customer has been silent for so long that an open form is given up."""
        limit = timedelta(hours=desk.terms.draft_expire_hours)
        return (
            memory.loop is not None and memory.spoken_at is not None and desk.now - memory.spoken_at > limit
        )

    def _keep_draft(self, drafted: bool, memory: Memory, desk: Desk) -> None:
        open_forms = [memory.loop, *(suspended["name"] for suspended in memory.suspended)]
        drafts = [form for form in open_forms if form in self.script.drafts]
        if drafts and desk.owner == "bot":
            if _stale(memory, desk):
                desk.keep_draft(drafts[0])
                memory.drafted_at = desk.now
        elif drafted:
            desk.clear_draft()
            memory.drafted_at = None


def _stale(memory: Memory, desk: Desk) -> bool:
    """Whether the reminder would come noticeably early; not every message need move it."""
    if memory.drafted_at is None:
        return True
    behind = timedelta(minutes=desk.terms.draft_remind_minutes) / 60
    return not timedelta(0) <= desk.now - memory.drafted_at < behind


def flow_files() -> list[Path]:
    """The flows' domain files, in the order of `handlers.flows.FLOWS`."""
    folder = Path(flows.__file__).parent
    return [
        folder / "common.yml",
        folder / "order_news.yml",
        *(folder / f"{flow.__name__.rpartition('.')[2]}.yml" for flow in flows.FLOWS),
    ]
