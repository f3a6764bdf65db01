"""Checks of single values: the accepted form, or None when it cannot be right. No words, no state."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import phonenumbers

from handlers.report_slots import PHOTO
from handlers.telling import DETAIL_ENTITIES, EDGES, leftover, names_field, span
from handlers.vocabulary import known, listed
from nlu.catalogue import in_use
from nlu.entities.regions import regions
from nlu.text import fold

TEXT_LIMIT = 500
NO_NAMES = (*DETAIL_ENTITIES, "symptom", "error_code", "tried", "urgency")
"""Details that are no part of a name."""
OTHER_FIELDS = ("model", "serial_number", "address", "phone")
"""Fields that no name is given with: "序列号 ABC"."""
_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[a-z]{2,}", re.IGNORECASE)
_NUMBERED = re.compile(r"[\u3400-\u9fff]{2}(?:路|街|道|巷|弄|胡同)\d")
"""A road with its number, short as it is: 国权路55号."""
_SPACES = re.compile(r"\s+")
_MODEL = re.compile(r"[\w\-/. +()（）]{2,40}")
_PLAIN_NAME = re.compile(r"[\u3400-\u9fff]{2,4}|[A-Z][\w'’-]+(?: [A-Z][\w'’-]+){0,2}")
_SMALL_NAME = re.compile(r"[a-z][a-z'’-]{2,15}(?: [a-z][a-z'’-]{1,15})?")
"""A name without capitals: only beside nothing else but a number."""
_LOOSE_NAME = re.compile(r"[\u3400-\u9fff·]{1,6}|[A-Za-zÀ-ɏ][\w.'’-]*(?: [A-Za-zÀ-ɏ][\w.'’-]*)?")


def product(value: Any, message: Mapping[str, Any]) -> str | None:
    """A product's code of ours, or the customer's own word for another."""
    text = clean(value, 40)
    if text == "other":
        text = span(message, "product") or text
    if text in in_use().names["products"]:
        return text
    if len(_HAN.findall(text)) > 8 or len(_WORD.findall(text)) > 4:
        return None
    return text if _HAN.search(text) or _WORD.search(text) else None


def description(value: Any) -> str | None:
    """What is wrong, in the customer's words: two Chinese characters, a word or a code; no mere no."""
    text = clean(value, TEXT_LIMIT)
    if text.lower().strip(EDGES) in listed("marks", "plain_no"):
        return None
    said = len(_HAN.findall(text)) >= 2 or _WORD.search(text) or re.search(r"[A-Za-z]\d", text)
    return text if said else None


def model(value: Any) -> str | None:
    """A model number: letters and digits, with the usual signs between."""
    text = clean(value, 60)
    if text == PHOTO:
        return PHOTO
    return text.upper() if _MODEL.fullmatch(text) and re.search(r"\d", text) else None


_BOUGHT = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?(?:T.*)?")
"""An ISO date, to the day, the month or the year."""


def purchase(value: Any, today: date) -> str | None:
    """An ISO date not in the future and not before 1980, a year or month, or one of the rough ages."""
    text = str(value).strip().partition("/")[0]  # of a stretch of days the first
    if text == PHOTO or text in known("age"):
        return text
    match = _BOUGHT.fullmatch(text)
    bought = _day(match) if match else None
    if match is None or bought is None or not date(1980, 1, 1) <= bought <= today:
        return None
    return "-".join(part.zfill(2) for part in match.groups() if part)


def ahead(value: Any, today: date) -> bool:
    """Whether it is a date that is still to come."""
    match = _BOUGHT.fullmatch(str(value).strip().partition("/")[0])
    bought = _day(match) if match else None
    return bought is not None and bought > today


def _day(match: re.Match[str]) -> date | None:
    try:
        return date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        return None


def shared(message: Mapping[str, Any], name: str) -> bool:
    """Whether that detail came from a card or a place shared on the platform, not from words."""
    return any(e["entity"] == name and e.get("extractor") == "channel" for e in message.get("entities") or [])


def name(value: Any, message: Mapping[str, Any]) -> str | None:
    """How to address the customer: 1 to 40 letters, no digits; an empty string when nothing was said."""
    text = clean(value, 200)
    named = any(e["entity"] == "person_name" for e in message.get("entities") or [])
    if not named and text == (message.get("metadata") or {}).get("words"):
        text = leftover(message, NO_NAMES)
        if set(text.lower().split()) & set(listed("marks", "no_name_words")):
            return None
        told = {e["entity"] for e in message.get("entities") or [] if "start" in e}
        small = told <= {"phone"} and _SMALL_NAME.fullmatch(text)
        if told & set(NO_NAMES) and not (_PLAIN_NAME.fullmatch(text) or small):
            return ""
        if not (_PLAIN_NAME.fullmatch(text) or _LOOSE_NAME.fullmatch(text)):
            return None
    others = (names_field(str(value), field) for field in OTHER_FIELDS)
    if not named and (any(mark in text for mark in listed("marks", "not_in_names")) or any(others)):
        return None
    if "?" in str(value) or "？" in str(value):
        return None
    text = text.strip(EDGES)
    if len(text) > 2 and len(set(text)) == 1:
        return None
    if text and (len(text) > 40 or re.search(r"[\d?？/{}<>@#]", text) or not re.search(r"[^\W\d_]", text)):
        return None
    return text


def phone(value: Any, countries: tuple[str, ...]) -> str | None:
    """A number valid in one of the countries, as E.164, with `;ext=` where it has an extension."""
    text = str(value)
    for country in countries or (None,):
        try:
            number = phonenumbers.parse(text, country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            return f"{written};ext={number.extension}"[:32] if number.extension else written
    return None


def address(value: Any, message: Mapping[str, Any]) -> str | None:
    """An address with more than a town in it; an empty string when nothing was said."""
    found = value.get("full") if isinstance(value, dict) else value
    text = clean(found or "", 300)
    if text == (message.get("metadata") or {}).get("words"):
        known = any(e["entity"] == "address" and "start" in e for e in message.get("entities") or [])
        text = leftover(message, ("phone", "person_name", "order_number"), fillers=not known)
    text = text.strip(EDGES)
    if not text:
        return text
    marks = sum(mark in text.lower() for mark in listed("marks", "address"))
    long_enough = len(_HAN.findall(text)) >= 5 or len(_WORD.findall(text)) >= 2 or _NUMBERED.search(text)
    return text if long_enough and (re.search(r"\d", text) or marks >= 2) else None


def within(told: str, before: str | None) -> str:
    """A corrected street without its town is in the town of the address before: 上海市杨浦区 + 国权路55号."""
    towns = [next(regions().rows(fold(text), frozenset((0,))), None) for text in (told, before or "")]
    new, old = towns
    return f"{str(before)[: old.end]}{told}" if new is None and old is not None and old.start == 0 else told


def clean(value: Any, limit: int) -> str:
    """One line of text, clipped."""
    return _SPACES.sub(" ", str(value)).strip()[:limit].strip()
