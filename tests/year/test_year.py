"""A year of the service ends with books that balance (E5, F1–F4, F6, F8).

`YEAR_CUSTOMERS` sets how many customers there are (default 60), `YEAR_ON_POSTGRESQL` how many live there for
the whole year (by default ten, for six weeks).
A clock that is wrong for some hours, a day's outage and a change of the service's zone are in it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random, SystemRandom

import pytest
from sqlalchemy import select

from handlers.life import life
from handlers.promises import standard
from handlers.promises.watched import rule_of
from scheduler.rules import Rules
from storage import Tx
from storage.database import open_engine
from storage.schema import metadata, notices, order_events, promises, timers
from tests.conftest import NOON, create_database
from tests.simulation import books
from tests.simulation.following_books import check_following
from tests.simulation.promise_books import check_promises
from tests.year.town import PLACES, TICK, Town

CUSTOMERS = int(os.environ.get("YEAR_CUSTOMERS", "60"))
ON_POSTGRESQL = int(os.environ.get("YEAR_ON_POSTGRESQL", "0"))
YEAR, LATER = timedelta(days=365), timedelta(days=30)
"""Nobody reports anything after the year; what was begun comes to its end."""
MANY = 60
"""Of so many orders some are late."""
OTHER_ZONE = "Asia/Urumqi"


@pytest.mark.slow
def test_a_year_ends_with_books_that_balance() -> None:
    with open_engine("sqlite:///:memory:").connect() as connection:
        metadata.create_all(connection)
        connection.commit()
        play(Town(connection, _random()), CUSTOMERS, YEAR)


@pytest.mark.slow
def test_some_of_it_on_postgresql_does_too(postgres: str, postgres_template: str) -> None:
    create_database(postgres, "year", postgres_template)
    engine = open_engine(postgres.format(name="year"))
    with engine.connect() as connection:
        play(Town(connection, _random()), ON_POSTGRESQL or 10, YEAR if ON_POSTGRESQL else YEAR / 8)
    engine.dispose()


def _random() -> Random:
    seed = int(os.environ.get("YEAR_SEED", SystemRandom().randrange(2**32)))
    print(f"YEAR_SEED={seed}")
    return Random(seed)


def play(town: Town, people: int, length: timedelta) -> None:
    """Let everybody live, then close the books."""
    town.down.append((NOON + length * 0.3, NOON + length * 0.3 + timedelta(hours=26)))
    town.zones.append((NOON, town.rules.zone))
    for number in range(people):
        customer = town.customer(number)
        for _ in range(town.random.choice((0, 1, 1, 2, 3))):
            town.at(NOON + length * town.random.random(), customer.report)
        for _ in range(3):
            town.at(NOON + length * town.random.random(), customer.writes)
    town.live(NOON + length * 0.5)
    for wrong in (timedelta(hours=5), -timedelta(hours=3)):
        town.look(NOON + length * 0.5 + wrong)
        town.wrong.append((NOON + length * 0.5, NOON + length * 0.5 + wrong))
    town.live(NOON + length * 0.7)
    town.zones.append((NOON + length * 0.7, OTHER_ZONE))
    town.rules = Rules(standard(OTHER_ZONE), zone=OTHER_ZONE)
    town.live(NOON + length + LATER)
    town.work(lambda tx: balance(tx, town))
    assert town.done["orders"] > people / 2


def balance(tx: Tx, town: Town) -> None:
    """Everything agrees with everything else, and nothing is left over."""
    books.check_paths(tx)
    check_promises(tx, {})
    books.check_notices(tx, Rules().notices.quiet_hours, _zone_at(town), steady=True)
    books.check_visits(tx, PLACES)
    books.check_counts(tx)
    overdue = select(timers.c.key).where(timers.c.due_at <= town.now)
    assert not list(tx.execute(overdue))
    told, warned = _check_told(tx), _check_warned(tx, town)
    assert (told and warned) or town.done["orders"] < MANY, "nobody was late in a whole year"
    check_following(tx, town.rules, steady=False)


def _zone_at(town: Town) -> Callable[[datetime], str]:
    """What is said at the moment of the change was decided by the rules before it."""
    first = town.zones[0][1]
    return lambda moment: next((zone for since, zone in town.zones[::-1] if since < moment), first)


def _check_told(tx: Tx) -> int:
    """How many were told: what was broken towards a customer is told, or stands with the reason."""
    decided = {row.key: row for row in tx.execute(select(notices))}
    told = 0
    for row in tx.execute(select(promises).where(promises.c.state == "broken")):
        rule = rule_of(row.what)
        if rule is not None and rule.told:
            notice = decided[f"promise_tell:{row.id}"]
            assert notice.decision != "postponed", notice
            assert notice.reasons or notice.message_id
            told += notice.message_id is not None
    return told


def _check_warned(tx: Tx, town: Town) -> int:
    """How often somebody was warned: before each breach, unless the clock was wrong or it waited."""
    waited = {
        event.order_id for event in tx.execute(select(order_events)) if life().states[event.status].paused
    }
    warned = 0
    for row in tx.execute(select(promises).where(promises.c.state == "broken")):
        if row.warn_at is None or row.due_at - row.warn_at < 2 * TICK or row.order_id in waited:
            continue
        gone = any(
            begin < row.due_at and row.warn_at < end + TICK for begin, end in (*town.down, *town.wrong)
        )
        assert gone or "warned" in row.policy, f"{row.what} of order {row.order_id}: nobody was warned"
        warned += 1
    return warned
