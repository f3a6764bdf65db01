"""Serial numbers: the makers' formats and check digits as configured, and the day of making in them."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from pydantic import field_validator, model_validator

from handlers import check_digits
from handlers.section import Section
from nlu.catalogue import in_use

Problem = Literal["shape", "digit"]
ANY = re.compile(r"[A-Z0-9][A-Z0-9\-/]{4,28}[A-Z0-9]")
"""What a serial number looks like where no maker's format is known: 6 to 30 letters and digits."""
_SPACES = re.compile(r"\s+")
_PARTS = frozenset({"year", "month", "week", "day"})
_MONTHS = "0123456789ABC"
_ALIKE = (("O", "0"), ("I", "1"), ("B", "8"), ("S", "5"), ("Z", "2"))
_MOST_SWAPS = 6
_LONGEST = 40


class SerialFormat(Section):
    """How serial numbers of a brand or product look; groups `year`, `month`, `week`, `day` tell when made."""

    brand: str | None = None
    product: str | None = None
    pattern: str
    check: Literal["none", "luhn", "ean", "mod11_2", "mod37_36", "mod97_10"] = "none"
    example: str

    @field_validator("brand", "product")
    @classmethod
    def in_the_catalogue(cls, code: str | None, info: object) -> str | None:
        """A code of the catalogue."""
        group = f"{getattr(info, 'field_name', '')}s"
        if code is not None and code not in in_use().names[group]:
            raise ValueError(f"'{code}' is not in the catalogue's {group}")
        return code

    @field_validator("pattern")
    @classmethod
    def an_expression(cls, pattern: str) -> str:
        """A regular expression with no groups by other names."""
        try:
            names = set(re.compile(pattern).groupindex)
        except re.error as problem:
            raise ValueError(f"is not a regular expression: {problem}") from None
        if unknown := sorted(names - _PARTS):
            raise ValueError(f"group '{unknown[0]}' means nothing; there are {', '.join(sorted(_PARTS))}")
        return pattern

    @model_validator(mode="after")
    def fits_its_example(self) -> SerialFormat:
        """The example obeys the pattern and the check digit."""
        if not re.fullmatch(self.pattern, self.example):
            raise ValueError(f"the example '{self.example}' does not fit the pattern")
        if not check_digits.holds(self.check, self.example):
            raise ValueError(f"the example '{self.example}' fails the check digit ({self.check})")
        return self

    def fits(self, brand: str | None, product: str | None) -> bool:
        """Whether devices of that brand and product have such serial numbers."""
        return self.brand in (None, brand) and self.product in (None, product)


class SerialSettings(Section):
    """The makers' formats; where none fits a device any 6 to 30 letters and digits are taken."""

    formats: tuple[SerialFormat, ...] = ()

    def of(self, brand: str | None, product: str | None) -> tuple[SerialFormat, ...]:
        """The formats of that brand and product."""
        return tuple(one for one in self.formats if one.fits(brand, product))


@dataclass(frozen=True, slots=True)
class SerialCheck:
    """What a serial number is worth: its written form, or what is wrong and perhaps what was meant."""

    value: str | None
    problem: Problem | None = None
    example: str = ""
    meant: str | None = None


def check(told: str, brand: str | None, product: str | None, settings: SerialSettings) -> SerialCheck:
    """The serial number if it has one of the device's formats; spaces and case do not matter."""
    text = _SPACES.sub("", told).upper()
    formats = settings.of(brand, product)
    if not formats:
        return SerialCheck(text) if ANY.fullmatch(text) else SerialCheck(None, "shape")
    if any(_good(text, one) for one in formats):
        return SerialCheck(text)
    wrong_digit = any(re.fullmatch(one.pattern, text) for one in formats)
    meant = {swapped for swapped in _swaps(text) if any(_good(swapped, one) for one in formats)}
    return SerialCheck(
        None,
        "digit" if wrong_digit else "shape",
        formats[0].example,
        meant.pop() if len(meant) == 1 else None,
    )


def made(
    serial: str, brand: str | None, product: str | None, settings: SerialSettings, today: date
) -> tuple[date, date] | None:
    """The first and last day on which the device may have been made, or None: its number does not tell."""
    for one in settings.of(brand, product):
        match = re.fullmatch(one.pattern, serial)
        if match and check_digits.holds(one.check, serial):
            span = _span(match.groupdict())
            return span if span is not None and span[0] <= today else None
    return None


def _good(text: str, one: SerialFormat) -> bool:
    return bool(re.fullmatch(one.pattern, text)) and check_digits.holds(one.check, text)


def _swaps(text: str) -> set[str]:
    """The text with signs that look alike taken for each other: one of them, or all of a kind."""
    if len(text) > _LONGEST:
        return set()
    swaps = {
        re.sub(old, new, text)
        for a, b in _ALIKE
        for old, new in ((a, b), (b, a))
        if 0 < text.count(old) <= _MOST_SWAPS
    }
    swaps |= {text[:at] + pair[pair[0] == text[at]] + text[at + 1 :] for at, pair in _pairs(text)}
    return swaps - {text}


def _pairs(text: str) -> list[tuple[int, tuple[str, str]]]:
    return [(at, pair) for at, sign in enumerate(text) for pair in _ALIKE if sign in pair]


def _span(parts: dict[str, str | None]) -> tuple[date, date] | None:
    year_text = parts.get("year") or ""
    if not year_text.isdecimal() or len(year_text) not in (2, 4):
        return None
    year = int(year_text) if len(year_text) == 4 else 2000 + int(year_text)
    try:
        if week := parts.get("week"):
            first = date.fromisocalendar(year, int(week), 1)
            return first, first + timedelta(days=6)
        month_text = parts.get("month") or ""
        if not month_text:
            return date(year, 1, 1), date(year, 12, 31)
        month = int(month_text) if month_text.isdecimal() else _MONTHS.index(month_text)
        if day := parts.get("day"):
            return date(year, month, int(day)), date(year, month, int(day))
        return date(year, month, 1), date(year, month, monthrange(year, month)[1])
    except ValueError:
        return None
