"""The demo's year of orders: plausible, legal, the same for the same seed, on both databases."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.demo_year.world import WorldProblem, check, world
from bot.demo_year.writing import NotEmpty, fill
from handlers.life.table import NEW, life
from nlu.progress import silent
from scheduler.rules import Rules
from storage import Store
from storage.schema import metadata
from tests.conftest import NOON

ORDERS = 700
SHANGHAI = ZoneInfo("Asia/Shanghai")


def filled(store: Store, seed: int = 5, orders: int = ORDERS) -> dict[str, list[dict[str, Any]]]:
    fill(store, Rules(), NOON, orders, seed, silent)
    names = ("orders", "order_events", "customers", "staff", "surveys", "appointments", "quotations",
             "promises", "reports", "samples")  # fmt: skip
    return store.run(
        lambda tx: {n: [dict(r._mapping) for r in tx.execute(select(metadata.tables[n]))] for n in names}
    )


def test_every_order_went_along_the_table_of_moves(store: Store) -> None:
    """E2: events reproduce the state, nothing lies in the future, what ended has an end."""
    year = filled(store)
    assert len(year["orders"]) == ORDERS
    for order in year["orders"]:
        status, version = NEW, 0
        for event in sorted(
            (e for e in year["order_events"] if e["order_id"] == order["id"]), key=lambda e: e["version"]
        ):
            move = life().moves[event["move"]]
            assert status in move.sources
            assert event["actor"] in move.who
            assert not move.reason or event["note"]
            assert event["at"] <= NOON
            status, version = move.leads(status), event["version"]
        assert (status, version) == (order["status"], order["version"])
        assert life().states[status].final == (order["closed_at"] is not None)
    closed = {o["id"] for o in year["orders"] if o["status"] == "closed" or o["round"] > 1}
    assert {survey["order_id"] for survey in year["surveys"]} <= closed
    assert {o["kind"] for o in year["orders"]} == set(life().kinds)
    current = {o["id"] for o in year["orders"] if o["closed_at"] is None}
    assert {p["state"] for p in year["promises"]} == {"kept", "broken", "dropped", "live"}
    assert {p["order_id"] for p in year["promises"] if p["state"] == "live"} <= current
    assert all(p["settled_at"] <= NOON for p in year["promises"] if p["state"] != "live")
    assert {r["kind"] for r in year["reports"]} == {"weekly", "monthly"}
    assert len(year["samples"]) >= 12
    assert any(sample["score"] for sample in year["samples"])
    assert 0.005 < sum(o["closed_at"] is None for o in year["orders"]) / ORDERS < 0.3


def test_the_next_order_gets_a_number_and_id_of_its_own(store: Store) -> None:
    """E1: after the year the desk goes on as on any database; a second year is refused."""
    year = filled(store)

    def one_more(tx: Any) -> Any:
        conversation = tx.conversations.enter("rest", "rest", "ann", NOON)
        return tx.orders.open(
            request_key="more",
            kind="fault",
            customer_id=conversation.customer_id,
            conversation_id=conversation.id,
            fields={},
            local_day=NOON.astimezone(SHANGHAI).strftime("%Y%m%d"),
            now=NOON,
        )

    order = store.run(one_more)
    assert order.number not in {o["number"] for o in year["orders"]}
    assert order.id > max(o["id"] for o in year["orders"])
    with pytest.raises(NotEmpty):
        fill(store, Rules(), NOON, 10, 1, silent)


def test_a_seed_always_makes_the_same_year(database_url: str, tmp_path: Any) -> None:
    """The same seed gives the same year on both databases, another one another."""
    from storage import migrations, open_store
    from storage.database import open_engine

    made = []
    for number, (url, seed) in enumerate(((database_url, 5), ("", 5), ("", 6))):
        url = url or f"sqlite:///{tmp_path / f'{number}.sqlite3'}"
        engine = open_engine(url)
        migrations.upgrade(engine)
        engine.dispose()
        store = open_store(url)
        made.append(
            sorted(
                (o["number"], o["kind"], o["status"], o["updated_at"])
                for o in filled(store, seed, ORDERS // 4)["orders"]
            )
        )
        store.close()
    assert made[0] == made[1] != made[2]


def test_a_way_that_the_table_does_not_allow_is_told() -> None:
    """E2: the data of the year is checked when it is read."""
    assert world()["ways"]
    with pytest.raises(WorldProblem, match="fault: arrive is no move from created"):
        check("fault", ["open", "arrive"], life())
