"""A report's figures in rows: what it is called, this period, the change against the one before."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from handlers.reports.figures import flat
from handlers.vocabulary import word
from nlu import yml
from nlu.catalogue import in_use

_NAMES = Path(__file__).with_name("names.yml")
_CODES = {"orders.by_kind": "kind", "orders.by_region": "region"}
Row = tuple[str, str, str]


def headings(language: str) -> Row:
    """The first row, in zh or en."""
    figure, value, change = (str(entry[language]) for entry in _names()["columns"].values())
    return figure, value, change


def title(kind: str, period: str, language: str) -> str:
    """What the report is called."""
    return f"{_names()['titles'][kind][language]} {period}"


def rows(figures: dict[str, Any], language: str) -> Iterator[Row]:
    """Every figure; one that could not be counted is a dash."""
    changes = figures.get("trend", {})
    for path, value in flat({name: found for name, found in figures.items() if name != "trend"}).items():
        change = changes.get(path)
        told = "" if change is None else f"{change:+g}"
        yield called(path, language), "-" if value is None else f"{value:g}", told


def called(path: str, language: str) -> str:
    """A figure's name."""
    known: dict[str, dict[str, str]] = _names()["figures"]
    if path in known:
        return known[path][language]
    above, _, code = path.rpartition(".")
    if above not in known:
        return path
    return f"{known[above][language]} · {_code(above, code, language)}"


def _code(above: str, code: str, language: str) -> str:
    endings = _names()["endings"]
    if code in endings:
        return str(endings[code][language])
    if code == "-":
        return code
    if above == "orders.by_product":
        return in_use().name("products", code, language)
    return word(_CODES[above], code, language) if above in _CODES else code


@cache
def _names() -> dict[str, Any]:
    return dict(yml.read(_NAMES))
