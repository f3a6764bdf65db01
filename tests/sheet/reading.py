"""Reads what a drawn sheet holds, by PDFium and by the PNG's own header."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium


@dataclass(frozen=True, slots=True)
class Box:
    """Where a character stands, in points from the page's lower left corner."""

    page: int
    left: float
    bottom: float
    right: float
    top: float


class Pages:
    """The pages of a PDF."""

    def __init__(self, document: pypdfium2.PdfDocument) -> None:
        self.document = document

    def __len__(self) -> int:
        return len(self.document)

    @property
    def text(self) -> str:
        """The words of every page, line ends and places to break left out."""
        return "".join(self.lines()).replace("\u200b", "")

    def lines(self) -> list[str]:
        """The lines of every page."""
        return [line.strip() for page in self.document for line in self._of(page).splitlines()]

    def boxes(self) -> list[Box]:
        """Every character that is seen."""
        found: list[Box] = []
        for number, page in enumerate(self.document):
            words = page.get_textpage()
            for index in range(words.count_chars()):
                left, bottom, right, top = words.get_charbox(index)
                if right > left and not words.get_text_range(index, 1).isspace():
                    found.append(Box(number, left, bottom, right, top))
        return found

    def embedded(self) -> list[bool]:
        """Of every piece of text, whether its font is inside the file."""
        found: list[bool] = []
        for page in self.document:
            for piece in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
                font = pdfium.FPDFTextObj_GetFont(piece.raw)
                found.append(pdfium.FPDFFont_GetIsEmbedded(font) == 1)
        return found

    def kinds(self) -> set[int]:
        """The kinds of what is drawn on the pages."""
        return {piece.type for page in self.document for piece in page.get_objects()}

    def annotations(self) -> int:
        """Links, notes and the like."""
        return sum(pdfium.FPDFPage_GetAnnotCount(page.raw) for page in self.document)

    @staticmethod
    def _of(page: pypdfium2.PdfPage) -> str:
        return page.get_textpage().get_text_range().replace("\r\n", "\n")


def size(png: bytes) -> tuple[int, int]:
    """Width and height in pixels of a PNG."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height
