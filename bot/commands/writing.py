"""Files that commands write: all of it or nothing, and never over another one unasked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path

import click

from bot.orders.exporting import WRITERS, Row, TooMany

Rows = Callable[[], Iterable[Row]]


def wanted(file: Path, force: bool) -> None:
    """Stop where the file is there already and may not be written over."""
    if file.exists() and not force:
        raise click.ClickException(f"{file} is there already; --force writes over it")


def table(file: Path, form: str, headings: Row, rows: Iterator[Row]) -> int:
    """Write headings and rows as `form` (see WRITERS) beside the file, then in its place; how many rows."""
    draft = file.with_name(f".{file.name}.part")
    try:
        draft.unlink(missing_ok=True)
        count = WRITERS[form](draft, chain([headings], rows))
        draft.replace(file)
    except (OSError, TooMany) as problem:
        draft.unlink(missing_ok=True)
        reason = problem.strerror if isinstance(problem, OSError) else problem
        raise click.ClickException(f"{file}: cannot be written ({reason})") from None
    return count
