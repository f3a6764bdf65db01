"""Statements compiled once per kind of database and run on the driver's own cursor.

SQLAlchemy still writes the SQL and converts the values; only its work around each execution, five times
what SQLite itself needs for a row, is done once instead of every time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Executable, Insert, any_, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

from storage.types import Document

Values = Mapping[str, Any]
Row = tuple[Any, ...]
Process = Callable[[Any], Any]
DIALECTS = {"sqlite": sqlite, "postgresql": postgresql}


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
    """An INSERT of several rows in one statement; `columns` are filled in each."""

    def __init__(self, statement: Callable[[Any], Insert], columns: Sequence[str]) -> None:
        self._statement = statement
        self._columns = columns
        self._plans: dict[tuple[str, int], RowsPlan] = {}

    def plan(self, dialect: Dialect, rows: int) -> RowsPlan:
        """The statement for so many rows as that kind of database takes it."""
        plan = self._plans.get((dialect.name, rows))
        if plan is None:
            insert = self._statement(DIALECTS[dialect.name])
            kinds = {name: insert.table.c[name].type for name in self._columns}
            values = [
                {name: bindparam(f"{name}__{row}", type_=kind) for name, kind in kinds.items()}
                for row in range(rows)
            ]
            plan = self._plans[dialect.name, rows] = RowsPlan(insert.values(values), dialect, None)
        return plan


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
        return found if self._order is None else [found[name] for name in self._order]

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
            (name, int(row), column, process)
            for name, process in self._given
            for column, _, row in [name.rpartition("__")]
        ]

    def bind_rows(self, many: Sequence[Values]) -> Any:
        """The rows' values in the driver's form."""
        found = dict(self._constants)
        for name, row, column, process in self._places:
            value = many[row][column]
            found[name] = value if process is None else process(value)
        return found if self._order is None else [found[name] for name in self._order]


def _decoders(statement: Any, dialect: Dialect) -> list[tuple[int, Process]]:
    columns = getattr(statement, "exported_columns", ())
    found = (column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns)
    return [(position, process) for position, process in enumerate(found) if process is not None]
