"""Model numbers: the catalogue's prefixes and known models; hyphens, case, a slip in the prefix forgiven."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz.distance import OSA

from nlu.catalogue import Catalogue, builtin
from nlu.context import Context
from nlu.text import fold
from nlu.understanding import Entity

_SHAPE = re.compile(
    r"(?<![a-z0-9])(?=[a-z0-9/\- ]*\d)([a-z]{1,5})([ \-_]{0,2})"
    r"(\d{2,5}[a-z0-9]{0,10}(?:[/\-][a-z0-9]{1,8}){0,3})(?![a-z0-9])"
)
_CUED = re.compile(r"(?:型号|model(?: (?:number|no\.?|is))?)[\s:是为号]{0,4}([a-z0-9][a-z0-9/\-]{2,24})")
_BRANDED = re.compile(r"\s?((?=[a-z0-9/\-]{5,20}(?![a-z0-9]))[a-z]{1,5}-?\d{2,6}[a-z0-9/\-]*)")
_TAIL = re.compile(r" [a-z0-9]{1,5}(?![a-z0-9])")
_NEVER = frozenset(
    {"sr", "e", "f", "p", "h", "no", "sn", "room", "rmb", "at", "in", "on", "the", "to", "g", "iphone"}
)
_UNITS = frozenset(["kg", "gb", "mb", "cm", "mm", "kw", "w", "v", "hz", "ml", "l", "m", "d", "p", "h"])


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
        end = _end(folded, match, context.catalogue)
        known = _known(folded[match.start() : end], context.catalogue)
        if known is None and prefix not in prefixes and not _near_prefix(prefix, prefixes):
            continue
        value = known or (_written(prefix, match[3]) if prefix in prefixes else None)
        if value:
            found.append(_entity(text, match.start(), end, value, 0.97 if prefix in prefixes else 0.8))
            spans.append((match.start(), end))
    branded = (
        _BRANDED.match(folded, brand.end()) for brand in context.catalogue.brands.pattern.finditer(folded)
    )
    for match in [*_CUED.finditer(folded), *filter(None, branded)]:
        start, end = match.span(1)
        if any(char.isdigit() for char in match[1]) and not any(s < end and start < e for s, e in spans):
            known = _known(match[1], context.catalogue)
            found.append(_entity(text, start, end, known or match[1].upper(), 0.9))
    return found


def product_of(model: str) -> str | None:
    """The kind of appliance that a model number of the built-in catalogue tells, or None."""
    letters = re.match(r"[A-Za-z]+", model)
    return builtin().prefixes.get(letters.group().upper()) if letters else None


def _entity(text: str, start: int, end: int, value: str, confidence: float) -> Entity:
    return Entity("model", value, text[start:end], start, end, confidence, "model")


def _written(prefix: str, rest: str) -> str:
    """A model as makers write it: with one hyphen where there is none yet."""
    return (prefix + rest if "-" in rest else f"{prefix}-{rest}").upper()


def _end(folded: str, match: re.Match[str], catalogue: Catalogue) -> int:
    """Where the model ends: behind a space, if only that makes it a known one ("bcd 216 stpt")."""
    more = _TAIL.match(folded, match.end())
    if more and _bare(folded[match.start() : more.end()]) in _bare_models(catalogue.models):
        return more.end()
    return match.end()


def _near_prefix(prefix: str, prefixes: object) -> bool:
    return (
        isinstance(prefixes, dict)
        and len(prefix) == 3
        and any(len(p) == 3 and sum(a != b for a, b in zip(p, prefix, strict=True)) == 1 for p in prefixes)
    )


def _bare(model: str) -> str:
    return re.sub(r"[^a-z0-9]", "", model.lower())


def _known(written: str, catalogue: Catalogue) -> str | None:
    """The known model that this must be: the same letters and digits, or one slip in a maker's prefix.

    Another ending is another model, and a prefix that exists is never taken for a slip.
    """
    bare = _bare(written)
    if same := _bare_models(catalogue.models).get(bare):
        return same
    prefix, rest = _split(bare)
    if len(prefix) < 2 or prefix.upper() in catalogue.prefixes:
        return None
    near = {
        model
        for known, model in _bare_models(catalogue.models).items()
        if _split(known)[1] == rest and OSA.distance(_split(known)[0], prefix) == 1
    }
    return near.pop() if len(near) == 1 else None


@lru_cache(maxsize=4)
def _bare_models(models: tuple[str, ...]) -> dict[str, str]:
    return {_bare(model): model for model in models}


def _split(bare: str) -> tuple[str, str]:
    """The leading letters, and the rest."""
    letters = re.match(r"[a-z]*", bare)
    end = letters.end() if letters else 0
    return bare[:end], bare[end:]
