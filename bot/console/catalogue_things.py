"""Everything the catalogue has, retired entries too, as pages show it and forms change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nlu.catalogue import of_files
from nlu.changed_catalogue import MODELS, NAMED
from storage import Tx
from storage.catalogue import Entry

SORTS = (*NAMED, "symptoms", MODELS)


@dataclass(frozen=True, slots=True)
class Thing:
    """One entry; `version` 0 and no `changed_at`: as the files have it."""

    sort: str
    code: str
    entry: Mapping[str, Any]
    retired: bool = False
    version: int = 0
    changed_at: datetime | None = None
    changed_by: str = ""

    def name(self, language: str) -> str:
        """What it is called; a model is called by its number."""
        return str(self.entry.get("name", {}).get(language, self.code))

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other words for it; symptoms are known by patterns, which nobody reads."""
        return tuple(map(str, self.entry.get("words", ()))) if self.sort in NAMED else ()

    @property
    def beside(self) -> tuple[str, ...]:
        """Words that count only beside certain others."""
        return tuple(map(str, self.entry.get("beside") or ()))

    @property
    def prefixes(self) -> tuple[str, ...]:
        """What models of this product begin with."""
        return tuple(map(str, self.entry.get("models") or ()))


def every(tx: Tx) -> list[Thing]:
    """All entries, by sort, in the order of the files, then as they were added."""
    files, rows = of_files().content, {(one.section, one.code): one for one in tx.catalogue.all()}
    found = []
    for sort in SORTS:
        shipped = {m: {} for m in map(str, files[sort])} if sort == MODELS else dict(files[sort])
        added = sorted((one for (section, _), one in rows.items() if section == sort), key=_since)
        for code in dict.fromkeys([*map(str, shipped), *(one.code for one in added)]):
            row = rows.get((sort, code))
            found.append(_changed(row) if row else Thing(sort, code, shipped[code]))
    return found


def one_of(known: Sequence[Thing], sort: str, code: str) -> Thing | None:
    """The entry of that code."""
    return next((one for one in known if (one.sort, one.code) == (sort, code)), None)


def _since(one: Entry) -> datetime:
    return one.changed_at


def _changed(row: Entry) -> Thing:
    return Thing(
        row.section, row.code, row.entry, row.retired, row.version, row.changed_at, row.changed_by
    )  # fmt: skip
