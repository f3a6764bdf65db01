"""A simulated year: customers with faults and wishes, staff of all kinds, and the clock that keeps both."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Connection, func, select, update

from bot.messages import Reply
from bot.turns import say
from bot.voice import DeskVoice
from handlers.appointments import Window
from handlers.desk import Desk, Terms
from handlers.life import Actor, Refused, life, move_and_tell
from handlers.visits import kept
from scheduler import Job, jobs
from scheduler.rules import Rules
from storage import Tx
from storage.orders import Order
from storage.schema import customers, timers
from storage.statements import Prepared
from storage.windows import ReplyWindow
from tests.conftest import NOON
from tests.spoken import dialogue

TICK = timedelta(minutes=30)
"""The clock looks so often, where anything is due."""
SLOT = timedelta(hours=2)
PLACES = 2
"""Visits that begin at the same hour."""
STAFF, CUSTOMER = Actor("supervisor", "S1"), Actor("customer", "test")
KINDS = ("fault", "fault", "fault", "installation", "consultation", "complaint", "return")
CHANNELS = ("web", "telegram", "telegram", "wechat", "rest")
ZONES = (None, None, None, "America/New_York", "Europe/Berlin")
QUIET = (None, None, "20:00-09:00", "02:00-05:00")

FIRST = Prepared(select(func.min(timers.c.due_at)))
Deed = Callable[[datetime], None]


@dataclass(slots=True)
class Town:
    """Everything that happens in the year, in the order in which it happens."""

    connection: Connection
    random: Random
    rules: Rules = field(default_factory=Rules)
    voice: DeskVoice = field(default_factory=lambda: DeskVoice(dialogue()))
    down: list[tuple[datetime, datetime]] = field(default_factory=list)
    """When the clock was not looked at."""
    wrong: list[tuple[datetime, datetime]] = field(default_factory=list)
    """When the clock told another time, and which."""
    zones: list[tuple[datetime, str]] = field(default_factory=list)
    """From when on the service was in which zone."""
    done: Counter[str] = field(default_factory=Counter)
    now: datetime = NOON
    _idle_until: datetime | None = None
    _looked: date | None = None
    """The day on which every job was looked at; but for timers nothing comes due here within one."""
    _deeds: list[tuple[datetime, int, Deed]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def work(self, deed: Callable[[Tx], Any]) -> Any:
        """One transaction."""
        self._idle_until = None
        with self.connection.begin():
            return deed(Tx(self.connection))

    def at(self, moment: datetime, deed: Deed) -> None:
        """Something will happen then."""
        heapq.heappush(self._deeds, (moment, next(self._numbers), deed))

    def live(self, until: datetime) -> None:
        """Let time pass: what people do, and between that the clock."""
        while self.now < until:
            following = self.now + TICK
            while self._deeds and self._deeds[0][0] < following:
                moment, _, deed = heapq.heappop(self._deeds)
                deed(moment)
            self.now = following
            if not any(begin <= following < end for begin, end in self.down):
                self.look(following)

    def look(self, now: datetime) -> None:
        """What the scheduler does at that moment."""
        if self._idle_until is not None and now < self._idle_until:
            return
        if now.date() != self._looked:
            self._looked = now.date()
            for job in jobs(self.rules):
                self._sweep(job, now)
        self._idle_until = self._sweep(next(job for job in jobs(self.rules) if job.name == "timers"), now)

    def _sweep(self, job: Job, now: datetime) -> datetime:
        """Run a job until nothing is left to do; when the next timer comes due."""

        def swept(tx: Tx) -> tuple[int, datetime | None]:
            return job.sweep(tx, now, self.voice), tx.value(FIRST, {})

        while True:
            worked, first = self.work(swept)
            self.done[job.name] += worked
            if not worked or first is None or first > now:
                return first or now + TICK

    def customer(self, number: int) -> Customer:
        """Somebody new: some far away, some with quiet hours of their own, some who opt out one day."""
        random, channel = self.random, self.random.choice(CHANNELS)
        peer = f"peer {number}"

        def enter(tx: Tx) -> int:
            room = tx.conversations.enter(channel, channel, peer, NOON)
            values = {"zone": random.choice(ZONES), "quiet_hours": random.choice(QUIET)}
            tx.execute(update(customers).where(customers.c.id == room.customer_id).values(values))
            return room.customer_id

        customer_id = self.work(enter)
        if random.random() < 0.1:
            one_day = NOON + timedelta(days=random.uniform(0, 365))
            self.at(one_day, lambda now: self._opt_out(customer_id, now))
        return Customer(self, channel, peer)

    def _opt_out(self, customer_id: int, now: datetime) -> None:
        change = update(customers).where(customers.c.id == customer_id).values(opted_out_at=now)
        self.work(lambda tx: tx.execute(change))


@dataclass(slots=True)
class Customer:
    """Reports things, waits, answers or does not; at all hours."""

    town: Town
    channel: str
    peer: str

    def report(self, now: datetime) -> None:
        """Something is wrong; the desk opens an order and somebody will have it, soon, late or never."""
        random = self.town.random
        kind, urgent = random.choice(KINDS), random.random() < 0.1
        fields = {"product": "refrigerator", "phone": "+8613800138000", "description": "不制冷"}

        def turn(tx: Tx) -> Order:
            desk = self._desk(tx, now)
            order = desk.open_order(kind, dict(fields), priority="urgent" if urgent else "normal")
            desk.tx.conversations.save(desk.conversation, now)
            return order

        order = self.town.work(turn)
        self.town.done["orders"] += 1
        Staff(self, order, random.choices(("quick", "late", "never"), (6, 3, 1))[0]).begin(now)

    def writes(self, now: datetime) -> None:
        """A few words, which open the platform's window again."""
        self.town.work(lambda tx: self._desk(tx, now).tx.conversations.enter(*self._place, now))

    def move(self, order: Order, name: str, now: datetime) -> None:
        """The customer decides something about the order, if that is still possible."""

        def turn(tx: Tx) -> None:
            desk = self._desk(tx, now)
            try:
                desk.move(tx.orders.get(order.id), name, CUSTOMER, "because")
            except Refused:
                return
            say(tx, desk.conversation, Reply("好的"), now)
            tx.conversations.save(desk.conversation, now)

        self.town.work(turn)

    @property
    def _place(self) -> tuple[str, str, str]:
        return self.channel, self.channel, self.peer

    def _desk(self, tx: Tx, now: datetime) -> Desk:
        room = tx.conversations.enter(*self._place, now)
        body, number = {"text": "…"}, next(self.town._numbers)
        tx.messages.take(room, f"in-{number}", body, now, now)
        if self.channel == "wechat":
            tx.windows.open(room.id, ReplyWindow(now, now + timedelta(hours=48), 5))
        tx.conversations.save(room, now)
        terms = Terms(promises=self.town.rules.promises, zone=self.town.rules.zone)
        return Desk(tx, room, None, terms, now, f"m{number}")  # type: ignore[arg-type]


@dataclass(slots=True)
class Staff:
    """Whoever has the order: does one thing after the other, in a time of their own."""

    customer: Customer
    order: Order
    manner: str

    def begin(self, now: datetime) -> None:
        """Take it up some time, or leave it until the customer has had enough."""
        town, random = self.customer.town, self.customer.town.random
        if self.manner == "never":
            later = now + timedelta(days=random.uniform(4, 12))
            town.at(later, lambda at: self.customer.move(self.order, "cancel", at))
        else:
            town.at(now + self._soon(), self.step)

    def step(self, now: datetime) -> None:
        """One of the moves that are possible, until the order has come to its end."""
        town, random = self.customer.town, self.customer.town.random
        order = town.work(lambda tx: tx.orders.get(self.order.id))
        if not order.open:
            if order.status == "closed" and random.random() < 0.08:
                later = now + timedelta(days=random.uniform(0.1, 5))
                town.at(later, self._again)
            return
        possible = {move.name for move in life().legal(order.status, order.kind, STAFF.kind)}
        wanted = [name for name in WAYS[order.status] if name in possible]
        name = random.choice(wanted)
        if name == "schedule_visit" and not self._book(order, now):
            name = random.choice([other for other in wanted if other != name])
        self.make(name, now)
        town.at(now + self._soon(), self.step)

    def make(self, name: str, now: datetime) -> None:
        """Move the order and tell the customer, as every move of the staff is made."""
        town = self.customer.town

        def work(tx: Tx) -> None:
            visit = tx.appointments.standing(self.order.id)
            values = {"window": kept(Window(visit.starts_at, visit.ends_at))} if visit else {}
            move_and_tell(tx, self.order, name, STAFF, "because", now, values=values)
            if visit is not None and name in ("resolve", "call_off", "cancel", "close"):
                tx.appointments.end(visit, "kept" if name in ("resolve", "close") else "cancelled")

        town.work(work)
        town.done["moves"] += 1

    def _again(self, now: datetime) -> None:
        self.customer.move(self.order, "reopen", now)
        self.step(now)

    def _book(self, order: Order, now: datetime) -> bool:
        town = self.customer.town
        ahead = timedelta(days=town.random.randrange(1, 5), hours=town.random.randrange(8))
        start = (now + ahead).replace(minute=0, second=0, microsecond=0)
        slots = [f"north|{start:%Y%m%dT%H}|{place}" for place in range(PLACES)]

        def work(tx: Tx) -> bool:
            before = tx.appointments.standing(order.id)
            taken = tx.appointments.book(order.id, start, start + SLOT, slots, now)
            if taken is not None and before is not None:
                tx.appointments.end(before, "moved")
            return taken is not None

        return bool(town.work(work))

    def _soon(self) -> timedelta:
        hours = {"quick": 1.0, "late": 20.0, "never": 90.0}[self.manner]
        return timedelta(hours=self.customer.town.random.expovariate(1 / hours))


WAYS = {
    "created": ("take", "dispatch", "take"),
    "dispatched": ("accept", "accept", "hand_back"),
    "reopened": ("take",),
    "accepted": ("diagnose", "plan", "ask_customer", "schedule_visit"),
    "diagnosing": ("plan", "ask_customer", "wait_for_parts", "schedule_visit", "resolve"),
    "planned": ("diagnose", "wait_for_parts", "schedule_visit", "resolve"),
    "waiting_for_customer": ("customer_answered", "customer_answered", "call_off"),
    "waiting_for_parts": ("parts_arrived",),
    "visit_scheduled": ("arrive", "arrive", "diagnose"),
    "on_site": ("resolve", "plan"),
    "resolved": ("close", "confirm", "reopen"),
    "confirmed": ("close",),
}
"""What somebody may do next, from each state."""
