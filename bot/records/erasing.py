"""An erasure as a whole: the database, what lies beside it in the data folder, and the space they took."""

from __future__ import annotations

from datetime import datetime

import structlog

from bot.records import archives
from bot.records.aside import spool_of
from bot.settings import Settings
from handlers.records import erasing
from handlers.records.erasing import Refused
from handlers.records.files import remove_files
from storage import Store, Tx
from storage.records import Erasure

log = structlog.get_logger()


def erase(
    store: Store, settings: Settings, customer_id: int, actor: str, reason: str, now: datetime, force: bool
) -> Erasure:
    """Erase the customer's data everywhere, and where that was done before, what a crash left of it.

    Raises Refused, or Damaged for an archive that cannot be read. Files that stay for now go with the clock.
    """
    spool = spool_of(settings)
    places = set(store.run(lambda tx: tx.records.peers(customer_id)))
    if any((m.address.channel, m.address.account, m.address.peer) in places for m in spool.everything()):
        raise Refused("waiting", "messages of the customer still wait on disk to be taken; try again soon")

    def whole(tx: Tx) -> Erasure:
        done = erasing.erase(tx, customer_id, actor, reason, now, settings.retention, force)
        # Before the commit: after it nobody knows any more which messages beside the spool were theirs.
        spool.forget(lambda address: (address.channel, address.account, address.peer) in places)
        return done

    record = store.run(whole)
    theirs = archives.of_customer(store, record.customer_id)
    archived = {file.file for file, _ in archives.find(store, settings.data_path, theirs)}
    for file in sorted(archived):
        store.run(
            lambda tx, file=file: erasing.erase_archived(tx, settings.data_path, file, theirs, now)  # type: ignore[misc]
        )
    while store.run(lambda tx: remove_files(tx, settings.data_path)):
        pass
    store.settle()
    log.info(
        "customer.erased", customer=customer_id, orders=record.orders_kept, removed=record.orders_removed
    )
    return record
