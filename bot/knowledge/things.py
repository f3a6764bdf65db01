"""The catalogue as people changed it, taken over by this process."""

from __future__ import annotations

import threading

from nlu import catalogue
from nlu.changed_catalogue import Change, changed
from storage import Store, Tx

_ONE_AT_A_TIME = threading.Lock()
"""Else what was read first could be used last."""


def take_over(store: Store) -> int:
    """Know things as the database has them from now on; the count of changes so far."""
    with _ONE_AT_A_TIME:
        count, changes = store.run(lambda tx: (tx.catalogue.changes(), kept(tx)))
        catalogue.change(changed(changes) if changes else None)
    return count


def kept(tx: Tx) -> list[Change]:
    """Everything people changed."""
    return [Change(one.section, one.code, one.entry, one.retired) for one in tx.catalogue.all()]
