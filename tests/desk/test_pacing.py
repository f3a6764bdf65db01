"""No account and no chat is written to faster than its platform allows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.protocol import Pacing
from bot.pacing import Pace

START = datetime(2026, 3, 2, tzinfo=UTC)


def rows(*conversations: int) -> list:
    return [SimpleNamespace(conversation_id=number) for number in conversations]


def test_a_chat_gets_its_burst_and_then_one_an_interval() -> None:
    pace = Pace(Pacing(chat_interval=1.0, chat_burst=2))
    assert len(pace.choose(rows(1), START)[0]) == 1
    assert len(pace.choose(rows(1), START)[0]) == 1
    chosen, wait = pace.choose(rows(1), START)
    assert chosen == []
    assert wait == 1.0
    assert len(pace.choose(rows(1), START + timedelta(seconds=1))[0]) == 1


def test_one_slow_chat_does_not_hold_the_others() -> None:
    pace = Pace(Pacing(chat_interval=1.0))
    pace.choose(rows(1), START)
    chosen, _ = pace.choose(rows(1, 2, 3), START)
    assert [row.conversation_id for row in chosen] == [2, 3]


@given(st.lists(st.floats(min_value=0, max_value=0.5), min_size=1, max_size=80))
def test_an_account_never_exceeds_its_rate(gaps: list[float]) -> None:
    pace = Pace(Pacing(per_second=5))
    now, sent = START, []
    for number, gap in enumerate(gaps):
        now += timedelta(seconds=gap)
        sent += [now] * len(pace.choose(rows(number, -number - 1), now)[0])
    for first in range(len(sent)):
        for last in range(first, len(sent)):
            seconds = (sent[last] - sent[first]).total_seconds()
            assert last - first + 1 <= 5 + 5 * seconds + 1e-6
