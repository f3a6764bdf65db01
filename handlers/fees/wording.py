"""A quotation in words, and what is wrong with an amount."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from handlers.fees.amounts import AmountProblem, Currency, shown
from handlers.fees.quotation import Line, Quotation
from handlers.phrases import Phrase, Phrases
from handlers.vocabulary import spoken_time
from handlers.warranty.wording import WORDS as WARRANTY

WORDS = Phrases(Path(__file__).with_name("words.yml"))


def lines_of(quotation: Quotation, language: str) -> list[str]:
    """Each line as the customer reads it; what is free says why."""
    return [_line(line, quotation.currency, language) for line in quotation.lines]


def whole(quotation: Quotation, local_now: datetime, language: str) -> str:
    """Plan and price in one text; the end of its validity on the clock of `local_now`."""
    until = quotation.valid_until.astimezone(local_now.tzinfo)
    told = [
        _said("cause", language, text=quotation.cause) if quotation.cause else "",
        _said("measures", language, text=quotation.measures) if quotation.measures else "",
        _said("minutes", language, count=quotation.minutes) if quotation.minutes else "",
        *lines_of(quotation, language),
        _total(quotation, language),
        _said("provisional", language) if quotation.provisional else "",
        _said("valid", language, at=spoken_time(until, local_now, language)),
    ]
    return "\n".join(filter(None, told))


def reason(problem: AmountProblem, currency: Currency, language: str) -> str:
    """What is wrong with an amount, for whoever wrote it."""
    return _said(problem.reason, language, currency=currency)


def _total(quotation: Quotation, language: str) -> str:
    total = shown(quotation.total, quotation.currency)
    if not quotation.tax:
        return _said("total", language, amount=total)
    return _said("total_with_tax", language, amount=total, tax=shown(quotation.tax, quotation.currency))


def _line(line: Line, currency: Currency, language: str) -> str:
    group = {"part": "part", "labour": "job", "visit": "region", "discount": "level"}.get(line.kind, "")
    words = WARRANTY if group in ("part", "cause") else WORDS
    named = words.name(group, line.code, language) if group else ""
    if line.name and named == line.code:
        named = line.name
    values = {"quantity": line.quantity, "name": named, "amount": shown(line.amount, currency)}
    said = _said(f"line_{line.kind}", language, **values, region=named, level=named)
    if not line.free or line.why is None:
        return said
    why = WORDS.say(_named(line.why, language), language)
    return _said("borne", language, line=said, list=shown(line.quantity * line.unit, currency), why=why)


def _named(phrase: Phrase, language: str) -> Phrase:
    """The phrase with parts and causes by the names that warranty has for them."""
    values = {
        key: WARRANTY.name(key, str(value), language) if key in ("part", "cause") else value
        for key, value in phrase.values.items()
    }
    return Phrase(phrase.name, values)


def _said(name: str, language: str, /, **values: object) -> str:
    return WORDS.say(Phrase(name, values), language)
