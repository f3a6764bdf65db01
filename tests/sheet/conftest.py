"""What tests of the sheet share: a reader of PDF files."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pypdfium2
import pytest

from tests.sheet.reading import Pages


@pytest.fixture
def read() -> Iterator[Callable[[bytes], Pages]]:
    """Opens a PDF; closed at the test's end."""
    opened: list[pypdfium2.PdfDocument] = []

    def open_(content: bytes) -> Pages:
        opened.append(pypdfium2.PdfDocument(content))
        return Pages(opened[-1])

    yield open_
    for document in opened:
        document.close()
