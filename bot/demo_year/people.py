"""The year's people: staff, customers with their conversation, and the devices they own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bot.demo_year.world import one_of, world

Row = dict[str, Any]
LANGUAGES = ("zh", "en")
AT_HOME = ("engineer", "installer")
"""Roles of one region, who know the products."""


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer: their row, the row of their conversation, and where they live."""

    row: Row
    conversation: Row
    device: Row


def staff(random: Random, now: datetime) -> list[Row]:
    """Everybody who works on orders, each with a deputy of the same role."""
    rows: list[Row] = []
    regions = ("capital", "surroundings", "elsewhere")
    for role, spec in world()["staff"].items():
        first = len(rows) + 1
        for place in range(spec["count"]):
            number = len(rows) + 1
            rows.append(
                {
                    "id": number,
                    "code": f"{role[0].upper()}{number:03d}",
                    "name": name(random),
                    "role": role,
                    "phone": phone(random),
                    "regions": [regions[place % 3]] if role in AT_HOME else list(regions),
                    "skills": list(world()["products"]) if role in AT_HOME else [],
                    "kinds": spec["kinds"],
                    "shift": None,
                    "load_limit": 12,
                    "deputy_id": first + (place + 1) % spec["count"],
                    "active": True,
                    "away_until": None,
                    "created_at": now,
                    "updated_at": now,
                }
            )
    return rows


def customer(random: Random, number: int, since: datetime) -> Customer:
    """Somebody who owns a device and talks to us on one channel."""
    english = random.random() < world()["english"]
    language = LANGUAGES[english]
    called = random.choice(world()["english_names"]) if english else name(random)
    row = {
        "id": number,
        "name": called,
        "phone": phone(random),
        "address": address(random),
        "language": language,
        "level": one_of(random, world()["levels"]),
        "created_at": since,
        "updated_at": since,
    }
    channel = one_of(random, world()["channels"])
    conversation = {
        "id": number,
        "channel": channel,
        "account": "demo",
        "peer": f"year-{number}",
        "customer_id": number,
        "owner": "bot",
        "language": language,
        "state": {},
        "last_seq": 0,
        "created_at": since,
        "updated_at": since,
    }
    return Customer(row, conversation, _device(random, number, since))


def _device(random: Random, number: int, since: datetime) -> Row:
    products: Mapping[str, Any] = world()["products"]
    product = one_of(random, {code: spec["weight"] for code, spec in products.items()})
    bought = since - timedelta(days=random.randint(3, 2200))
    return {
        "id": number,
        "customer_id": number,
        "product": product,
        "brand": "baoxiu",
        "model": random.choice(products[product]["models"]),
        "serial_number": f"BX{bought:%y%m}{random.randrange(10**6):06d}",
        "purchase_date": f"{bought:%Y-%m-%d}",
        "warranty_basis": random.choice(("invoice", "serial", "told")),
        "place": None,
        "created_at": since,
        "updated_at": since,
    }


def name(random: Random) -> str:
    """A Chinese name of two or three characters."""
    given = "".join(random.choices(world()["given"], k=random.choice((1, 2, 2))))
    return random.choice(world()["surnames"]) + given


def phone(random: Random) -> str:
    """A mainland mobile number."""
    return f"+861{random.choice('3589')}{random.randrange(10**9):09d}"


def address(random: Random) -> str:
    """A street with house number in one of the towns."""
    places = world()["places"]
    chosen = random.choices(places, [place["weight"] for place in places])[0]
    district, street = random.choice(chosen["districts"]), random.choice(chosen["streets"])
    house = f"{random.randint(1, 999)}号{random.randint(1, 30)}栋{random.randint(101, 2806)}"
    return f"{chosen['town']}{district}{street}{house}"
