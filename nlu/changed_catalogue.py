"""What people changed of the catalogue, laid over what the files say: entries added, reworded, retired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nlu.catalogue import Catalogue, of_files
from nlu.own_catalogue import merged, wrong_entry

NAMED = ("products", "brands")
MODELS = "models"
EDITED = (*NAMED, MODELS)
"""Sections that people change while the desk runs; patterns are changed in files, where they are tested."""


@dataclass(frozen=True, slots=True)
class Change:
    """An entry as people want it, in the form of the files; a model is its code alone."""

    section: str
    code: str
    entry: Mapping[str, Any]
    retired: bool = False


def changed(changes: Iterable[Change], files: Catalogue | None = None) -> Catalogue:
    """The files' catalogue with the changes over it; what a newer release cannot read is left out."""
    files = files or of_files()
    usable = [one for one in changes if _usable(one, files)]
    over: dict[str, Any] = {section: {} for section in NAMED}
    for one in usable:
        if one.section in NAMED:
            over[one.section][one.code] = None if one.retired else one.entry
    retired = {
        section: {one.code: one.entry["name"] for one in usable if one.section == section and one.retired}
        for section in NAMED
    }
    content = merged(dict(files.content), over)
    return Catalogue.of({**content, MODELS: _models(content[MODELS], usable)}, retired)


def _models(shipped: Iterable[Any], changes: Iterable[Change]) -> list[str]:
    mine = [one for one in changes if one.section == MODELS]
    gone = {one.code for one in mine if one.retired}
    known = dict.fromkeys([*map(str, shipped), *(one.code for one in mine)])
    return [model for model in known if model not in gone]


def _usable(one: Change, files: Catalogue) -> bool:
    if one.section == MODELS:
        return True
    return one.section in NAMED and not any(wrong_entry(one.section, one.code, one.entry, files.content))
