"""What happened in a conversation, in words for the people in the group."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from bot.channels.telegram.splitting import split, utf16_length
from bot.console.masking import FULL, MASKED
from bot.telegram_desk.wording import Words
from storage import Tx
from storage.conversations import Conversation
from storage.desk_topics import DeskLine, Topic
from storage.handovers import OwnerEvent
from storage.messages import Message

CARD_LIMIT = 3800
CLIPPED = 160
NAME_LIMIT = 100
ORDERS = 3
REASONS = ("take", "assign")
"""Moves that begin a hand-over without a reason."""


class Teller:
    """Says in one language what is stored; `prefix` begins notes, `history` messages are told.

    With `mask`, telephone numbers in words are not written into the group.
    """

    def __init__(self, words: Words, prefix: str, history: int, mask: bool) -> None:
        self.words = words
        self._prefix = prefix
        self._history = history
        self._seen = MASKED if mask else FULL

    def name(self, tx: Tx, conversation: Conversation) -> str:
        """The topic's name: state, customer, short matter."""
        customer = tx.customers.get(conversation.customer_id).name or self.words("nobody")
        orders = tx.orders.of_customer(conversation.customer_id, 1)
        matter = self.words("order_kinds", orders[0].kind) if orders else ""
        begun = tx.handovers.current(conversation.id)
        if begun is not None and begun.reason and begun.reason not in REASONS:
            matter = self.words("reasons", begun.reason)
        parts = [self._state(tx, conversation), f"{customer} #{conversation.id}", matter]
        return split(" · ".join(filter(None, parts)).replace("\n", " "), NAME_LIMIT)[0]

    def card(self, tx: Tx, conversation: Conversation, topic: Topic) -> str:
        """The summary on top: whose it is, the customer, the orders, what was said before."""
        customer = tx.customers.get(conversation.customer_id)
        begun = tx.handovers.current(conversation.id)
        told = begun is not None and begun.reason and begun.reason not in REASONS
        reason = self.words("reasons", begun.reason) if begun is not None and told else ""
        head = self.words(
            "card",
            state=self._state(tx, conversation),
            customer=customer.name or self.words("nobody"),
            channel=self.words("channels", conversation.channel),
            conversation=conversation.id,
            reason=self.words("reason", reason=reason) if reason else "",
        )
        orders = [
            f"• {one.number} {self.words('order_kinds', one.kind)} · {self.words('order_states', one.status)}"
            for one in tx.orders.of_customer(conversation.customer_id, ORDERS)
        ]
        blocks = [head, "\n".join([f"{self.words('orders')}：", *orders]) if orders else ""]
        before = self.history(tx, conversation.id, 0, topic.opened_seq)
        blocks += [f"{self.words('before')}：\n{before}" if before else ""]
        blocks += [self.words("how", prefix=self._prefix)]
        return split("\n\n".join(filter(None, blocks)), CARD_LIMIT)[0]

    def buttons(self, conversation: Conversation) -> dict[str, Any]:
        """The card's buttons."""
        moves = {
            "queue": ("take", "transfer", "hand_back", "resolve"),
            "agent": ("take_over", "transfer", "release", "hand_back", "resolve"),
        }.get(conversation.owner, ("take",))
        moves += () if self._seen.full else ("numbers",)
        made = [button(self.words("buttons", one), conversation.id, one) for one in moves]
        return {"inline_keyboard": [made[place : place + 2] for place in range(0, len(made), 2)]}

    def history(self, tx: Tx, conversation_id: int, after: int, up_to: int) -> str:
        """The last messages of that stretch, a line each."""
        names = self._names(tx)
        found = tx.messages.of_conversation(conversation_id, after, up_to + 1, self._history)
        lines = (self.message(one, names).replace("\n", " ") for one in found if not one.withdrawn)
        return "\n".join(one if len(one) <= CLIPPED else f"{one[:CLIPPED]}…" for one in lines)

    def line(self, tx: Tx, topic: Topic, line: DeskLine) -> str:
        """A queued line in words; empty where there is nothing to say any more."""
        if line.kind == "message":
            found = tx.messages.by_seq(topic.conversation_id, line.ref or 0)
            return self.message(found, self._names(tx)) if found and not found.withdrawn else ""
        if line.kind == "note":
            notes = [one for one in tx.notes.of(topic.conversation_id) if one.id == line.ref]
            who = self._names(tx)
            return "\n".join(
                f"{self.words('note', who=who.get(n.user_id, ''))}: {self._seen.text(n.text)}" for n in notes
            )
        if line.kind == "history":
            told = self.history(tx, topic.conversation_id, line.detail["after"], line.ref or 0)
            return f"{self.words('earlier')}：\n{told}" if told else ""
        if line.kind == "owner":
            events = tx.handovers.events(topic.conversation_id)
            return "\n".join(self._did(tx, one) for one in events if one.revision == line.ref)
        if line.kind == "delivery":
            found = tx.messages.by_seq(topic.conversation_id, line.ref or 0)
            said = self._seen.text(found.body.get("text")) if found else ""
            text = " ".join([said, *self._sent(found.body)]) if found else ""
            text = text.strip()[:CLIPPED]
            return self.words("delivery", line.detail["state"], text=text)
        return self.words.refused(line.detail["word"], line.detail.get("who", ""))

    def message(self, message: Message, names: dict[int, str]) -> str:
        """One message: who said what."""
        who = self.words("said", message.author, who=names.get(message.user_id or 0, "")).strip()
        body = message.body
        parts = [self._seen.text(body.get("text"))]
        if body.get("edits"):
            parts.insert(0, self.words("edited"))
        if place := body.get("location"):
            parts.append(self.words("location", **{"label": "", **place}))
        if card := body.get("contact"):
            parts.append(
                self.words("contact", name=card.get("name") or "", phone=self._seen.phone(card.get("phone")))
            )
        parts += [f"[{self.words('kinds', one['kind'])}]" for one in body.get("attachments", ())]
        parts += self._sent(body)
        parts += [f"[{self._seen.text(one['title'])}]" for one in body.get("buttons", ())]
        if body.get("event"):
            parts.append(self.words("events", body["event"]))
        if body.get("unsupported"):
            parts.append(self.words("unsupported"))
        said = " ".join(filter(None, parts)) or (self.words("chose") if "choice" in body else "…")
        return f"{who}: {said}"

    def _sent(self, body: dict[str, Any]) -> list[str]:
        """What went with our own words."""
        photo = [f"[{self.words('kinds', 'photo')}]"] if body.get("image") else []
        file = body.get("file")
        return photo + ([f"[{self.words('kinds', file['kind'])} {file['name']}]"] if file else [])

    def _did(self, tx: Tx, event: OwnerEvent) -> str:
        names = self._names(tx)
        by, who = names.get(event.user_id or 0, ""), names.get(event.agent_id or 0, "")
        return f"— {self.words('did', event.move, by=by, who=who, skill=event.skill or '')}"

    def _state(self, tx: Tx, conversation: Conversation) -> str:
        who = self._names(tx).get(conversation.agent_id or 0, "")
        return self.words("states", conversation.owner, who=who)

    @staticmethod
    def _names(tx: Tx) -> dict[int, str]:
        return {one.id: one.shown for one in tx.users.all()}


def button(title: str, conversation_id: int, move: str, user_id: int | None = None) -> dict[str, str]:
    """A button of the group: the move, and who gets it."""
    to = f":{user_id}" if user_id is not None else ""
    return {"text": title, "callback_data": f"desk:{conversation_id}:{move}{to}"}


def digest(*texts: object) -> str:
    """By which it is seen whether something is still as it was shown; holds no words itself."""
    return hashlib.sha256(repr(texts).encode()).hexdigest()


def fitting(texts: Iterable[str], limit: int) -> int:
    """How many of the texts, from the first, one message has room for; at least one."""
    used, count = 0, 0
    for text in texts:
        used += utf16_length(text) + 1
        if count and used > limit:
            break
        count += 1
    return count
