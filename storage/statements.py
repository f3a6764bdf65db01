"""Statements compiled once per kind of database and run on the driver's own cursor.

SQLAlchemy still writes the SQL and converts the values; only its work around each execution, five times
what SQLite itself needs for a row, is done once instead of every time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Executable,
    Insert,
    Table,
    any_,
    bindparam,
    column,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from storage.types import Document, Instant, checked

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Values = Mapping[str, Any]
Row = tuple[Any, ...]
Process = Callable[[Any], Any]
ROWS_AT_ONCE = 64
"""Rows of one INSERT with VALUES at most."""
DIALECTS = {"sqlite": sqlite, "postgresql": postgresql}


def values_of(row: DataclassInstance) -> dict[str, Any]:
    """Its parts by name, as they are: `asdict` copies all they hold, which took longer than writing it."""
    return {name: getattr(row, name) for name in _names(type(row))}


@cache
def _names(kind: type[DataclassInstance]) -> tuple[str, ...]:
    return tuple(part.name for part in fields(kind))


class Prepared:
    """One statement with named values.

    `statement` may be a function of the dialect's module where the databases differ (upserts);
    `columns` are those that an INSERT without VALUES fills.
    """

    def __init__(
        self, statement: Executable | Callable[[Any], Executable], columns: Sequence[str] | None = None
    ) -> None:
        self._statement = statement
        self._columns = columns
        self._plans: dict[str, Plan] = {}

    def plan(self, dialect: Dialect) -> Plan:
        """The statement as that kind of database takes it."""
        plan = self._plans.get(dialect.name)
        if plan is None:
            statement = self._statement
            if not isinstance(statement, Executable):
                statement = statement(DIALECTS[dialect.name])
            plan = self._plans[dialect.name] = Plan(statement, dialect, self._columns)
        return plan


def among(dialect: Any, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether the column is one of the values given as a list; the same statement for any number of them."""
    if dialect is postgresql:
        return column == any_(bindparam(name, type_=ARRAY(column.type)))
    listed = func.json_each(bindparam(name, type_=Document)).table_valued("value")
    return column.in_(select(listed.c.value))


class PreparedRows:
    """An INSERT of several rows in one statement; `columns` are filled in each.

    SQLite takes a set of values for each row. PostgreSQL takes several rows as one JSON document: psycopg
    reads a text of hundreds of placeholders anew at every execution, which took longer than all the rest. One
    row alone is quicker with placeholders than in a document.
    """

    def __init__(self, statement: Callable[[Any], Insert], columns: Sequence[str]) -> None:
        self._statement = statement
        self._columns = columns
        self._plans: dict[tuple[str, int], RowsPlan | DocumentPlan] = {}

    def plan(self, dialect: Dialect, rows: int) -> tuple[RowsPlan | DocumentPlan, int]:
        """The statement as that kind of database takes it, and how many of so many rows go into it."""
        size = 1 if rows == 1 else 0
        if dialect.name == "sqlite":
            size = min(1 << (rows.bit_length() - 1), ROWS_AT_ONCE)  # few sizes, few statements
        plan = self._plans.get((dialect.name, size))
        if plan is None:
            plan = self._plans[dialect.name, size] = self._planned(dialect, size)
        return plan, size or rows

    def _planned(self, dialect: Dialect, size: int) -> RowsPlan | DocumentPlan:
        insert = self._statement(DIALECTS[dialect.name])
        kinds = {name: insert.table.c[name].type for name in self._columns}
        if not size:
            return DocumentPlan(lambda given: insert.from_select(list(kinds), select(given)), kinds, dialect)
        values = [
            {name: bindparam(f"{name}__{row}", type_=kind) for name, kind in kinds.items()}
            for row in range(size)
        ]
        return RowsPlan(insert.values(values), dialect, None)


class PreparedUpdate:
    """An UPDATE of rows found by `id`, each with values of its own for `columns`.

    Several rows are one JSON document on PostgreSQL; one row alone is quicker without.
    """

    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        self._table = table
        self._columns = columns
        self._plans: dict[tuple[str, bool], Plan | DocumentPlan] = {}

    def plan(self, dialect: Dialect, rows: int) -> Plan | DocumentPlan:
        """The statement for one row, or for a document of many."""
        each = rows == 1 or dialect.name == "sqlite"
        plan = self._plans.get((dialect.name, each))
        if plan is None:
            plan = self._plans[dialect.name, each] = self._planned(dialect, each)
        return plan

    def _planned(self, dialect: Dialect, each: bool) -> Plan | DocumentPlan:
        table = self._table
        if each:
            values: dict[str, Any] = {name: bindparam(name) for name in self._columns}
            return Plan(update(table).where(table.c.id == bindparam("wanted")).values(values), dialect, None)
        kinds = {name: table.c[name].type for name in ("id", *self._columns)}
        return DocumentPlan(
            lambda given: (
                update(table)
                .where(table.c.id == given.c.id)
                .values({name: given.c[name] for name in self._columns})
            ),
            kinds,
            dialect,
        )


class Plan:
    """SQL text, how its values are converted, and how its rows are."""

    def __init__(self, statement: Any, dialect: Dialect, columns: Sequence[str] | None) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        self.sql = str(compiled)
        self._order: Sequence[str] | None = compiled.positiontup if compiled.positional else None
        self._constants: dict[str, Any] = {}
        self._given: list[tuple[str, Process | None]] = []
        fixed = compiled.params
        for bind, name in compiled.bind_names.items():
            process = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if bind.required:
                self._given.append((name, process))
            else:
                self._constants[name] = process(fixed[name]) if process else fixed[name]
        self._decoders = _decoders(statement, dialect)

    def bind(self, values: Values) -> Any:
        """The values in the driver's form; raises KeyError for a missing one."""
        found = dict(self._constants)
        for name, process in self._given:
            value = values[name]
            found[name] = value if process is None else process(value)
        return self._ordered(found)

    def _ordered(self, found: dict[str, Any]) -> Any:
        return found if self._order is None else list(map(found.__getitem__, self._order))

    def decode(self, rows: list[Row]) -> list[Row]:
        """The driver's rows as Python values."""
        if not self._decoders:
            return rows
        decoded = []
        for row in rows:
            values = list(row)
            for position, process in self._decoders:
                values[position] = process(values[position])
            decoded.append(tuple(values))
        return decoded


class RowsPlan(Plan):
    """The same for several rows, given as one set of values each."""

    def __init__(self, statement: Any, dialect: Dialect, columns: Sequence[str] | None) -> None:
        super().__init__(statement, dialect, columns)
        self._places = [
            (name, int(row), part, process)
            for name, process in self._given
            for part, _, row in [name.rpartition("__")]
        ]

    def bind_rows(self, many: Sequence[Values]) -> Any:
        """The rows' values in the driver's form."""
        found = dict(self._constants)
        for name, row, part, process in self._places:
            value = many[row][part]
            found[name] = value if process is None else process(value)
        return self._ordered(found)


class DocumentPlan(Plan):
    """The same for any number of rows, given as one JSON document; `statement` is made of its rows."""

    def __init__(
        self,
        statement: Callable[[Any], Executable],
        kinds: Mapping[str, TypeEngine[Any]],
        dialect: Dialect,
    ) -> None:
        rows = func.jsonb_to_recordset(bindparam("rows", type_=Document)).table_valued(
            *(column(name, kind) for name, kind in kinds.items()), name="given"
        )
        super().__init__(statement(rows.render_derived(with_types=True)), dialect, None)
        self._columns = tuple(kinds)
        self._moments = [name for name, kind in kinds.items() if isinstance(kind, Instant)]

    def bind_rows(self, many: Sequence[Values]) -> Any:
        """The rows' values in the driver's form."""
        for name in self._moments:
            for row in many:
                if row[name] is not None:
                    checked(row[name])
        return self.bind({"rows": [{name: row[name] for name in self._columns} for row in many]})


def _decoders(statement: Any, dialect: Dialect) -> list[tuple[int, Process]]:
    columns = getattr(statement, "exported_columns", ())
    found = (column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns)
    return [(position, process) for position, process in enumerate(found) if process is not None]
