"""What all lists share: pages of them, the address of the next one, and files to take away."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from bot.console.forms import BadForm
from bot.orders.exporting import WRITERS, Row, TooMany

SIZE = 50
"""Rows of a page."""
FURTHEST = 100_000
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; `asked` is what was looked for."""

    rows: Sequence[Any]
    total: int
    number: int
    asked: Mapping[str, str]

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.total // SIZE))

    def query(self, **changes: object) -> str:
        """The address's end for another page of the same list, or its export."""
        return urlencode(
            {name: value for name, value in {**self.asked, **changes}.items() if value not in ("", None)}
        )


def number_of(value: str) -> int:
    """Which page was asked for; the first where that is no number."""
    return min(int(value), FURTHEST) if value.isascii() and value[:9].isdecimal() and int(value[:9]) else 1


async def download(name: str, form: str, head: Row, rows: Callable[[], Iterable[Row]]) -> FileResponse:
    """The rows as a file in CSV or XLSX in which no cell is a formula; written beside the desk's work.

    Raises BadForm for another form, or more rows than it can hold.
    """
    if form not in WRITERS:
        raise BadForm("bad_request")
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp))
    path = folder / f"{name}.{form}"
    try:
        await asyncio.to_thread(WRITERS[form], path, _all(head, rows))
    except TooMany:
        await asyncio.to_thread(shutil.rmtree, folder)
        raise BadForm("too_many_rows") from None
    return FileResponse(
        path, media_type=TYPES[form], filename=path.name, background=BackgroundTask(shutil.rmtree, folder)
    )


async def zipped(name: str, contents: Mapping[str, bytes]) -> FileResponse:
    """Files by their paths as one ZIP; written beside the desk's work."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp))
    path = folder / f"{name}.zip"

    def write() -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for inner, content in contents.items():
                archive.writestr(inner, content)

    await asyncio.to_thread(write)
    return FileResponse(
        path,
        media_type="application/zip",
        filename=path.name,
        background=BackgroundTask(shutil.rmtree, folder),
    )


def _all(head: Row, rows: Callable[[], Iterable[Row]]) -> Iterator[Row]:
    yield head
    yield from rows()
