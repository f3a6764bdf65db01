"""The desk as handlers see it: the verbs they may use inside a turn's transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random, SystemRandom
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from handlers import devices, life, ownership
from handlers.advice import NO_ADVICE, Advice, Choice, Chosen
from handlers.complaints import registering
from handlers.life import BOT, Actor, Moved
from handlers.ownership import Place
from handlers.promises import Case, Promise, What
from handlers.promises.keeping import promised_again
from handlers.terms import Terms as Terms
from nlu.context import Context
from nlu.placeholders import filled
from nlu.privacy import redact
from storage.customers import Customer
from storage.orders import Order, OrderEvent

if TYPE_CHECKING:
    from nlu.article import Article
    from nlu.knowledge import Hit, KnowledgeBase
    from storage import Tx
    from storage.conversations import Conversation

SheetAddress = Callable[[str, str, datetime], str]
"""Where the sheet of an order (number, language) is seen from now on."""
GAP_LIMIT = 500
"""Characters kept of a question without an answer."""


class Desk:
    """What one turn may do; `key` names the turn, so that doing something twice does it once."""

    def __init__(
        self,
        tx: Tx,
        conversation: Conversation,
        knowledge: KnowledgeBase,
        terms: Terms,
        now: datetime,
        key: str,
    ) -> None:
        self.tx = tx
        self.conversation = conversation
        self.knowledge = knowledge
        self.terms = terms
        self.now = now
        self.key = key
        self.opened: list[str] = []  # the kinds of the orders opened in this turn
        self.advice: Advice = NO_ADVICE
        self.sheets: SheetAddress | None = None
        self.random: Random = SystemRandom()
        self.acting: Actor | None = None  # who of the staff does it in the customer's stead

    @property
    def conversation_id(self) -> int:
        """The conversation of this turn."""
        return self.conversation.id

    @property
    def customer_id(self) -> int:
        """The customer of this turn."""
        return self.conversation.customer_id

    @property
    def speaker(self) -> Actor:
        """Who moves orders: the customer of this turn, whose channel and identity stand for a signature.

        Or who of the staff does it in their stead.
        """
        return self.acting or Actor("customer", f"{self.conversation.channel}:{self.conversation.peer}"[:64])

    @property
    def channel(self) -> str:
        """The channel's name, for wording that differs by channel."""
        return self.conversation.channel

    @property
    def owner(self) -> str:
        """Whose it is: `bot`, `queue`, `agent`, `outside` or `closed`."""
        return self.conversation.owner

    @property
    def with_person(self) -> bool:
        """Whether people have the conversation, or it waits for one."""
        return self.conversation.with_person

    @property
    def local_now(self) -> datetime:
        """Now on the service's clock."""
        return self.local(self.now)

    def local(self, moment: datetime) -> datetime:
        """A moment on the service's clock."""
        return moment.astimezone(ZoneInfo(self.terms.zone))

    def customer(self) -> Customer:
        """What is known of the customer."""
        return self.tx.customers.get(self.customer_id)

    def remember(self, *, language: str | None = None, **details: str | None) -> None:
        """Keep what the customer told us about themselves: name, phone, address, language."""
        if language is not None:
            self.conversation.language = language
        self.tx.customers.remember(self.customer_id, self.now, language=language, **details)

    def sheet(self, order: Order, language: str) -> str | None:
        """The address of the order's service sheet as a picture; None where none are made."""
        return self.sheets(order.number, language, self.now) if self.sheets else None

    def open_order(
        self,
        kind: str,
        fields: dict[str, Any],
        *,
        priority: str = "normal",
        opening: str = "open",
        note: str = "",
        purpose: str = "order",
        attachments: list[int] | None = None,
        promised: bool = True,
        actor: Actor | None = None,
    ) -> Order:
        """Open a service order with its promise, and give it to somebody; once for each turn and purpose.

        `opening` is the move of the table that begins its life. A complaint is registered with its order; a
        severe one is urgent, and so is everything of customers of `urgent_levels`.
        """
        actor = actor or self.acting or BOT
        found = registering.weigh(self.tx, self.terms.complaints, kind, fields, self.customer_id, self.now)
        severe = found is not None and found.severity == "severe"
        if severe or self.customer().level in self.terms.urgent_levels:
            priority = "urgent"
        begun = life.opening(opening, kind, self.now)
        address, promised_at = fields.get("address"), None
        if promised and begun.closed_at is None:
            promised_at = self.answered_by(kind, priority, address)
        if kind == "fault" and begun.closed_at is None:
            fields = self._with_replacement(fields)
        order = self.tx.orders.open(
            request_key=f"{self.key}:{purpose}",
            kind=kind,
            customer_id=self.customer_id,
            conversation_id=self.conversation_id,
            fields=fields,
            local_day=self.local_now.strftime("%Y%m%d"),
            now=self.now,
            status=begun.status,
            priority=priority,
            promised_at=promised_at,
            actor=actor.kind,
            actor_id=actor.id,
            note=note,
            move=opening,
            closed_at=begun.closed_at,
            region=self.terms.promises.region(str(address)) if address else None,
            customer_level=self.customer().level,
            device_id=devices.own(self.tx, self.customer_id, kind, fields, self.now),
        )
        self.link(attachments or [], order)
        if found is not None:
            registering.register(self.tx, self.terms.promises, order, found, self.now)
        self.opened.append(kind)
        if order.status != "created":
            return order
        devices.offer_replacement(self.tx, order, self.now)
        given = self.terms.dispatcher.give(self.tx, order, "opened", self.now)
        return given.moved.order if given and given.moved else order

    def _with_replacement(self, fields: dict[str, Any]) -> dict[str, Any]:
        """The fields, with the repairs that entitle to a replacement; the supervisors decide on it (E6)."""
        terms, today = self.terms, self.local_now.date()
        often = devices.repaired_often(
            self.tx, self.customer_id, fields, today, terms.warranty, terms.serial_numbers
        )
        return {**fields, devices.REPLACEMENT: list(often)} if often else fields

    def promise(
        self, what: What, kind: str, priority: str = "normal", address: str | None = None
    ) -> Promise | None:
        """What is promised this customer for such an order from now on; None where nothing is."""
        promises = self.terms.promises
        case = Case(kind, priority, promises.region(address), self.customer().level)
        return promises.promise(what, case, self.now)

    def answered_by(self, kind: str, priority: str = "normal", address: str | None = None) -> datetime | None:
        """When the customer hears from us at the latest, if such an order is opened now."""
        promise = self.promise("answer", kind, priority, address)
        return promise.due if promise else None

    def orders(self, limit: int = 5) -> list[Order]:
        """The customer's orders, newest first."""
        return self.tx.orders.of_customer(self.customer_id, limit)

    def find_order(self, number: str, phone: str | None = None) -> Order | None:
        """The order of that number if it is the customer's own, or if `phone` is the one given in it."""
        order = self.tx.orders.find(number)
        if order is None:
            return None
        if order.customer_id == self.customer_id or order.conversation_id == self.conversation_id:
            return order
        known = order.fields.get("phone")
        return order if phone and known and phone == known else None

    def events(self, order: Order) -> list[OrderEvent]:
        """What happened to the order, oldest first."""
        return self.tx.orders.events(order.id)

    def note(self, order: Order, words: str, attachments: list[int] | None = None) -> None:
        """Add what the customer said to the order; the same words twice in a row are added once."""
        last = self.tx.orders.events(order.id)[-1:]
        who = self.acting or Actor("customer")
        if not last or (last[0].actor, last[0].note) != (who.kind, words):
            self.tx.orders.add_note(order, who.kind, words, self.now, who.id)
        self.link(attachments or [], order)

    def complain_again(self, order: Order, words: str) -> None:
        """Add a further complaint to an open one, which is raised."""
        terms = self.terms
        registering.add(self.tx, terms.promises, terms.complaints, order, words, self.now)

    def overhear(self, order: Order, words: str) -> None:
        """Raise a complaint where what its customer says to a person makes it more severe."""
        terms = self.terms
        registering.overhear(self.tx, terms.promises, terms.complaints, order, words, self.now)

    def move(
        self,
        order: Order,
        move: str,
        actor: Actor,
        reason: str,
        expected_version: int | None = None,
        **changes: Any,
    ) -> Moved:
        """Move an order by the table of legal moves; `life.news` of the result is what the customer is told.

        One that is taken up again is promised anew. Raises Refused with the reason in words, or Stale where
        the order is not at `expected_version`.
        """
        known = life.life().moves.get(move)
        if known is not None and known.again and "promised_at" not in changes:
            changes["promised_at"] = promised_again(self.terms.promises, order, self.now)
        return life.move(
            self.tx, order, move, actor, reason, self.now, expected_version=expected_version, **changes
        )

    def can_reopen(self, order: Order) -> bool:
        """Whether the customer may still have it taken up again instead of reporting anew."""
        fresh = order.closed_at is None or self.now - order.closed_at <= timedelta(
            days=self.terms.reopen_days
        )
        return fresh and life.may(order, "reopen", self.speaker) and bool(order.fields.get("phone"))

    def link(self, attachments: list[int], order: Order) -> None:
        """Make files of this conversation part of the order."""
        self.tx.attachments.link(attachments, order.id, self.conversation_id)

    def hand_over(self, reason: str = "asked", priority: int = 0) -> None:
        """Give the conversation to a person; the bot is silent from the next message on.

        Where nobody works now, it is promised by when somebody answers; danger waits for no opening hours.
        """
        if not self.with_person:
            self._change_owner("ask", ownership.BOT, reason=reason, priority=priority)
            by = self.answered_later(self.terms.queue.answer_minutes)
            if by is not None and priority < ownership.DANGER:
                ownership.promise(self.tx, self.conversation, by, self.now)
        elif (begun := self.tx.handovers.current(self.conversation_id)) and begun.priority < priority:
            begun.reason, begun.priority = reason, priority
            self.tx.handovers.save(begun)

    def take_back(self) -> None:
        """Give the conversation back to the bot, as the customer wants."""
        if self.with_person:
            self._change_owner("want_bot", ownership.CUSTOMER)

    def take_up(self) -> None:
        """The customer writes again after a person had settled the matter: the bot hears it first."""
        if self.owner == "closed":
            self._change_owner("reopen", ownership.CUSTOMER)

    def attended(self, by_person: bool) -> None:
        """People of a platform's own desk have the conversation now, or no longer."""
        ownership.attended(self.tx, self.conversation, by_person, self.now, self.terms.queue)

    def place(self) -> Place | None:
        """Where the customer stands in the queue; None where nobody serves it now."""
        return ownership.place(self.tx, self.conversation, self.now, self.terms.queue)

    def told_place(self, place: Place) -> None:
        """The customer is told that place; changes of it are told by the clock."""
        begun = self.tx.handovers.current(self.conversation_id)
        if begun is not None:
            ownership.told(self.tx, begun, place, self.now)

    def answered_later(self, minutes: float) -> datetime | None:
        """So many minutes of working time from the next opening; None while people work, or are there."""
        working_time = self.terms.promises.working_time
        if working_time.is_open(self.now) or self.tx.presence.online():
            return None
        return working_time.add(self.now, timedelta(minutes=minutes))

    @property
    def crowded(self) -> bool:
        """Whether too many wait for people."""
        return ownership.peak(self.tx, self.now, self.terms.queue)

    @property
    def promised_at(self) -> datetime | None:
        """By when somebody answers in this conversation, where that was promised."""
        return ownership.promised(self.tx, self.conversation)

    def wrote(self) -> None:
        """The customer wrote something that an agent has to answer."""
        ownership.wrote(self.tx, self.conversation, self.now, self.terms.queue)

    def _change_owner(self, name: str, who: ownership.Mover, **how: Any) -> None:
        ownership.move(self.tx, self.conversation, name, who, self.now, self.terms.queue, **how)

    def answers(
        self, text: str, language: str, product: str | None, limit: int = 3, model: str | None = None
    ) -> list[Hit]:
        """The articles nearest to a question that may be quoted today, best first."""
        today = self.local_now.date()
        hits = self.knowledge.search(text, language, product, limit, model)
        return [replace(hit, article=self._told(hit.article)) for hit in hits if hit.article.valid_on(today)]

    def article(self, article_id: str, language: str) -> Article | None:
        """An article by its id, or None when there is none any more, or none that may be quoted today."""
        return self._valid(self.knowledge.get(article_id, language))

    def advised(self, text: str, *choices: Choice) -> dict[str, Chosen]:
        """What a model chose for the customer's words, by subject; nothing where none is configured.

        Raises AdviceWanted, which ends the turn until the answer is there or given up.
        """
        if not any(self.advice.wants(choice.subject, text) for choice in choices):
            return {}
        customer = self.customer()
        known = (customer.name, customer.phone, customer.address)
        return self.advice.take(text, choices, tuple(word for word in known if word))

    def diagnosis(
        self,
        language: str,
        product: str | None,
        symptoms: list[str],
        error_code: str | None,
        text: str,
        model: str | None = None,
    ) -> Article | None:
        """The article whose steps may help with such a fault, or None."""
        return self._valid(self.knowledge.diagnosis(language, product, symptoms, error_code, text, model))

    def _valid(self, article: Article | None) -> Article | None:
        if article is None or not article.valid_on(self.local_now.date()):
            return None
        return self._told(article)

    def _told(self, article: Article) -> Article:
        """The article with what the settings say."""
        hours = self.terms.office_hours(article.language)
        return filled(article, {"hours": hours, "hotline": self.terms.hotline})

    def rate(self, article: str, version: str, language: str, helpful: bool) -> None:
        """Record whether that version's answer helped."""
        self.tx.knowledge.rate(article, version, language, helpful, self.conversation_id, self.now)

    def gap(self, text: str, language: str, product: str | None = None) -> None:
        """Record a question the knowledge base could not answer, without what it says of the customer."""
        context = Context(self.now, self.terms.zone, self.terms.countries, language)
        kept = redact(text, context)[:GAP_LIMIT].strip()
        if kept:
            self.tx.knowledge.gap(kept, language, product, self.conversation_id, self.now)

    def keep_draft(self, form: str) -> None:
        """Note that a form is unfinished; its reminder follows after silence."""
        due_at = self.now + timedelta(minutes=self.terms.draft_remind_minutes)
        self.tx.drafts.keep(self.conversation_id, form, self.now, due_at)

    def clear_draft(self) -> None:
        """No form is unfinished any more."""
        self.tx.drafts.clear(self.conversation_id)
