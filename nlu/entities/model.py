"""Model numbers: the catalogue's prefixes and models; hyphens, spaces, case and a slip are forgiven."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz.distance import OSA

from nlu.catalogue import Catalogue, in_use
from nlu.context import Context
from nlu.text import fold
from nlu.understanding import Entity

_HYPHENS = re.compile(r"(?<=[a-z0-9])[一杠—–－_](?=[a-z0-9])")
_TOKEN = re.compile(r"[a-z0-9]+")
_GAP = re.compile(r"[ \-/]{0,2}")
_MOST_TOKENS = 7
_SHAPE = re.compile(
    r"(?<![a-z0-9])([a-z]{1,5})([ \-]{0,2})(\d{2,5}[a-z0-9]{0,10}(?:[/\-][a-z0-9]{1,8}){0,3})(?![a-z0-9])"
)
_CUED = re.compile(
    r"(?:型号|(?<![a-z])model(?: (?:number|no\.?|is))*)[^a-z0-9,;!?]{0,8}"
    r"([a-z0-9][a-z0-9/\-]{2,24})(?![a-z0-9])"
)
_BESIDE = re.compile(r"\s?((?=[a-z0-9/\-]{5,20}(?![a-z0-9]))[a-z]{1,5}-?\d{2,6}[a-z0-9/\-]*)")
_ALONE = re.compile(r"\W*((?=[a-z0-9/\-]{5,14}\W*$)([a-z]{2,5})-?\d{2,5}(?!\d)[a-z0-9/\-]*)\W*")
_NEVER = frozenset({
    "sr", "e", "f", "p", "h", "no", "sn", "room", "rmb", "at", "in", "on", "the", "to", "g", "iphone", "am",
    "pm", "qq", "wx", "vx", "tel", "floor", "flat", "unit", "block", "err", "error", "code",
})  # fmt: skip


def find(text: str, context: Context) -> list[Entity]:
    """Model numbers; value as the maker writes it, e.g. `BCD-216` for `bcd216`."""
    return _entities(text, context.catalogue)


def numbers(text: str, catalogue: Catalogue) -> list[str]:
    """The model numbers in the text."""
    return [str(e.value) for e in _entities(text, catalogue)]


def _entities(text: str, catalogue: Catalogue) -> list[Entity]:
    folded = _HYPHENS.sub("-", fold(text))
    if not any(char.isdigit() for char in folded):
        return []
    found = _known_ones(text, folded, catalogue)
    for start, end, value, sure in (*_shaped(folded, catalogue), *_named(folded, catalogue)):
        if not any(e.start < end and start < e.end for e in found):
            found.append(_entity(text, start, end, value, sure))
    return found


def product_of(model: str) -> str | None:
    """The kind of appliance that a model number tells, or None."""
    return in_use().prefixes.get(letters(model))


def letters(model: str) -> str:
    """What a model number begins with, in capitals."""
    found = re.match(r"[A-Za-z]+", model)
    return found.group().upper() if found else ""


def _entity(text: str, start: int, end: int, value: str, confidence: float) -> Entity:
    return Entity("model", value, text[start:end], start, end, confidence, "model")


def _known_ones(text: str, folded: str, catalogue: Catalogue) -> list[Entity]:
    """Models of the catalogue however they are parted ("K F R 72 L W"), the longest reading first."""
    models = _bare_models(catalogue.models)
    tokens = list(_TOKEN.finditer(folded))
    found: list[Entity] = []
    at = 0
    while at < len(tokens):
        count = _longest(folded, tokens[at : at + _MOST_TOKENS], models)
        if count:
            start, end = tokens[at].start(), tokens[at + count - 1].end()
            found.append(_entity(text, start, end, models[bare(folded[start:end])], 0.97))
        at += max(count, 1)
    return found


def _longest(folded: str, tokens: list[re.Match[str]], models: dict[str, str]) -> int:
    joined, best = "", 0
    for count, token in enumerate(tokens, 1):
        before = folded[tokens[count - 2].end() : token.start()] if count > 1 else ""
        if not _GAP.fullmatch(before):
            break
        joined += token.group()
        more = folded[token.end() : token.end() + 2]
        if joined in models and not re.match(r"[/\-][a-z0-9]", more):
            best = count
    return best


def _shaped(folded: str, catalogue: Catalogue) -> list[tuple[int, int, str, float]]:
    """Letters that the catalogue's models begin with, and figures."""
    found = []
    for match in _SHAPE.finditer(folded):
        prefix = match[1].upper()
        known = _known(match.group(), catalogue)
        if match[1] in _NEVER or (
            match[2].startswith(" ") and prefix not in catalogue.prefixes and not known
        ):
            continue
        value = known or (
            _written(prefix, match[2], match[3], catalogue) if prefix in catalogue.prefixes else None
        )
        if value:
            found.append((match.start(), match.end(), value, 0.97 if prefix in catalogue.prefixes else 0.8))
    return found


def _named(folded: str, catalogue: Catalogue) -> list[tuple[int, int, str, float]]:
    """Codes behind the word "model", a brand or a product, and one that is all that was said."""
    things = (*catalogue.brands.find(folded), *catalogue.products.find(folded))
    beside = (_BESIDE.match(folded, thing.end()) for thing in things)
    found = []
    alone = _ALONE.fullmatch(folded)
    if alone and alone[2] not in _NEVER:
        return [(*alone.span(1), _known(alone[1], catalogue) or alone[1].upper(), 0.8)]
    for match in [*_CUED.finditer(folded), *filter(None, beside)]:
        start, end = match.span(1)
        if sum(char.isdigit() for char in match[1]) >= 2:
            found.append((start, end, _known(match[1], catalogue) or match[1].upper(), 0.9))
    return found


def _written(prefix: str, gap: str, rest: str, catalogue: Catalogue) -> str:
    """A model as makers write it: with the hyphen that was written, or that known ones of its prefix have."""
    hyphen = "-" in gap or (f"{prefix}-" in _hyphenated(catalogue.models) and "-" not in rest)
    return f"{prefix}{'-' if hyphen else ''}{rest}".upper()


def bare(model: str) -> str:
    """Its letters and digits alone: models that differ in nothing else are the same."""
    return re.sub(r"[^a-z0-9]", "", model.lower())


def _known(written: str, catalogue: Catalogue) -> str | None:
    """The known model that this must be: the same letters and digits, or one slip in a maker's prefix.

    Another ending is another model, and a prefix that exists is never taken for a slip.
    """
    plain = bare(written)
    if same := _bare_models(catalogue.models).get(plain):
        return same
    prefix, rest = _split(plain)
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
    return {bare(model): model for model in models}


@lru_cache(maxsize=4)
def _hyphenated(models: tuple[str, ...]) -> frozenset[str]:
    """Prefixes, with their hyphen, that known models write one behind."""
    return frozenset(m.group() for model in models if (m := re.match(r"[A-Z]+-(?=\d)", model)))


def _split(plain: str) -> tuple[str, str]:
    """The leading letters, and the rest."""
    letters = re.match(r"[a-z]*", plain)
    end = letters.end() if letters else 0
    return plain[:end], plain[end:]
