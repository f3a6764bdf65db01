"""Statements compiled once per kind of database and run on the driver's own cursor.

SQLAlchemy still writes the SQL and converts the values; only its work around each execution, five times
what SQLite itself needs for a row, is done once instead of every time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

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
        for position, process in self._decoders:
            rows = [(*row[:position], process(row[position]), *row[position + 1 :]) for row in rows]
        return rows


def _decoders(statement: Any, dialect: Dialect) -> list[tuple[int, Process]]:
    columns = getattr(statement, "exported_columns", ())
    found = (column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns)
    return [(position, process) for position, process in enumerate(found) if process is not None]
