"""Messages that no turn could take: they lie beside the spool, and belong to whoever sent them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bot.settings import Settings
from bot.spool import Spool
from storage import Tx


def spool_of(settings: Settings) -> Spool:
    """The spool of this installation."""
    return Spool(settings.data_path / "spool" / "messages.jsonl")


def set_aside(tx: Tx, settings: Settings, customer_id: int) -> list[dict[str, Any]]:
    """The customer's messages that were set aside, as they came."""
    places = set(tx.records.peers(customer_id))
    found = spool_of(settings).beside()
    return [asdict(m) for m in found if (m.address.channel, m.address.account, m.address.peer) in places]
