"""Draws sheets with Typst: the layout is ours, people's words reach it as data and are never markup."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import orjson
import typst

from bot.sheet.content import Content, Layout
from bot.sheet.sheet import ServiceSheet, SheetProblem
from bot.sheet.words import LANGUAGES

TEMPLATE = Path(__file__).with_name("sheet.typ")
FONTS = ("manimgx_fonts_cjk", "manimgx_fonts")
"""Packages that hold Noto's fonts: Chinese; Latin, emoji and other scripts."""
CARD_WIDTH_POINTS = 400
IMAGE_WIDTH = 900
"""Pixels across the picture, so that its letters are as large on a phone as those of the chat."""
IMAGE_BYTES = 500_000


def pdf(sheet: ServiceSheet, language: str, printed: datetime) -> bytes:
    """The sheet as PDF on A4 pages; `printed` is the time told at its foot."""
    return _drawn(sheet, language, printed, "page")


def image(sheet: ServiceSheet, language: str, printed: datetime) -> bytes:
    """The sheet as one PNG for a phone's screen, 900 pixels wide (less where it would be over 500 KB)."""
    width = IMAGE_WIDTH
    while len(picture := _drawn(sheet, language, printed, "card", width)) > IMAGE_BYTES:
        width = int(width * min((IMAGE_BYTES / len(picture)) ** 0.5, 0.97) * 0.98)
    return picture


@cache
def fonts() -> typst.Fonts:
    """The fonts sheets are set in, and no others; raises SheetProblem where they are not installed."""
    folders: list[str] = []
    for package in FONTS:
        found = find_spec(package)
        if found is None or not found.submodule_search_locations:
            raise SheetProblem(f"the fonts are missing: install the package {package.replace('_', '-')}")
        folders.extend(found.submodule_search_locations)
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


def _drawn(sheet: ServiceSheet, language: str, printed: datetime, layout: Layout, width: int = 0) -> bytes:
    if language not in LANGUAGES:
        raise SheetProblem(f"no sheet in '{language}': {', '.join(LANGUAGES)}")
    content = Content(sheet, language, printed, layout).whole()
    data = orjson.dumps(content).decode()
    compiler = typst.Compiler(root=TEMPLATE.parent, font_paths=fonts(), sys_inputs={"sheet": data})
    try:
        drawn = compiler.compile(
            TEMPLATE.read_bytes(),
            format="pdf" if layout == "page" else "png",
            ppi=width / CARD_WIDTH_POINTS * 72 if width else None,
            timestamp=printed.replace(microsecond=0),
        )
    except typst.TypstError as problem:
        raise SheetProblem(f"{problem.message}") from problem
    if not isinstance(drawn, bytes):
        raise SheetProblem("more pages than one picture holds")
    return drawn
