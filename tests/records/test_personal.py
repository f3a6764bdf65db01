"""Which columns hold personal data is written down for every table (E9)."""

from __future__ import annotations

import pytest
from sqlalchemy import JSON, String

from storage.personal import OTHERS, TABLES, Personal
from storage.schema import metadata
from storage.types import Instant


def test_every_table_is_about_customers_or_not() -> None:
    """E9: a new table must be entered in storage/personal.py."""
    named = {one.table.name for one in TABLES}
    assert named | OTHERS == set(metadata.tables)
    assert not named & OTHERS


@pytest.mark.parametrize("one", [one for one in TABLES if not one.dropped], ids=lambda one: one.table.name)
def test_every_column_of_words_is_decided_about(one: Personal) -> None:
    """E9: a new column must be blanked, thinned or known to hold codes only (storage/personal.py)."""
    words = {
        column.name
        for column in one.table.columns
        if isinstance(column.type, String | JSON) and not isinstance(column.type, Instant)
    }
    decided = [*one.blank, *one.kept, *one.thinned]
    assert words - set(decided) == set()
    assert set(decided) <= set(one.table.c.keys())
    assert len(decided) == len(set(decided))
