"""The catalogue's entries as people changed them, over what the files say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from storage.counting import count, step
from storage.schema import catalogue_changes

if TYPE_CHECKING:
    from storage.transaction import Tx

COUNTER = "catalogue"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it is wanted now; `version` grows with each change of it, 0 is the files' own."""

    section: str
    code: str
    entry: dict[str, Any]
    retired: bool
    version: int
    changed_at: datetime
    changed_by: str


_COLUMNS = [catalogue_changes.c[part.name] for part in fields(Entry)]


class CatalogueChanges:
    """The changes' repository. They wait for each other, so that `changes` never skips one."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def changes(self) -> int:
        """A number that grows with every change."""
        return count(self._tx, COUNTER)

    def touch(self) -> None:
        """Count one change; other changes wait until this transaction ends."""
        step(self._tx, COUNTER)

    def all(self) -> list[Entry]:
        """Every changed entry, by section and code."""
        found = select(*_COLUMNS).order_by(catalogue_changes.c.section, catalogue_changes.c.code)
        return [Entry(*tuple(row)) for row in self._tx.execute(found)]

    def get(self, section: str, code: str) -> Entry | None:
        """The entry, where people changed it."""
        row = self._tx.execute(select(*_COLUMNS).where(*_key(section, code))).one_or_none()
        return Entry(*tuple(row)) if row else None

    def put(
        self, section: str, code: str, entry: Mapping[str, Any], retired: bool, by: str, now: datetime
    ) -> int:
        """Keep the entry so, under its next version, which is returned; `touch` goes before."""
        before = self.get(section, code)
        version = before.version + 1 if before else 1
        values = {
            "entry": dict(entry), "retired": retired, "version": version, "changed_at": now, "changed_by": by,
        }  # fmt: skip
        if before:
            self._tx.execute(update(catalogue_changes).where(*_key(section, code)).values(values))
        else:
            self._tx.execute(insert(catalogue_changes).values(section=section, code=code, **values))
        return version


def _key(section: str, code: str) -> tuple[Any, ...]:
    return catalogue_changes.c.section == section, catalogue_changes.c.code == code
