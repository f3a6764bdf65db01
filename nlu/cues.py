"""What a message shows besides its words: which details it holds, whether it asks, how long it is."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from nlu.understanding import Entity

NAMES = (
    "address",
    "brand",
    "date",
    "error_code",
    "language",
    "model",
    "order_number",
    "person_name",
    "phone",
    "product",
    "purchase_date",
    "quantity",
    "serial_number",
    "since",
    "symptom",
    "time",
    "tried",
    "urgency",
    "hazard",
    "asks",
    "upto4",
    "upto8",
    "upto16",
    "upto40",
    "longer",
)
STRENGTH = 0.3
"""What a cue weighs beside a sentence vector of length 1."""

_ASKS = re.compile(
    r"[?吗呢嘛么]|怎么|怎样|什么|多少|几|哪|如何|多久|点样|咩|是否|啥|为什么|"
    r"(?:^|[,.!;] ?)(?:how|what|where|when|why|can|could|do|does|is|are|which|who|until|may|should|will)\b"
)
_POSITION = {name: i for i, name in enumerate(NAMES)}


def cues(prepared: str, entities: Iterable[Entity], danger: bool) -> NDArray[np.float32]:
    """The cues of a prepared text with its details, as numbers in the order of `NAMES`."""
    row = np.zeros(len(NAMES), dtype=np.float32)
    for entity in entities:
        at = _POSITION.get(entity.name)
        if at is not None:
            row[at] = STRENGTH
    if danger:
        row[_POSITION["hazard"]] = STRENGTH
    if _ASKS.search(prepared):
        row[_POSITION["asks"]] = STRENGTH
    size = len(prepared)
    length = "upto4" if size <= 4 else "upto8" if size <= 8 else "upto16" if size <= 16 else "upto40"
    row[_POSITION[length if size <= 40 else "longer"]] = STRENGTH
    return row
