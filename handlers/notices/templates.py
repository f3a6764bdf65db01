"""Template messages 模板消息: what a platform still takes once its reply window is closed (F6).

A row of the settings says which notice goes by which template, and what fills its keywords.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, field_validator, model_validator

from handlers.notices.kinds import KINDS
from handlers.section import Section
from nlu import yml

FOLDER = Path(__file__).parent.parent
TEMPLATE = "template"
"""The part of a message's `custom` that a platform takes as a template message once its window is closed."""
NEWS = "news"
QUOTED, PRICE = f"{NEWS}.quote", "price"
"""The news of a quotation, and the amount it comes to: without it a yes to the template means nothing."""
CHANNEL = "wechat"
"""Templates are the Official Account's; no other platform has them."""
SAID_AT, VISIT_AT = "said_at", "visit_at"
"""Values that are moments as the platform reads them, `2026-03-02 14:00`: now, and of an appointment."""
_NAME = re.compile(r"\{([a-z_]+)\}")
_KEYWORD = re.compile(r"([a-z_]*[a-z])\d{0,3}")


@dataclass(frozen=True, slots=True)
class Form:
    """What a keyword takes: so many characters, cut where they are more, or exactly of this pattern."""

    most: int
    pattern: re.Pattern[str] | None = None
    moment: bool = False
    grouped: bool = True
    """Whether a number may have commas."""


def _exactly(most: int, pattern: str) -> Form:
    return Form(most, re.compile(pattern, re.ASCII))


FORMS = {
    "thing": Form(20),
    "keyword": Form(20),
    "const": Form(20),
    "phrase": Form(5),
    "name": Form(10),
    "character_string": _exactly(32, r"[!-~]+"),
    "letter": _exactly(32, r"[A-Za-z]+"),
    "number": _exactly(32, r"\d+"),
    "amount": Form(14, re.compile(r"[¥￥$€]?\d{1,10}(?:\.\d{1,2})?元?", re.ASCII), grouped=False),
    "phone_number": _exactly(17, r"[\d+-]+"),
    "time": Form(32, moment=True),
    "date": Form(32, moment=True),
}
"""WeChat's kinds of keywords (模板参数类别), as far as a notice has something for them."""


class TemplateRow(Section):
    """One template: what is told by it, in which language, and what fills its keywords."""

    notice: Annotated[
        tuple[str, ...], BeforeValidator(lambda given: (given,) if isinstance(given, str) else given)
    ] = Field(min_length=1)
    template_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    keywords: Annotated[Mapping[str, str], Field(min_length=1)]
    language: Literal["zh", "en"] | None = None
    url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None

    @field_validator("notice")
    @classmethod
    def _known(cls, notice: tuple[str, ...]) -> tuple[str, ...]:
        for name in notice:
            responses(name)
        return notice

    @model_validator(mode="after")
    def _filled_by_what_is_known(self) -> TemplateRow:
        for keyword, words in self.keywords.items():
            form, names = _form(keyword), _NAME.findall(words)
            for name in self.notice:
                if wrong := [one for one in names if one not in values_of(name)]:
                    known = ", ".join(sorted(values_of(name)))
                    raise ValueError(f"{keyword}: {name} has no '{wrong[0]}', only {known}")
            if form.moment and words.strip() not in (f"{{{SAID_AT}}}", f"{{{VISIT_AT}}}"):
                raise ValueError(
                    f"{keyword}: a time is {{{SAID_AT}}}, or {{{VISIT_AT}}} for the notice visit, only that"
                )
        return self

    def fits(self, kind: str, response: str, language: str) -> bool:
        """Whether it tells this, in this language."""
        told = any(name == kind or (name != NEWS and response in responses(name)) for name in self.notice)
        return told and self.language in (None, language)

    def narrow(self) -> tuple[bool, bool]:
        """Orders rows: one for a single move, then one for a language, goes before others."""
        return any("." in name for name in self.notice), self.language is not None


Rows = tuple[TemplateRow, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """A template ready to go, or the keyword that nothing fits into."""

    card: Mapping[str, Any] | None
    unfit: str = ""


def fill(
    rows: Rows, kind: str, response: str, language: str, values: Mapping[str, Any], now: datetime, zone: str
) -> Filled | None:
    """The template of a notice, filled; None where no row tells it."""
    fitting = [row for row in rows if row.fits(kind, response, language)]
    if not fitting:
        return None
    row = max(fitting, key=TemplateRow.narrow)
    known = {**values, SAID_AT: f"{now.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"}
    data: dict[str, Any] = {}
    for keyword, words in row.keywords.items():
        value = _fitted(_form(keyword), _NAME.sub(lambda found: _word(known.get(found[1])), words))
        if value is None:
            return Filled(None, keyword)
        data[keyword] = {"value": value}
    card = {"template_id": row.template_id, "data": data}
    return Filled({**card, "url": row.url} if row.url else card)


@cache
def responses(notice: str) -> tuple[str, ...]:
    """The responses that a notice of this name is said with; raises ValueError where there is none such."""
    from handlers.life import life

    kind, _, move = notice.partition(".")
    told = {name: one.tells for name, one in life().moves.items() if one.tells is not None}
    if kind == NEWS:
        if move and move not in told:
            raise ValueError(f"'{notice}': customers are told of {', '.join(sorted(told))}")
        return (told[move],) if move else tuple(sorted(set(told.values())))
    if move or kind not in KINDS:
        raise ValueError(
            f"'{notice}' is no notice; there are {', '.join(KINDS)}, and {NEWS}.<move> for one move"
        )
    return KINDS[kind].responses


@cache
def values_of(notice: str) -> frozenset[str]:
    """The values that fill every response of the notice, and when it is said."""
    kind = notice.partition(".")[0]
    found = frozenset.intersection(*(_names(_texts()[name]) for name in responses(notice)))
    order = {"number", "kind"} if KINDS[kind].of_order else set()
    moved = {"status"} if kind == NEWS else set()
    quoted = {PRICE} if notice == QUOTED else set()
    return found | order | moved | quoted | {SAID_AT} | ({VISIT_AT} if kind == "visit" else set())


def _names(variations: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(name for one in variations for name in _NAME.findall(one.get("text") or ""))


@cache
def _texts() -> Mapping[str, list[Mapping[str, Any]]]:
    """Every response of the flows by its name."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for file in sorted(FOLDER.glob("*.yml")):
        content = yml.read(file)
        if isinstance(content, dict):
            found |= content.get("responses") or {}
    return found


def _form(keyword: str) -> Form:
    found = _KEYWORD.fullmatch(keyword)
    form = FORMS.get(found[1]) if found else None
    if form is None:
        raise ValueError(f"'{keyword}' is no keyword of a template; they begin with {', '.join(FORMS)}")
    return form


def _fitted(form: Form, text: str) -> str | None:
    text = " ".join(text.split())
    text = text if form.grouped else text.replace(",", "")
    if form.pattern is not None:
        return text if len(text) <= form.most and form.pattern.fullmatch(text) else None
    if not text:
        return None
    return text if len(text) <= form.most else text[: form.most - 1] + "…"


def _word(value: Any) -> str:
    return "" if value is None else str(value)
