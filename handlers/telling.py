"""What a message tells: the fault, a request, or what is left of the words without their details."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from functools import cache
from typing import Any

from handlers.mood import rages
from handlers.vocabulary import known, listed
from nlu.text import clip

SURE = 0.85
_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[a-z]{2,}", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_CLAUSES = re.compile(r"[^,，、;；。.!！?？\n]+")
_TOLD = re.compile(r"[\w]")
EDGES = " \t\n,，.。;；:：!！?？、~～\"'“”"
_CLAUSE = re.compile(r"(?:(?<![\u3400-\u9fff]) (?! )|[^ ,，。;；!！?？\n]| (?![\u3400-\u9fff]))+")
CONTACT_ENTITIES = ("phone", "person_name", "address", "order_number")
DETAIL_ENTITIES = (
    *CONTACT_ENTITIES,
    "product",
    "brand",
    "model",
    "serial_number",
    "invoice_number",
    "since",
    "date",
    "time",
    "quantity",
)


def leftover(message: Mapping[str, Any], without: tuple[str, ...], fillers: bool = True) -> str:
    """The text without those entities, and without `fillers`: words that say nothing ("不对", "my", "is")."""
    text = _words(message)
    if text and text == clip(str(message.get("text") or "")):
        spans = [e for e in message.get("entities") or [] if e["entity"] in without and "start" in e]
        for found in sorted(spans, key=lambda e: -e["start"]):
            text = text[: found["start"]] + " " + text[found["end"] :]
    if fillers:
        text = _CLAUSES.sub(lambda clause: _told(clause[0]), text)
    text = re.sub(r"(?:\s*[,，、;；。.!！]\s*){2,}", "，" if _HAN.search(text) else ", ", text)
    return re.sub(r"\s+(?=[,，、;；。.!！?？])", "", _SPACES.sub(" ", text)).strip(EDGES)


def _words(message: Mapping[str, Any]) -> str:
    """What the customer wrote, as far as it is read."""
    return clip(str((message.get("metadata") or {}).get("words") or ""))


def _told(clause: str) -> str:
    """The clause without the fillers at its edges; nothing where there are only fillers."""
    return _without_fillers(clause) if _TOLD.search(_fillers().sub(" ", clause)) else " "


@cache
def _fillers() -> re.Pattern[str]:
    """Every filler, the longest first; English ones as whole words."""
    words = sorted(listed("marks", "fillers"), key=len, reverse=True)
    parts = [rf"\b{re.escape(w)}\b" if w.isascii() else re.escape(w) for w in words]
    return re.compile("|".join(parts), re.IGNORECASE)


def fault_told(message: Mapping[str, Any]) -> str | None:
    """What the message says is wrong, without the details that have their own places; None if nothing."""
    text = _words(message)
    rest = "" if rages(text) else leftover(message, DETAIL_ENTITIES)
    for told, least in ((_faulty_clauses(message), 2), (rest, 3)):
        if len(_HAN.findall(told)) >= least or len(_WORD.findall(told)) >= least:
            return told
    return span(message, "symptom", SURE) or span(message, "error_code")


def _faulty_clauses(message: Mapping[str, Any]) -> str:
    """The clauses that name a symptom or an error code, without details and empty words."""
    text = clip(str(message.get("text") or ""))
    placed = sorted((e for e in message.get("entities") or [] if "start" in e), key=_start)
    starts = [e["start"] for e in placed]
    clauses = []
    for clause in _CLAUSE.finditer(text):
        inside = placed[bisect_left(starts, clause.start()) : bisect_left(starts, clause.end())]
        if any(_is_fault(e) for e in inside):
            moved = [
                {**e, "start": e["start"] - clause.start(), "end": e["end"] - clause.start()} for e in inside
            ]
            part = {"text": clause[0], "metadata": {"words": clause[0]}, "entities": moved}
            clauses.append(_faulty_part(part) if _HAN.search(clause[0]) else leftover(part, DETAIL_ENTITIES))
    separator = "，" if _HAN.search(text) else ", "
    return separator.join(clause for clause in clauses if clause)


def _is_fault(entity: Mapping[str, Any]) -> bool:
    return entity["entity"] in ("symptom", "error_code") and entity.get("confidence_entity", 1.0) >= SURE


def _start(entity: Mapping[str, Any]) -> int:
    return int(entity["start"])


def _faulty_part(message: Mapping[str, Any]) -> str:
    """What a Chinese clause says is wrong: the words between its details; a product inside them stays."""
    text, entities = str(message["text"]), message["entities"]
    cuts = [
        e
        for e in entities
        if e["entity"] in DETAIL_ENTITIES and (e["entity"] not in ("product", "brand") or _leads(text, e))
    ]
    edges = [0, *sorted(place for e in cuts for place in (e["start"], e["end"])), len(text)]
    told = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if any(start <= e["start"] < end for e in entities if e["entity"] in ("symptom", "error_code")):
            told.append(_without_fillers(text[start:end]))
    return "，".join(part for part in told if part)


def _without_fillers(text: str) -> str:
    """The words without the empty ones before and behind them."""
    while True:
        text = text.strip(EDGES)
        empty = next((f for f in _fillers().finditer(text) if f.start() == 0 or f.end() == len(text)), None)
        link = next(
            (w for w in listed("marks", "links") if text.startswith(w) and len(text) > len(w) + 1), None
        )
        if empty is not None:
            text = text[: empty.start()] + text[empty.end() :]
        elif link is not None:
            text = text[len(link) :]
        else:
            return text


def _leads(text: str, entity: Mapping[str, Any]) -> bool:
    """Whether only empty words and other details of the device stand before it."""
    before = _fillers().sub("", text[: entity["start"]])
    return len(_HAN.findall(before)) < 3


@cache
def _broken_thing() -> re.Pattern[str]:
    """A clause that only says of a thing that it is broken."""
    ends = "|".join(re.escape(w) for w in sorted(listed("marks", "broken"), key=len, reverse=True))
    return re.compile(
        rf"(?:my|our|the)? *([\u3400-\u9fff]{{2,6}}|[a-z]+(?: [a-z]+)?) ?(?:{ends})[!！。.啊呀]*",
        re.IGNORECASE,
    )


def thing_told(text: str) -> str | None:
    """What is said to be broken, by the customer's own name for it; None where no clause names a thing."""
    for clause in _CLAUSES.findall(clip(text)):
        found = _broken_thing().fullmatch(_without_lead(clause.strip(EDGES)))
        if found and not _no_thing(found[1].lower()):
            return found[1]
    return None


def _without_lead(clause: str) -> str:
    """The clause from the thing on: without "our", "at home"."""
    lead = next((f for f in _fillers().finditer(clause) if f.start() == 0 and len(f[0]) > 1), None)
    return clause[lead.end() :].strip(EDGES) if lead else clause


def _no_thing(name: str) -> bool:
    marks = listed("marks", "no_thing")
    return any(m in name.split() if m.isascii() else m in name for m in marks)


def wants_visit(text: str) -> bool:
    """Whether the words speak of somebody coming, or of being at home for it."""
    lowered = text.lower()
    return any(mark in lowered for mark in listed("marks", "visiting"))


def only_powered(text: str) -> bool:
    """Whether the words only say that the thing has power, as an answer to a step does."""
    bare = clip(text).lower().strip(EDGES)
    for word in listed("marks", "around_power"):
        bare = bare.replace(word, "")
    return bare in listed("marks", "powered")


def request_told(message: Mapping[str, Any], least: int) -> str | None:
    """The words of a request when they say more than its kind: `least` characters, an English word as two."""
    told = _words(message)
    rest = leftover(message, ()).lower()
    for word in listed("marks", "request"):
        rest = rest.replace(word, " ")
    return told if extent(rest) >= least else None


def extent(text: str) -> int:
    """How much a text says, in Chinese characters; an English word counts as two."""
    return len(_HAN.findall(text)) + 2 * len(_WORD.findall(text))


def span(message: Mapping[str, Any], name: str, sure: float = 0.0) -> str | None:
    """The words of the first entity of that name that is at least so sure, or None."""
    text = str(message.get("text") or "")
    for found in message.get("entities") or []:
        if found["entity"] == name and "start" in found and found.get("confidence_entity", 1.0) >= sure:
            return text[found["start"] : found["end"]]
    return None


def tells_time(text: str) -> bool:
    """Whether the words speak of a time, as an answer to "since when" does."""
    lowered = text.lower()
    return any(c.isdigit() for c in text) or any(mark in lowered for mark in listed("marks", "time"))


def indifferent(text: str) -> bool:
    """Whether the words say that the answer does not matter to them, alone or before something short."""
    said = text.lower().replace("’", "'").strip(" .。,，!！~")
    marks = listed("marks", "indifferent")
    return said in marks or any(said.startswith((f"{mark} ", f"{mark},", f"{mark}，")) for mark in marks)


def says_again(text: str) -> bool:
    """Whether the words say that it is not the first time."""
    lowered = text.lower()
    return any(mark in lowered for mark in listed("marks", "again"))


def names_field(text: str, name: str) -> bool:
    """Whether the words speak of that detail by its name."""
    lowered = text.lower()
    return any(mark in lowered for mark in listed("field_names", name))


def tells_value(message: Mapping[str, Any]) -> bool:
    """Whether a correction says what is right, and not only what is wrong ("the address is wrong")."""
    if any("start" in e for e in message.get("entities") or []):
        return True
    rest = leftover(message, ())
    for name in known("field"):
        for mark in listed("field_names", name):
            rest = rest.replace(mark, " ")
    for mark in listed("marks", "correcting"):
        rest = rest.replace(mark, " ")
    return extent(rest) >= 4


@cache
def _openings() -> re.Pattern[str]:
    """What questions open with, the longest first; English ones as whole words."""
    words = sorted(listed("marks", "question_opens"), key=len, reverse=True)
    parts = [rf"{re.escape(w)}\b" if w.isascii() else re.escape(w) for w in words]
    return re.compile(rf"(?:(?:{'|'.join(parts)})[{re.escape(EDGES)}]*)+", re.IGNORECASE)


def without_opening(question: str) -> str:
    """The question without "may I ask" before it; as it is where nothing else is said."""
    opening = _openings().match(question.lstrip(EDGES))
    rest = question.lstrip(EDGES)[opening.end() :] if opening else ""
    return rest if asks_something(rest) else question


def asks_something(text: str) -> bool:
    """Whether a question says what it is about, and not only that there is one ("我想咨询一下")."""
    rest = clip(text).lower()
    for word in listed("marks", "asking"):
        rest = rest.replace(word, " ")
    return len(_HAN.findall(rest)) >= 2 or len(_WORD.findall(rest)) >= 1
