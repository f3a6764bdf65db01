"""Model numbers: the catalogue's prefixes and known models, typing errors forgiven."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz import fuzz, process

from nlu.context import Context
from nlu.text import fold
from nlu.understanding import Entity

_SHAPE = re.compile(
    r"(?<![a-z0-9])(?=[a-z0-9/\- ]*\d)([a-z]{1,5})([ \-_]{0,2})"
    r"(\d{2,5}[a-z0-9]{0,10}(?:[/\-][a-z0-9]{1,8}){0,3})(?![a-z0-9])"
)
_CUED = re.compile(r"(?:型号|model(?: (?:number|no\.?|is))?)[\s:是为号]{0,4}([a-z0-9][a-z0-9/\-]{2,24})")
_NEVER = frozenset(
    {"sr", "e", "f", "p", "h", "no", "sn", "room", "rmb", "at", "in", "on", "the", "to", "g", "iphone"}
)
_UNITS = frozenset(["kg", "gb", "mb", "cm", "mm", "kw", "w", "v", "hz", "ml", "l", "m", "d", "p", "h"])
ALIKE = 88
"""How alike (0..100) a written model must be to a known one to be taken for it."""


def find(text: str, context: Context) -> list[Entity]:
    """Model numbers; value as the maker writes it, e.g. `BCD-216` for `bcd216`."""
    folded = fold(text)
    found = []
    spans: list[tuple[int, int]] = []
    prefixes = context.catalogue.prefixes
    for match in _SHAPE.finditer(folded):
        prefix = match[1].upper()
        if match[1] in _NEVER or (match[2].startswith(" ") and prefix not in prefixes):
            continue
        known = _known(folded[match.start() : match.end()], context.catalogue.models)
        if known is None and prefix not in prefixes and not _near_prefix(prefix, prefixes):
            continue
        value = known or f"{prefix}-{match[3].upper()}" if prefix in prefixes else known
        if value:
            found.append(
                _entity(text, match.start(), match.end(), value, 0.97 if prefix in prefixes else 0.8)
            )
            spans.append(match.span())
    for match in _CUED.finditer(folded):
        start, end = match.span(1)
        if any(char.isdigit() for char in match[1]) and not any(s < end and start < e for s, e in spans):
            known = _known(match[1], context.catalogue.models)
            found.append(_entity(text, start, end, known or match[1].upper(), 0.9))
    return found


def product_of(model: str, context: Context) -> str | None:
    """The kind of appliance that a model number tells, or None."""
    letters = re.match(r"[A-Za-z]+", model)
    return context.catalogue.prefixes.get(letters.group().upper()) if letters else None


def _entity(text: str, start: int, end: int, value: str, confidence: float) -> Entity:
    return Entity("model", value, text[start:end], start, end, confidence, "model")


def _near_prefix(prefix: str, prefixes: object) -> bool:
    return (
        isinstance(prefixes, dict)
        and len(prefix) == 3
        and any(len(p) == 3 and sum(a != b for a, b in zip(p, prefix, strict=True)) == 1 for p in prefixes)
    )


def _bare(model: str) -> str:
    return re.sub(r"[^a-z0-9]", "", model.lower())


@lru_cache(maxsize=1024)
def _known(written: str, models: tuple[str, ...]) -> str | None:
    """The known model that this must be: the same letters and digits, or one slip away in the letters."""
    bare = _bare(written)
    for model in models:
        if _bare(model) == bare:
            return model
    best = process.extractOne(bare, [_bare(m) for m in models], scorer=fuzz.ratio, score_cutoff=ALIKE - 8)
    if best is None:
        return None
    model = models[best[2]]
    same_digits = re.sub(r"\D", "", bare) == re.sub(r"\D", "", model)
    return model if same_digits and len(bare) > 4 else None
