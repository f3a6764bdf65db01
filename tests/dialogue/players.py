"""A customer who talks to the dialogue engine alone: no channel, no database."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.choices import spoken
from bot.dialogue import Dialogue, Heard, NotUnderstoodYet
from bot.messages import Contact, Location, Reply
from handlers.desk import Terms
from handlers.fees.quotation import Quotation
from handlers.fees.wording import whole
from handlers.life import Actor, move, news
from handlers.life.telling import thing
from handlers.survey import asked
from handlers.testing import MemoryTx, memory_desk
from nlu.context import Context
from nlu.interpreter import Interpreter
from nlu.knowledge import KnowledgeBase
from storage.notices import Arrived
from storage.surveys import Survey

SUPERVISOR = Actor("supervisor", "S1")
CONTACT = Contact("+8613800138000", "Zhou", own=True)
LOCATION = Location(31.2304, 121.4737)


@dataclass(frozen=True, slots=True)
class Mind:
    """What is loaded once for many conversations."""

    dialogue: Dialogue
    interpreter: Interpreter
    knowledge: KnowledgeBase


@dataclass(slots=True)
class Player:
    """One customer in one conversation, with the replies to the last message."""

    mind: Mind
    now: datetime
    tx: MemoryTx = field(default_factory=MemoryTx)
    replies: tuple[Reply, ...] = ()
    said: list[str] = field(default_factory=list)
    turns: int = 0
    choices: dict[str, Any] | None = None
    conversation: Any = None
    terms: Terms = field(default_factory=Terms)

    def __post_init__(self) -> None:
        self.conversation = self.tx.conversation(self.now)

    def say(self, words: str, kind: str = "text") -> tuple[Reply, ...]:
        """Send words, a payload, or something of another kind with the words as its caption."""
        payload = words if words.startswith("/") else spoken(words, self.choices)
        heard: dict[str, Any] = {"text": "" if words.startswith("/") else words, "payload": payload}
        if kind in ("photo", "caption", "voice", "sticker"):
            stored = "photo" if kind == "caption" else kind
            heard.update(attachments=(self.turns + 1,), attachment_kinds=(stored,))
        elif kind == "contact":
            heard.update(contact=CONTACT)
        elif kind == "location":
            heard.update(location=LOCATION)
        return self.hear(**heard)

    def hear(self, **heard: Any) -> tuple[Reply, ...]:
        """Take one message as the turn would, the state through JSON."""
        self.turns += 1
        self.now += timedelta(seconds=30)
        text = heard.get("text", "")
        known = None
        if text and not heard.get("payload"):
            known = self.mind.interpreter.settle(text, Context(self.now))
        try:
            outcome = self._take(Heard(**heard, understanding=known))
        except NotUnderstoodYet:
            understood = self.mind.interpreter.parse(text, Context(self.now))
            outcome = self._take(Heard(**heard, understanding=understood))
        self.conversation.state = json.loads(json.dumps(outcome.state))
        self.said = list(outcome.said)
        self.replies = outcome.replies
        if self.replies:
            self.choices = None
        self._offered()
        return self.replies

    def work(self, *moves: str, reason: str = "repaired") -> tuple[Reply, ...]:
        """People move the customer's newest order, e.g. "take", "resolve", "close"; what is said of it."""
        heard = self.replies = ()
        for name in moves:
            moved = move(self.tx, self.tx.orders.rows[-1], name, SUPERVISOR, reason, self.now)  # type: ignore[arg-type]
            tongue = self.conversation.language or "zh"
            if said := news(moved, tongue):
                self.replies = (self.mind.dialogue.say(said.pop("response"), tongue, **said),)
                heard = (*heard, *self.replies)
        if any(reply.buttons for reply in self.replies):
            self._offered()
        return heard

    def quote(self, quotation: Quotation) -> tuple[Reply, ...]:
        """An engineer asks the customer to approve a quotation of the newest order."""
        tongue = self.conversation.language or "zh"
        told = whole(quotation, self.now.astimezone(ZoneInfo("Asia/Shanghai")), tongue)
        kept = quotation.as_json()
        lines, order = kept.pop("lines"), self.tx.orders.rows[-1]
        moved = move(self.tx, order, "quote", SUPERVISOR, "", self.now)  # type: ignore[arg-type]
        self.tx.quotations.ask(order.id, kept, lines, quotation.total, quotation.currency, self.now)
        said = news(moved, tongue, quotation=told, mark=quotation.fingerprint)
        self.replies = (self.mind.dialogue.say(said.pop("response"), tongue, **said),)
        self._offered()
        return self.replies

    def survey(self) -> tuple[Reply, ...]:
        """The customer is asked about their newest order, as the clock would."""
        order = self.tx.orders.rows[-1]
        until = self.now + self.terms.surveys.open_for
        assert self.tx.surveys.ask(Survey(order.id, order.round, self.now, until))
        slots = {**(self.conversation.state.get("slots") or {}), **asked(order, until)}
        self.conversation.state = {**self.conversation.state, "slots": slots}
        tongue = self.conversation.language or "zh"
        values = {"number": order.number, "kind": thing(order, tongue), "round": order.round}
        self.replies = (self.mind.dialogue.say("utter_survey", tongue, **values),)
        self._offered()
        return self.replies

    @property
    def slots(self) -> dict[str, Any]:
        """What the conversation remembers."""
        return dict(self.conversation.state["slots"])

    @property
    def texts(self) -> list[str]:
        """The bubbles of the last answer."""
        return [reply.text for reply in self.replies]

    def _offered(self) -> None:
        for reply in self.replies:
            self.tx.notices.rows.append(Arrived(reply.as_json(), "sent", None, self.now))
            if reply.buttons:
                self.choices = {"buttons": [{"title": b.title, "payload": b.payload} for b in reply.buttons]}

    def _take(self, heard: Heard) -> Any:
        desk = memory_desk(
            self.tx, self.conversation, self.mind.knowledge, self.now, key=f"m{self.turns}", terms=self.terms
        )
        return self.mind.dialogue.take(heard, self.conversation.state, desk)
