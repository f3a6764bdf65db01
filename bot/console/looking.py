"""Which conversations a list shows: its address holds the view, the order, filters and a search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select

from bot.console.entering import Visitor
from bot.console.forms import BadForm, row_id
from bot.console.parts import Parts
from bot.settings import Settings
from handlers import checks
from storage import Tx
from storage.handovers import LEVELS
from storage.inbox import FIELDS, SORTS, VIEWS, Rule, Wanted
from storage.inbox_search import Sought, search
from storage.schema import handovers
from storage.users import User

AGES = ("5", "15", "60", "240", "1440")
"""Minutes a customer has waited."""
MOST = 2000
"""Rows that a list shows at last."""
SEARCHED = 100
DIGITS = 4
"""So many make the end of a telephone number."""
_FIRST = {
    "unassigned": "priority",
    "expert": "priority",
    "resolved": "activity",
    "mentions": "activity",
    "snoozed": "wakes",
}
"""The order of a view for which none was chosen."""
_CHOICES: dict[str, tuple[str, ...]] = {
    "age": AGES,
    "priority": ("urgent", "normal"),
    "level": ("normal", *LEVELS),
}


@dataclass(frozen=True, slots=True)
class Look:
    """What was asked for; `asked` are the parts of the address that are not as always."""

    view: str
    sort: str
    words: str
    rules: tuple[Rule, ...]
    times: int
    back: int
    rows: int
    reach: int
    asked: Mapping[str, str]

    def query(self, **changes: object) -> str:
        """The address's end for this list, or for one that differs so."""
        told = {"view": self.view, **self.asked, **changes}
        return urlencode({name: value for name, value in told.items() if value not in ("", None)})

    def chosen(self, name: str) -> Rule | None:
        """The filter on that field."""
        return next((one for one in self.rules if one.field == name), None)


def look(given: Mapping[str, str], settings: Settings) -> Look:
    """What the address asks for; raises BadForm for a field, operator or value that there is not."""
    view, sort = given.get("view") or "unassigned", given.get("sort", "")
    view = view if view in VIEWS else "unassigned"
    if sort and sort not in SORTS:
        raise BadForm("bad_request")
    rules = tuple(_rules(given))
    words = given.get("q", "").strip()
    if len(words) > SEARCHED or not words.isprintable():
        raise BadForm("bad_request")
    step = settings.console.list_rows
    times = _times(given.get("more", ""), MOST // step)
    back = _times(given.get("back", ""), 10_000)
    asked = {"sort": sort, "q": words}
    asked |= {"more": str(times) if times > 1 else "", "back": str(back) if back > 1 else ""}
    for rule in rules:
        asked |= {rule.field: rule.value, f"{rule.field}-how": rule.operator}
    asked = {name: value for name, value in asked.items() if value}
    if view == "resolved":
        sort = ""  # they may be very many; there is an index for this order only
    return Look(
        view, sort or _FIRST.get(view, "waiting"), words, rules, times, back,
        step * times, settings.console.search_messages * back, asked,
    )  # fmt: skip


def _rules(given: Mapping[str, str]) -> list[Rule]:
    found = []
    for name, operators in FIELDS.items():
        value, how = given.get(name, "").strip(), given.get(f"{name}-how") or operators[0]
        if how not in operators:
            raise BadForm("bad_request")
        if not value:
            continue
        good = len(value) <= 64 and value.isprintable() and value in _CHOICES.get(name, (value,))
        if not good or (name == "owner" and row_id(value) is None):
            raise BadForm("bad_request")
        found.append(Rule(name, how, value))
    return found


def _times(value: str, most: int) -> int:
    found = row_id(value)
    if value and found is None:
        raise BadForm("bad_request")
    return min(found or 1, most)


def wanted(tx: Tx, parts: Parts, user: User, look: Look, now: datetime) -> tuple[Wanted, bool]:
    """The list in the storage's words, and whether older messages were not searched."""
    offered = parts.taking.offered(tx, user, now)
    among, older = None, False
    if look.words:
        found = search(tx, sought_by(look.words, parts.settings.service.countries), look.reach)
        among, older = found.ids, found.older
    return (
        Wanted(
            look.view, user.id, look.sort, look.rules, among,
            None if offered is None else frozenset(offered), bool(look.words),
        ),
        older,
    )  # fmt: skip


def listed(tx: Tx, parts: Parts, user: User, look: Look, now: datetime) -> dict[str, Any]:
    """The rows, the views' counts, and what may be filtered by."""
    sought, older = wanted(tx, parts, user, look, now)
    ids = tx.inbox.ids(sought, look.rows + 1, now)
    writing = tx.signs.writing(ids[: look.rows], now)
    asked_for = select(handovers.c.skill).where(
        handovers.c.ended_at.is_(None), handovers.c.skill.is_not(None)
    )
    return {
        "counts": tx.inbox.counts(user.id, sought.offered),
        "begun": tx.agent_drafts.begun(user.id, ids[: look.rows]),
        "rows": tx.inbox.rows(ids[: look.rows], user.id),
        "writing": {room: [one for one in people if one != user.id] for room, people in writing.items()},
        "further": len(ids) > look.rows and look.rows < MOST,
        "older": older,
        "skills": sorted(set(tx.execute(asked_for.distinct().limit(100)).scalars())),
        "fields": FIELDS,
        "choices": _CHOICES,
        "sorts": SORTS,
    }


async def seen(parts: Parts, visitor: Visitor, conversation_id: int, seq: int) -> None:
    """The visitor looks at the conversation; what they had not read is read now."""
    now, user_id = parts.clock(), visitor.user.id

    def work(tx: Tx) -> None:
        news = tx.inbox.mark(user_id, conversation_id, seq, now)
        if tx.mentions.read(user_id, conversation_id, now) or news:
            tx.live.note([conversation_id], now)

    def unseen(tx: Tx) -> bool:
        seen = tx.inbox.has_seen(user_id, conversation_id, seq)
        return not seen or conversation_id in tx.mentions.unread(user_id)

    if await parts.store.read(unseen):
        await parts.store.transact(work)


def sought_by(words: str, countries: tuple[str, ...]) -> Sought:
    """What the words may be: a number of an order or a telephone, a serial number, a name."""
    bare = words.replace(" ", "").replace("-", "").removeprefix("+")
    if words.upper().startswith("SR-"):
        return Sought(words, number=words.upper())
    if len(bare) >= DIGITS and bare.isascii() and bare.isdecimal():
        return Sought(words, phone=checks.phone(words, countries) or bare, serial=words)
    if words.isascii() and any(one.isdigit() for one in words):
        return Sought(words, name=words, serial=words)
    return Sought(words, name=words)
