"""The documents point to what is there, and the map of requirements is whole."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAP = ROOT / "docs" / "requirements.md"
LAST = {"A": 5, "B": 5, "C": 10, "D": 3, "E": 9, "F": 8, "G": 7, "H": 3, "I": 4}
IDS = [f"{part}{number}" for part, last in LAST.items() for number in range(1, last + 1)]
STATES = ("done", "partly", "later")
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "README.zh-CN.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
_CODE = re.compile(r"^(?:```|~~~).*?^(?:```|~~~)|`[^`\n]*`", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)>\s]+)")
_ELSEWHERE = re.compile(r"[a-z][a-z+.-]*:|//|#", re.IGNORECASE)
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_ROW = re.compile(r"^\| *([A-Z]\d+) *\|(.*)\|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement as the map tells it."""

    id: str
    words: str
    state: str
    where: str
    tests: str

    @property
    def test_files(self) -> list[Path]:
        """The test files the row links to."""
        found = [(MAP.parent / target).resolve() for target in links(self.tests)]
        return [path for path in found if path.is_file() and ROOT / "tests" in path.parents]


def links(text: str) -> Iterator[str]:
    """Targets of the relative links in Markdown, without what stands in code."""
    for target in _LINK.findall(_CODE.sub("", text)):
        if not _ELSEWHERE.match(target):
            yield target.partition("#")[0]


def anchors(text: str) -> Iterator[tuple[str, str]]:
    """Links that name a heading: the file (empty for the same one) and the heading's anchor."""
    for target in _LINK.findall(_CODE.sub("", text)):
        path, mark, heading = target.partition("#")
        if mark and not (path and _ELSEWHERE.match(path)):
            yield path, heading


@cache
def rows() -> tuple[Row, ...]:
    """The rows of the map, in its order."""
    found = []
    for name, rest in _ROW.findall(MAP.read_text(encoding="utf-8")):
        cells = [cell.strip() for cell in rest.split("|")]
        assert len(cells) == 4, f"{name}: expected five columns, found {len(cells) + 1}"
        found.append(Row(name, *cells))
    return tuple(found)


def names_it(path: Path, name: str) -> bool:
    """Whether a docstring of the test file names the requirement (E1 elsewhere may be an error code)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    spoken = [ast.get_docstring(node) or "" for node in ast.walk(tree) if isinstance(node, _DOCUMENTED)]
    return any(re.search(rf"\b{name}\b", docstring) for docstring in spoken)


@pytest.mark.parametrize("document", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS])
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    """In the READMEs, the changes and everything under docs."""
    text = document.read_text(encoding="utf-8")
    missing = [target for target in links(text) if not (document.parent / target).exists()]
    assert not missing
    for path, anchor in anchors(text):
        aim = (document.parent / path if path else document).read_text(encoding="utf-8")
        assert anchor in {anchor_of(heading) for heading in _HEADING.findall(aim)}, f"{path}#{anchor}"


def anchor_of(heading: str) -> str:
    """A heading's anchor as GitHub makes it."""
    plain = re.sub(r"\]\([^)]*\)", "", heading).replace("[", "").lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def test_every_requirement_has_one_row_in_order() -> None:
    """From A1 to I4, none twice, none missing, none invented."""
    assert [row.id for row in rows()] == IDS


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_a_row_says_what_state_it_is_in_and_shows_it(row: Row) -> None:
    """What is there links to its code and its tests; what is done is named by one of those tests."""
    assert row.words
    assert row.where
    assert row.state in STATES
    if row.state == "later":
        return
    assert list(links(row.where)), "links to where it lives"
    assert row.test_files, "links to a test"
    assert len(row.test_files) == len(list(links(row.tests))), "every link of the last column is a test file"
    if row.state == "done":
        assert any(names_it(path, row.id) for path in row.test_files), "a linked test names the id"


def test_links_and_anchors_are_found() -> None:
    """The reading of links itself: images, anchors, links elsewhere, code."""
    text = "![a](x/y.png) [b](z.md#end) [c](https://d.e) [f](#g) `[h](i)`\n```\n[j](k)\n```\n[l [m]](n.md)"
    assert list(links(text)) == ["x/y.png", "z.md", "n.md"]
    assert list(anchors(text)) == [("z.md", "end"), ("", "g")]
    assert anchor_of("4. If away: `bot/spool.py`") == "4-if-away-botspoolpy"
