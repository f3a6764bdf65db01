"""The dialogue: one message and the remembered state in, the new state and the replies out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import handlers
from bot.dialogue import domain as domains
from bot.dialogue import policy
from bot.dialogue.contract import check
from bot.dialogue.exchange import Exchange, Script
from bot.dialogue.heard import Heard, Outcome
from bot.dialogue.languages import choose
from bot.dialogue.tracker import REQUESTED, Memory
from bot.dialogue.wording import Wording
from bot.messages import Reply
from bot.settings import Settings
from handlers.desk import Desk


class Dialogue:
    """The flows with their words, ready to take messages; holds nothing of any conversation."""

    def __init__(self, script: Script, language: str = "zh") -> None:
        self.script = script
        self.language = language

    @classmethod
    def load(cls, settings: Settings) -> Dialogue:
        """The flows of `handlers`, checked against each other; raises DomainProblem if they do not fit."""
        domain = domains.load(flow_files())
        script = Script(
            domain=domain,
            wording=Wording(domain.responses),
            actions=handlers.actions(),
            accept=settings.understanding.accept,
            clarify=settings.understanding.clarify,
        )
        check(script)
        domain.rasa["actions"] = sorted(script.actions)
        return cls(script, settings.service.language)

    def take(self, heard: Heard, state: dict[str, Any], desk: Desk) -> Outcome:
        """Decide and act on one message; raises NotUnderstoodYet when it must be classified first."""
        memory = Memory.recall(state, str(desk.conversation_id), self.script.domain)
        memory.turns += 1
        exchange = Exchange(heard, memory, desk, self.script)
        choose(exchange, self.language)
        expects = memory.slots.get("expects")
        policy.decide(exchange)
        if memory.slots.get("expects") == expects:
            memory.slots["expects"] = None
        memory.note({"event": "user", "text": "", "parse_data": {"intent": exchange.message["intent"]}})
        memory.spoken_at = desk.now
        self._keep_draft(memory, desk)
        return Outcome(memory.as_state(self.script.domain), tuple(exchange.replies))

    def say(self, response: str, language: str, **values: Any) -> Reply:
        """A named response outside any turn, e.g. a reminder."""
        slots = {**self.script.domain.initial_slots(), "language": language}
        return self.script.wording.render(response, slots, values)

    def abandon(self, state: dict[str, Any]) -> dict[str, Any]:
        """The state without the form it is in: the draft has expired."""
        domain = self.script.domain
        memory = Memory.recall(state, "", domain)
        kept = {name: memory.slots[name] for name in ("language", "language_from")}
        memory.slots = {**domain.initial_slots(), **kept, REQUESTED: None}
        memory.loop, memory.suspended = None, []
        return memory.as_state(domain)

    def _keep_draft(self, memory: Memory, desk: Desk) -> None:
        if memory.loop is not None and self.script.domain.forms[memory.loop].get("draft"):
            desk.keep_draft(memory.loop)
        else:
            desk.clear_draft()


def flow_files() -> list[Path]:
    """The flows' domain files, in the order of `handlers.FLOWS`."""
    folder = Path(handlers.__file__).parent
    return [folder / "common.yml", *(folder / f"{flow.__name__.rpartition('.')[2]}.yml" for flow in handlers.FLOWS)]
