"""The lives of the year's orders: which moves were made, when, by whom, and what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from bot.demo_year.people import Customer, Row
from bot.demo_year.promised import promised
from bot.demo_year.world import one_of, world
from handlers.life.moving import VISIT_ENDS
from handlers.life.table import NEW, life
from handlers.promises import Case, Promises

OPENS, SHUTS = 8.5, 20.0
"""Hours of the day between which staff act."""
OTHERS = ("customer", "bot", "system")
SURVEYED, ANSWERED = 0.97, 0.46
"""How many closed orders are asked about, and how many customers answer."""


@dataclass(slots=True)
class Lived:
    """One order with everything that belongs to it, by table."""

    order: Row
    rows: dict[str, list[Row]] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Whether something is still to be done."""
        return self.order["closed_at"] is None

    def add(self, table: str, **values: Any) -> None:
        """A row that belongs to the order."""
        self.rows.setdefault(table, []).append({"order_id": self.order["id"], **values})


class Year:
    """Makes orders one after the other, in the order of their numbers."""

    def __init__(
        self, random: Random, now: datetime, zone: ZoneInfo, promises: Promises, staff: Sequence[Row]
    ):
        self._random = random
        self._now = now
        self._zone = zone
        self._promises = promises
        self._staff = staff
        self._numbers: Counter[str] = Counter()
        self._slots: set[str] = set()

    def moments(self, count: int) -> list[datetime]:
        """When the orders were opened: a year back from now, more of them by day and late in the year."""
        random, start = self._random, self._now - timedelta(days=365)
        found: list[datetime] = []
        while len(found) < count:
            day = int(366 * random.random() ** 0.85)
            hour = min(max(random.gauss(14, 4), 0.1), 23.9)
            local = (start + timedelta(days=day)).astimezone(self._zone)
            midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
            moment = (midnight + timedelta(hours=hour)).astimezone(self._now.tzinfo)
            if moment < self._now:
                found.append(moment)
        return sorted(found)

    def numbers(self) -> dict[str, int]:
        """The last number given on each day."""
        return dict(self._numbers)

    def order(self, number: int, opened: datetime, customer: Customer) -> Lived:
        """An order of this customer, as far as its life has come by now."""
        random = self._random
        kind = one_of(random, world()["kinds"])
        device = customer.device
        product = world()["products"][device["product"]]
        if kind == "fault" and random.random() > product["months"][opened.month - 1] / max(product["months"]):
            kind = one_of(random, world()["kinds"])  # out of season
        ways = world()["ways"][kind]
        way = random.choices(ways, [each["weight"] for each in ways])[0]
        urgent = kind in ("fault", "complaint") and random.random() < 0.06
        lived = Lived(self._opened(number, kind, opened, customer, "urgent" if urgent else "normal"))
        self._walk(lived, way["moves"], customer)
        if not lived.open:  # what still runs is followed as the desk does
            for row in promised(self._promises, lived.order, lived.rows["order_events"]):
                lived.add("promises", **row)
        return lived

    def _opened(self, number: int, kind: str, opened: datetime, customer: Customer, priority: str) -> Row:
        day = opened.astimezone(self._zone).strftime("%Y%m%d")
        self._numbers[day] += 1
        region = self._promises.region(customer.row["address"])
        case = Case(kind, priority, region, customer.row["level"])
        promised = self._promises.promise("answer", case, opened)
        return {
            "id": number,
            "number": f"SR-{day}{self._numbers[day]:04d}",
            "request_key": f"year-{number}",
            "kind": kind,
            "status": NEW,
            "priority": priority,
            "customer_id": customer.row["id"],
            "conversation_id": customer.conversation["id"],
            "fields": self._fields(kind, customer),
            "promised_at": promised.due if promised else None,
            "version": 0,
            "round": 1,
            "escalation": 0,
            "region": region,
            "customer_level": customer.row["level"],
            "contact_name": customer.row["name"],
            "contact_phone": customer.row["phone"],
            "serial_number": customer.device["serial_number"],
            "assignee_id": None,
            "device_id": customer.device["id"],
            "closed_at": None,
            "created_at": opened,
            "updated_at": opened,
        }

    def _fields(self, kind: str, customer: Customer) -> Row:
        device, random = customer.device, self._random
        told = {name: device[name] for name in ("product", "model", "serial_number", "purchase_date")}
        contact = {name: customer.row[name] for name in ("name", "phone", "address")}
        if kind == "fault":
            faults = world()["products"][device["product"]]["faults"]
            symptom = one_of(random, {code: weight for code, (weight, _) in faults.items()})
            return {**told, **contact, "symptoms": [symptom], "description": faults[symptom][1]}
        if kind == "complaint":
            category = one_of(random, {"quality": 45, "people": 25, "software": 12, "other": 18})
            return {
                **told,
                **contact,
                "category": category,
                "description": world()["complaint_words"][category],
            }
        return {**told, **contact}

    def _walk(self, lived: Lived, moves: Sequence[str], customer: Customer) -> None:
        order, at = lived.order, lived.order["created_at"]
        carrier = self._carrier(order)
        for place, name in enumerate(moves):
            spec = world()["moves"][name]
            if place:
                at = self._later(at, spec)
            if at > self._now:
                break
            self._move(lived, name, at, spec, carrier, customer)

    def _move(
        self, lived: Lived, name: str, at: datetime, spec: Row, carrier: Row, customer: Customer
    ) -> None:
        order, move = lived.order, life().moves[name]
        before, status = order["status"], move.leads(order["status"])
        staffed = spec["who"] not in OTHERS
        order["version"] += 1
        if move.again:
            order.update(round=order["round"] + 1, escalation=0)
        order["escalation"] += move.raises
        final = life().states[status].final
        order.update(status=status, updated_at=at, closed_at=at if final else None)
        if name in ("dispatch", "redispatch", "take"):
            order["assignee_id"] = carrier["id"]
        lived.add(
            "order_events",
            at=at,
            actor=spec["who"],
            actor_id=carrier["code"]
            if staffed
            else str(customer.row["id"])
            if spec["who"] == "customer"
            else None,
            move=name,
            from_status=None if before == NEW else before,
            status=status,
            version=order["version"],
            note=spec.get("why", ""),
        )
        if ended := VISIT_ENDS.get(move.target or ""):
            for visit in lived.rows.get("appointments", ()):
                visit["state"] = ended if visit["state"] == "standing" else visit["state"]
        for row in _RECORDS.get(name, ()):
            row(self, lived, at, carrier)

    def _carrier(self, order: Row) -> Row:
        role = world()["carried_by"][order["kind"]]
        fitting = [one for one in self._staff if one["role"] == role]
        near = [one for one in fitting if order["region"] in one["regions"]]
        return self._random.choice(near or fitting)

    def _later(self, at: datetime, spec: Row) -> datetime:
        """The moment of the next move; staff act during the day."""
        at += timedelta(hours=spec.get("hours", 1) * self._random.lognormvariate(0, 0.6))
        if spec["who"] in OTHERS:
            return at
        local = at.astimezone(self._zone)
        hour = local.hour + local.minute / 60
        morning = local.replace(hour=8, minute=30, second=0) + timedelta(minutes=self._random.randint(0, 90))
        if hour < OPENS:
            return morning.astimezone(at.tzinfo)
        return (morning + timedelta(days=1)).astimezone(at.tzinfo) if hour > SHUTS else at

    def _visit(self, lived: Lived, at: datetime, carrier: Row) -> None:
        starts = (at + timedelta(hours=self._random.choice((4, 16, 20, 26)))).replace(
            minute=0, second=0, microsecond=0
        )
        slot = f"{carrier['code']}:{starts:%Y%m%d%H}"
        if slot in self._slots:
            return
        self._slots.add(slot)
        state = "standing" if starts > self._now else "kept"
        ends = starts + timedelta(hours=2)
        lived.add(
            "appointments",
            staff_id=carrier["id"],
            starts_at=starts,
            ends_at=ends,
            slot=slot,
            state=state,
            created_at=at,
        )

    def _quoted(self, lived: Lived, at: datetime, carrier: Row) -> None:
        part = self._part(lived)
        lines = [
            {"what": "part", "name": part["model"], "quantity": 1, "amount": part["price"]},
            {"what": "labour", "name": "维修工时", "quantity": 1, "amount": 8000},
        ]
        total = part["price"] + 8000
        plan = {"cause": lived.order["fields"].get("description", ""), "measures": f"更换{part['model']}"}
        lived.add(
            "quotations",
            version=1,
            plan=plan,
            lines=lines,
            total=total,
            currency="CNY",
            state="asked",
            asked_at=at,
            decided_at=None,
            decided_by=None,
        )

    def _decided(self, lived: Lived, at: datetime, carrier: Row) -> None:
        approved = lived.order["status"] == "planned"
        lived.rows["quotations"][-1].update(
            state="approved" if approved else "declined", decided_at=at, decided_by="customer"
        )

    def _worked(self, lived: Lived, at: datetime, carrier: Row) -> None:
        order, random = lived.order, self._random
        if order["kind"] not in ("fault", "installation"):
            return
        part = self._part(lived)
        used = order["kind"] == "fault" and random.random() < 0.55
        done = (
            random.choice(world()["done"][: 1 if used else None])
            if order["kind"] == "fault"
            else "安装并调试，试机正常"
        )
        lived.add(
            "service_log",
            staff_id=carrier["id"],
            at=at,
            place=order["fields"]["address"],
            done=done.format(part=part["model"]),
            parts=[{"model": part["model"], "quantity": 1}] if used else [],
            old_parts="旧件已回收" if used else None,
            solution="正常",
            customer_words=None,
            filed_at=min(at + timedelta(hours=random.expovariate(1 / 20)), self._now),
        )

    def _surveyed(self, lived: Lived, at: datetime, carrier: Row) -> None:
        order, random = lived.order, self._random
        if random.random() > SURVEYED:
            return
        expires, answered = at + timedelta(days=7), at + timedelta(hours=random.expovariate(1 / 15))
        row: Row = {
            "round": order["round"],
            "state": "sent",
            "rating": None,
            "reasons": None,
            "comment": None,
            "sent_at": at,
            "expires_at": expires,
            "reminded_at": None,
            "answered_at": None,
        }
        if random.random() < ANSWERED and answered < min(expires, self._now):
            slow = order["escalation"] or order["round"] > 1 or order["kind"] == "complaint"
            rating = one_of(
                random,
                {"satisfied": 45, "neutral": 25, "dissatisfied": 30}
                if slow
                else {"satisfied": 84, "neutral": 11, "dissatisfied": 5},
            )
            reasons = [random.choice(world()["reasons"])] if rating == "dissatisfied" else []
            row.update(
                state="answered",
                rating=rating,
                reasons=reasons,
                comment=random.choice(world()["comments"][rating]) or None,
                answered_at=answered,
            )
        elif expires < self._now:
            row.update(state="expired", reminded_at=at + timedelta(days=2))
        lived.add("surveys", **row)

    def _complained(self, lived: Lived, at: datetime, carrier: Row) -> None:
        order, random = lived.order, self._random
        if order["kind"] != "complaint":
            return
        category = order["fields"]["category"]
        regulator = random.random() < 0.08
        severe = regulator or order["priority"] == "urgent"
        lived.add(
            "complaints",
            category=category,
            severity="severe" if severe else "normal",
            cause=order["fields"]["description"],
            unit=world()["units"][category],
            demand=random.choice(("道歉并尽快修好", "退款", "换一台新的", "赔偿误工")),
            regulator=regulator,
            statement_due_at=at + timedelta(hours=24) if regulator else None,
            plan="24 小时内给出处理方案",
        )

    def _part(self, lived: Lived) -> Row:
        part: Row = self._random.choice(world()["products"][lived.order["fields"]["product"]]["parts"])
        return part


_RECORDS: dict[str, Sequence[Any]] = {
    "open": (Year._complained,),
    "schedule_visit": (Year._visit,),
    "quote": (Year._quoted,),
    "approve_quotation": (Year._decided,),
    "decline_quotation": (Year._decided,),
    "resolve": (Year._worked,),
    "close": (Year._surveyed,),
}
"""What a move leaves behind besides its event."""


def lives(
    year: Year, moments: Sequence[datetime], customers: Sequence[Customer], random: Random
) -> Iterator[Lived]:
    """The year's orders; three in ten are of a customer who had one before."""
    known: list[Customer] = []
    fresh = iter(customers)
    for number, opened in enumerate(moments, 1):
        again = random.choice(known) if known and random.random() < 0.3 else None
        customer = again or next(fresh, None) or random.choice(known)
        if again is None:
            known.append(customer)
        yield year.order(number, opened, customer)
