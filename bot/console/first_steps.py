"""What a new desk still lacks, for its administrators: worked out from settings and data until it is done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.console import PREFIX, rights
from bot.console.forms import strict
from bot.console.parts import Parts
from bot.knowledge.shelf import quotes_folder
from bot.settings import Channels, Settings
from handlers.promises.settings import CalendarSettings
from nlu.knowledge import ARTICLES
from storage import Tx
from storage.users import User

OVER = "first_steps_over"
"""Kept among what a user chose: they wish to see the list no more."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do; `path` is the page where, `command` does it or tells whether it is done."""

    name: str
    done: bool
    path: str = ""
    command: str = ""


def router(parts: Parts) -> APIRouter:
    """The deed that puts the list away."""
    routes = APIRouter()

    @routes.post("/account/first-steps")
    async def over(request: Request) -> Response:
        visitor, form = await parts.guard.posted(request)
        strict(form, ())
        now, user_id = parts.clock(), visitor.user.id

        def work(tx: Tx) -> None:
            user = tx.users.get(user_id, lock=True)
            chosen = {**(user.preferences if user else {}), OVER: True}
            tx.users.change(user_id, now, preferences=chosen)
            tx.audit.note("preferences", user_id, now, address=visitor.address, chosen={OVER: True})

        await parts.store.transact(work)
        return RedirectResponse(PREFIX, 303)

    return routes


def left(tx: Tx, settings: Settings, user: User) -> list[Step]:
    """Every step, for who can take them and did not put them away; none once all are done."""
    if not rights.has(user.role, "users") or user.preferences.get(OVER):
        return []
    found = list(every(tx, settings))
    return [] if all(one.done for one in found) else found


def every(tx: Tx, settings: Settings) -> Iterator[Step]:
    """Each step, and whether it is done."""
    active = sum(one.active for one in tx.users.all())
    yield Step("people", active > 1, "/users", "python -m bot users add NAME --role agent")
    yield Step("channel", _reachable(settings.channels), command="python -m bot doctor")
    yield Step("knowledge", _own_articles(tx, settings), "/knowledge", "python -m bot kb import FOLDER")
    yield Step("replies", tx.canned.touched(), "/replies")
    own = settings.understanding.catalogue is not None or tx.catalogue.changes() > 0
    yield Step("catalogue", own, "/catalogue")
    yield Step("hours", settings.calendar != CalendarSettings())


def _reachable(channels: Channels) -> bool:
    """Whether a messenger is connected; the demo's simulated ones are none."""
    messengers = (channels.telegram, channels.wechat, channels.wecom)
    return any(one.enabled and "/simulators/" not in one.api_base for one in messengers)


def _own_articles(tx: Tx, settings: Settings) -> bool:
    """Whether customers are told anything but what comes with the program."""
    if quotes_folder(tx, settings.understanding.articles_from):
        return settings.understanding.articles is not None
    shipped = _shipped()
    # No two versions have one text: of one more than there are shipped, one is not shipped.
    return not tx.articles.published_texts(len(shipped) + 1) <= shipped


@cache
def _shipped() -> frozenset[str]:
    return frozenset(path.read_bytes().decode() for path in ARTICLES.rglob("*.md"))
