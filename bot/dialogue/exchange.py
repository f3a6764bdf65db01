"""One message being decided: what was heard, what is remembered, what is said in answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk import Action
from rasa_sdk.executor import CollectingDispatcher

from bot.dialogue import stepping
from bot.dialogue.domain import Domain
from bot.dialogue.heard import Heard, NotUnderstoodYet
from bot.dialogue.message import compose, parse_payload
from bot.dialogue.tracker import REQUESTED, Memory
from bot.dialogue.wording import Wording
from bot.messages import Button, Reply
from handlers.asked import Told
from handlers.desk import Desk
from handlers.report_slots import CONTACT
from nlu.context import Context
from nlu.entities import find_all
from nlu.tables import NONE, Tables
from nlu.understanding import Understanding

ActionMaker = Callable[[Desk], Action]
KEPT = ("photo", "video", "document", "voice")
FILES = 30
SHOWN = 60
COVERS = 0.6
BOOKKEEPING = ("asked", "attempts", "replaced", "doubts")
"""What a form remembers of its asking."""


class UnknownAction(Exception):
    """A rule or form names an action that no flow provides."""


@dataclass(frozen=True, slots=True)
class Script:
    """What the flows provide: declarations, words and actions; intents below `accept` are not acted on."""

    domain: Domain
    wording: Wording
    actions: Mapping[str, ActionMaker]
    accept: float = 0.55
    clarify: float = 0.25
    drafts: tuple[str, ...] = ()
    meant: Mapping[str, Callable[[str | None, str, Mapping[str, Any]], str | None]] = field(
        default_factory=dict
    )
    said: tuple[Callable[[str], str | None], ...] = ()
    anywhere: tuple[Callable[[str], str | None], ...] = ()
    asked: Mapping[str, Callable[[Told], str | None]] = field(default_factory=dict)
    tables: Tables = NONE


@dataclass(slots=True)
class Exchange:
    """The working state of one decision.

    Where it is one of several matters of a message, a form's question is held back (`holding`, then `held`),
    and what else would be asked with an answer is left out (`aside`).
    """

    heard: Heard
    memory: Memory
    desk: Desk
    script: Script
    replies: list[Reply] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    message: dict[str, Any] = field(default_factory=dict)
    expected: dict[str, Any] = field(default_factory=dict)
    holding: bool = False
    held: bool = False
    aside: bool = False

    def __post_init__(self) -> None:
        self.message = compose(self.heard, self.script.accept, in_form=self.memory.loop is not None)
        self.expected = self.memory.slots.get("expects") or {}
        self.memory.slots["expects"] = None
        new = [
            i
            for i, kind in zip(self.heard.attachments, self.heard.attachment_kinds, strict=True)
            if kind in KEPT
        ]
        if new:
            self.memory.slots["photos"] = [*(self.memory.slots.get("photos") or []), *new][-FILES:]

    @property
    def intent(self) -> str:
        """The message's intent; raises NotUnderstoodYet when words still need the classifier."""
        name = self.message["intent"]["name"]
        if name is None:
            if self.heard.text and self.heard.understanding is None:
                raise NotUnderstoodYet
            return ""
        return str(name)

    @property
    def confidence(self) -> float:
        """How sure the intent is, 0..1."""
        return float(self.message["intent"]["confidence"])

    def entities(self) -> dict[str, Any]:
        """The values found in the message by entity name, the first of each."""
        found: dict[str, Any] = {}
        for entity in self.message["entities"]:
            found.setdefault(entity["entity"], entity["value"])
        return found

    def glance(self) -> None:
        """Find the details in words that were not classified: a phone number, a name, an address."""
        heard = self.heard
        if heard.payload or not heard.text or heard.understanding is not None or self.message["entities"]:
            return
        terms = self.desk.terms
        context = Context(
            self.desk.now,
            terms.zone,
            terms.countries,
            str(self.memory.slots.get("language") or "zh"),
            tables=self.script.tables,
        )
        found = Understanding(heard.text, "", 0.0, entities=find_all(heard.text, context)).as_rasa()[
            "entities"
        ]
        self.message["entities"] = [*found, *self.message["entities"]]

    def covers(self, name: str) -> bool:
        """Whether that entity is most of what was said."""
        letters = sum(c.isalnum() for c in self.message["text"]) or 1
        for found in self.message["entities"]:
            if found["entity"] == name and "start" in found:
                part = self.message["text"][found["start"] : found["end"]]
                if sum(c.isalnum() for c in part) / letters >= COVERS:
                    return True
        return False

    def mean(self, payload: str) -> None:
        """Take the message as if that button had been tapped; the customer's words stay known."""
        metadata = self.message["metadata"]
        self.message = {**parse_payload(payload), "metadata": metadata}

    def say(self, response: str, values: Mapping[str, Any] | None = None) -> None:
        """Add a reply by its name."""
        self.speak({"response": response, **(values or {})})

    def speak(self, message: Mapping[str, Any]) -> None:
        """Add what an action uttered: a named response, or literal text, with buttons if any."""
        name = message.get("response")
        if self.aside and f"{name}_aside" in self.script.wording:
            name, message = f"{name}_aside", {**message, "buttons": [], "said": self.heard.text[:SHOWN]}
        reply = self._literal(message)
        if name:
            seed = f"{self.memory.sender}:{self.memory.turns}:"
            named = self.script.wording.render(
                name, self.memory.slots, message, channel=self.desk.channel, seed=seed
            )
            reply = Reply(
                text="\n".join(part for part in (named.text, reply.text) if part),
                buttons=named.buttons + reply.buttons,
                image=reply.image or named.image,
                ask=named.ask,
                custom=reply.custom or named.custom,
            )
            self.said.append(name)
        if reply.text or reply.buttons or reply.image or reply.custom:
            self.replies.append(reply)

    def run(self, name: str, candidates: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Run one action, say what it utters, apply its events; returns them."""
        if name.startswith("utter_"):
            self.say(name)
            return []
        try:
            action = self.script.actions[name](self.desk)
        except KeyError:
            raise UnknownAction(name) from None
        dispatcher = CollectingDispatcher()
        tracker = self.memory.tracker(self.message, candidates)
        events = list(stepping.run(action.run(dispatcher, tracker, self.script.domain.rasa)) or [])
        self.memory.note({"event": "action", "name": name})
        self._apply(events)
        for message in dispatcher.messages:
            self.speak(message)
        return events

    def _apply(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            kind = event.get("event")
            if kind == "slot":
                self.memory.slots[event["name"]] = event["value"]
            elif kind == "active_loop":
                self.switch(event.get("name"))
            elif kind == "reset_slots":
                self.memory.later.clear()
                self.memory.clear(self.script.domain.slots, self.script.domain)
            self.memory.note(event)

    def switch(self, loop: str | None) -> None:
        """Make a form the active one, on top of one worth going back to; None ends the active form."""
        memory = self.memory
        if loop is None:
            memory.loop, memory.requested = None, None
        elif memory.loop != loop:
            if memory.loop in self.script.drafts:
                aside = self._set_aside(memory.loop, loop)
                memory.suspended.append({"name": memory.loop, REQUESTED: memory.requested, "slots": aside})
            memory.loop, memory.requested = loop, None

    def _set_aside(self, form: str, other: str) -> dict[str, Any]:
        """The values of an interrupted form that the other asks for too; the contact stays."""
        memory, domain = self.memory, self.script.domain
        asked = [name for name in domain.form_slots(form) if name in domain.form_slots(other)]
        names = [name for name in (*asked, *BOOKKEEPING) if name in memory.slots]
        aside = {name: memory.slots[name] for name in names}
        memory.clear([name for name in names if name not in CONTACT], domain)
        return aside

    @staticmethod
    def _literal(message: Mapping[str, Any]) -> Reply:
        return Reply(
            text=message.get("text") or "",
            buttons=tuple(Button(b["title"], b["payload"]) for b in message.get("buttons") or ()),
            image=message.get("image"),
            custom=message.get("custom") or None,
        )
