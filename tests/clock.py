"""The clock's part in tests that are about something else: what staff's moves leave to be told is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from bot.voice import DeskVoice
from handlers.life.telling import NEWS
from scheduler import news
from scheduler.rules import Rules
from scheduler.timers import Together
from storage import Store, Tx
from tests.spoken import dialogue


def tell(store: Store, at: datetime | None = None) -> None:
    """Tell the news that wait, at that moment or on the coming noon of the service."""
    now = datetime.now(UTC)
    noon = now.replace(hour=4, minute=0, second=0, microsecond=0)
    moment = at or (noon if noon > now else noon + timedelta(days=1))
    work = news.works(Rules())[NEWS]
    assert isinstance(work, Together)

    def told(tx: Tx) -> None:
        due = [timer for timer in tx.timers.due(moment, 1000) if timer.job == NEWS]
        work.work(tx, due, moment, _voice())

    store.run(told)


@cache
def _voice() -> DeskVoice:
    return DeskVoice(dialogue())
