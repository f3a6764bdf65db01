"""How long customers waited for people, and when they come: a week, a month or days of one's own (H1, H2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from bot.console.forms import BadForm, strict
from bot.console.listing import Page, download
from bot.console.parts import Parts
from bot.console.spans import ASKED, TIMES, Span, offered, understood
from bot.orders.exporting import Row
from handlers import vocabulary
from handlers.promises.days import WEEKDAYS
from handlers.promises.promise import Clock
from handlers.promises.working_time import RoundTheClock, WorkingTime
from handlers.reports.answers import ResponseTimes, Waits, response_times
from handlers.reports.heat import Heat, heat
from storage import Tx, answers, traffic


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages
    zone = parts.settings.service.zone
    clocks: dict[str, Clock] = {
        "working": WorkingTime(parts.settings.calendar.days(), zone), "clock": RoundTheClock()
    }  # fmt: skip

    def today() -> date:
        return parts.clock().astimezone(ZoneInfo(zone)).date()

    def read(tx: Tx, span: Span, time: str) -> dict[str, Any]:
        found = answers.answers(tx, span.since, span.until)
        return {
            "rows": response_times(found, clocks[time]),
            "names": {one.id: one.shown for one in tx.users.all()},
            "unanswered": answers.unanswered(tx, span.since, span.until),
        }

    @routes.get("/response-times")
    async def page(request: Request) -> Response:
        await guard.visitor(request)
        asked = {name: request.query_params.get(name, "")[:20] for name in ASKED}
        problem = None
        try:
            asked, span = understood(asked, today(), zone)
        except BadForm as wrong:
            problem = wrong.word
            known, span = understood({}, today(), zone)
            asked |= {name: known[name] for name in ("period", "time")}
        found = await parts.store.read(lambda tx: {**read(tx, span, asked["time"]), **_heat(tx, span, zone)})
        weekdays = [vocabulary.word("weekday", day, pages.language(request)) for day in WEEKDAYS]
        return pages.answer(
            request, "figures/response_times.html", 422 if problem else 200, problem=problem, span=span,
            page=Page((), 0, 1, asked), offered=offered(today(), zone), times=TIMES, cells=cells,
            called=called, so_far=span.until > parts.clock(), weekdays=weekdays, **found,
        )  # fmt: skip

    @routes.post("/response-times/export")
    async def export(request: Request) -> Response:
        visitor, form = await guard.posted(request)
        wish = strict(form, (*ASKED, "form"))
        asked, span = understood(wish, today(), zone)
        time, now, words = asked["time"], parts.clock(), pages.words(request)

        def note(tx: Tx) -> None:
            address = visitor.session.address
            tx.audit.note("response_times_exported", visitor.user.id, now, address=address, period=span.name)

        await parts.store.transact(note)
        found = await parts.store.read(lambda tx: read(tx, span, time))
        rows = [_row(one, span, found["names"], words) for one in found["rows"]]
        name = f"response-times-{span.name}-{time}"
        return await download(name, wish["form"], _head(words, time), lambda: rows)

    return routes


def _heat(tx: Tx, span: Span, zone: str) -> dict[str, Heat]:
    return {
        "traffic": heat(traffic.written(tx, span.since, span.until), zone),
        "settled": heat(traffic.settled(tx, span.since, span.until), zone),
    }


def _long(span: timedelta) -> str:
    """0:12:30."""
    seconds = round(span.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _head(words: Mapping[str, Any], time: str) -> Row:
    said = words["response_times"]
    clock = f" ({said['times'][time]}, {said['unit']})"
    figures = (said["waits"], said["median"] + clock, said["ninety"] + clock)
    measured = [f"{part} · {figure}" for part in (said["first"], said["later"]) for figure in figures]
    return [said["period"], said["scope"], said["name"], *measured]


def _row(one: ResponseTimes, span: Span, names: Mapping[int, str], words: Mapping[str, Any]) -> Row:
    said = words["response_times"]
    return [
        span.name, said["scopes"][one.scope], called(one, names, words),
        *cells(one.first, said), *cells(one.later, said),
    ]  # fmt: skip


def called(one: ResponseTimes, names: Mapping[int, str], words: Mapping[str, Any]) -> str:
    """The name of the channel or the agent, of all together none."""
    if one.scope == "channel":
        return str(words["channels"].get(one.name, one.name))
    if one.scope == "agent":
        return (
            names.get(one.name, "") if isinstance(one.name, int) else str(words["response_times"]["outside"])
        )
    return ""


def cells(waited: Waits, said: Mapping[str, Any]) -> Sequence[str]:
    """How many, median and 90 %, as the page and its file say them."""
    missing = said["few"] if waited.count else "–"
    figures = (waited.median, waited.ninety)
    return [str(waited.count), *(missing if one is None else _long(one) for one in figures)]
