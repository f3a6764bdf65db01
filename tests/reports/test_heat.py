"""Heat maps (H2): what is counted, at which hour on which clock, in which step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.messages import Address, Inbound
from bot.turns import Turns
from handlers import ownership
from handlers.reports.heat import STEPS, heat
from storage import Store, Tx, traffic
from tests.conftest import Clock
from tests.desks import desk_for
from tests.spoken import dialogue

TURNS = Turns(dialogue(), desk_for)
SHANGHAI = "Asia/Shanghai"


def test_hours_are_those_of_the_services_clock() -> None:
    """H2: half hours of zones too; an hour that comes twice counts each time."""
    sunday = datetime(2026, 3, 1, 18, 29, tzinfo=UTC)
    assert heat([sunday], SHANGHAI).counts[0][2] == 1  # Monday 2:29 there
    midnight = sunday + timedelta(minutes=1)  # in India
    assert heat([sunday, midnight], "Asia/Kolkata").counts[6][23] == 1
    twice = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    assert heat(twice, "Europe/Berlin").counts[6][2] == 2


def test_every_count_is_in_the_step_of_the_legend() -> None:
    """H2: whatever the highest count is; nothing is a step of its own."""
    for most in (1, 2, 3, 7, 100):
        monday = datetime(2026, 3, 2, tzinfo=UTC)
        found = heat([monday] * most, SHANGHAI)
        assert (found.most, found.total, found.step(0)) == (most, most, 0)
        legend = {count: step for step, low, high in found.legend() for count in range(low, high + 1)}
        assert legend == {count: found.step(count) for count in range(most + 1)}
        assert found.step(most) == STEPS
    assert heat([], SHANGHAI).legend() == [(0, 0, 0)]


def test_what_customers_write_to_people_is_traffic(store: Store, clock: Clock) -> None:
    """H2: from what asks for a person until it is settled; to the bot, before and behind it, is none."""
    begin, number = clock(), 0

    def writes(payload: str) -> int:
        nonlocal number
        number += 1
        at = clock.forward(hours=1)
        inbound = Inbound(Address("web", "web", "wang"), f"m{number}", at, payload=payload)
        return store.run(lambda tx: TURNS.take(tx, inbound, None, clock())).conversation_id

    def moves(name: str) -> None:
        def work(tx: Tx) -> None:
            room = tx.conversations.get(talk, lock=True)
            boss = tx.users.named("boss") or tx.users.add("boss", "主管", "supervisor", "x", clock())
            assert boss is not None
            ownership.move(tx, room, name, ownership.mover(boss), clock(), ownership.QueueSettings())
            tx.conversations.save(room, clock())

        clock.forward(hours=1)
        store.run(work)

    writes("/greet")
    talk = writes("/ask_human")
    moves("take")
    writes("/ask_human")
    moves("resolve")
    moves("undo")
    writes("/ask_human")
    moves("resolve")
    writes("/greet")
    end = clock.forward(hours=1)

    def hours(moments: list[datetime]) -> list[int]:
        return [round((one - begin) / timedelta(hours=1)) for one in sorted(moments)]

    assert hours(store.run(lambda tx: traffic.written(tx, begin, end))) == [2, 4, 7]
    assert hours(store.run(lambda tx: traffic.settled(tx, begin, end))) == [8]
    part = begin + timedelta(hours=4), begin + timedelta(hours=7)
    assert hours(store.run(lambda tx: traffic.written(tx, *part))) == [4]
    assert store.run(lambda tx: traffic.settled(tx, *part)) == []
