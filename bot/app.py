"""The composition root: builds the desk from settings; every outside thing is an argument."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any

import structlog
from fastapi import APIRouter

from bot import metrics
from bot.advice.advisor import Advisor, open_advisor
from bot.api import PREFIX as API
from bot.api.app import build_api
from bot.api.service import Service
from bot.channels import open_channels
from bot.channels.protocol import Channel, Picture
from bot.console import PREFIX as CONSOLE
from bot.console.app import build_console
from bot.console.means import DeskFor, Means
from bot.delays import Delays
from bot.dialogue import Dialogue
from bot.front import FrontDesk
from bot.http import build_http, operations_router
from bot.knowledge.pictures import pictures_router
from bot.knowledge.shelf import Shelf
from bot.media import MediaFetcher, MediaShelf
from bot.parse_api import parse_router
from bot.postman import Patience, Postman
from bot.sent_files import SentFiles
from bot.sent_links import SentLinks
from bot.settings import Settings
from bot.sheet.pictures import SheetPictures
from bot.spool import Spool
from bot.turns import Turns
from bot.understanding import Understander, open_interpreter
from bot.voice import DeskVoice, Telling
from bot.webhooks.courier import Courier
from handlers.desk import Desk, SheetAddress, Terms
from handlers.dispatch.giving import Dispatcher
from handlers.ownership import Taking
from handlers.promises import Promises, opened
from handlers.promises.hours import hours_in_words
from nlu.context import Context
from nlu.knowledge import KnowledgeBase
from scheduler import Clockwork, jobs
from scheduler.rules import Rules
from storage import Store, StoreProblem, Tx, open_store
from storage.conversations import Conversation

if TYPE_CHECKING:
    from bot.telegram_desk.desk import TelegramDesk

log = structlog.get_logger()

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


@dataclass(slots=True)
class App:
    """The running desk and its parts."""

    settings: Settings
    store: Store
    desk: FrontDesk
    postman: Postman
    channels: Sequence[Channel]
    understander: Understander
    delays: Delays
    media: MediaFetcher
    clockwork: Clockwork
    shelf: Shelf
    courier: Courier
    advisor: Advisor | None = None
    group: TelegramDesk | None = None
    web: Any = None

    async def start(self) -> None:
        """Begin delivering, then receiving; HTTP must be served already."""
        self.postman.start(self.channels)
        self.media.start(self.channels)
        self.delays.start(self.desk.retake)
        self.clockwork.start()
        self.courier.start()
        self.shelf.start()
        self.understander.start()
        for channel in self.channels:
            await channel.start(self.desk)
        if self.group:
            self.group.postman.start()

    async def close_intake(self) -> None:
        """Take nothing new from the channels; open live streams end."""
        if self.group:
            await self.group.postman.stop()
        for channel in self.channels:
            try:
                await channel.stop()
            except Exception:
                log.exception("channel.stop_failed", channel=channel.name)

    async def stop(self) -> None:
        """Finish what is under way; what is left in the outbox stays for the next start."""
        await self.shelf.stop()
        await self.clockwork.stop()
        await self.courier.stop()
        await self.delays.stop()
        await self.postman.stop()
        await self.media.stop()
        if self.advisor:
            await self.advisor.close()
        self.understander.close()
        self.store.close()

    async def ready(self) -> dict[str, str]:
        """Whether each part can serve: "ok", or why not."""
        try:
            counts = await self.store.read(lambda tx: tx.outbox.counts())
        except StoreProblem as problem:
            return {"database": str(problem) or type(problem).__name__}
        for state in ("pending", "sending", "parked", "unknown", "undeliverable"):
            metrics.OUTBOX.labels(state).set(counts.get(state, 0))
        spooled = self.delays.waiting
        return {"database": "ok", "spool": f"{spooled} messages wait" if spooled else "ok"}


def build(
    settings: Settings,
    *,
    store: Store | None = None,
    clock: Clock = utc_now,
    rng: Random | None = None,
    secrets: Random | None = None,
    channels: Sequence[Channel] | None = None,
    extra_routers: Sequence[APIRouter] = (),
) -> App:
    """The desk, ready to start; the channels are the configured ones unless given.

    The database must be at the newest schema. `secrets` draws what nobody may guess.
    """
    rng = rng or Random()
    store = store or open_store(settings.database_url, settings.database.pool_size)
    interpreter = open_interpreter(settings)
    shelf = Shelf(settings, store, interpreter.encoder, clock)
    dialogue = Dialogue.load(settings, interpreter.tables)
    sheets = SheetPictures.from_settings(settings, store, clock)
    turns = Turns(dialogue, desk_maker(lambda: shelf.current, terms_of(settings), sheets.address, secrets))
    understander = Understander(interpreter)
    postman = Postman(store, patience_of(settings), clock, rng)
    media = MediaFetcher(
        store, MediaShelf(settings.data_path / "media"), clock, settings.http.max_upload_bytes
    )
    sent = SentFiles(
        store, MediaShelf(settings.data_path / "media"), SentLinks.from_settings(settings), clock
    )

    async def pictures(address: str) -> Picture | None:
        return await sheets.fetch(address) or await sent.fetch(address)

    channels = open_channels(settings, store, clock, pictures) if channels is None else channels
    delays = Delays(
        Spool(settings.data_path / "spool" / "messages.jsonl"),
        {language: dialogue.say("utter_delayed", language).text for language in ("zh", "en")},
        Telling(channels),
    )
    context_for = context_maker(settings)
    advisor = open_advisor(settings.advisor, settings.data_path, clock, settings.service.zone)
    desk = FrontDesk(store, turns, understander, postman, context_for, clock, delays, media.wake, advisor)
    courier = Courier(store, settings.webhooks, clock, rng)
    voice = DeskVoice(dialogue, postman, channels, courier.wake)
    clockwork = Clockwork(store, clock, voice, jobs(rules_of(settings)))
    terms = terms_of(settings)

    def desk_for(tx: Tx, conversation: Conversation, key: str, now: datetime) -> Desk:
        return Desk(tx, conversation, shelf.current, terms, now, key)

    group = _group(store, settings, clock, voice, postman, channels, desk_for)
    app = App(
        settings, store, desk, postman, channels, understander, delays, media, clockwork, shelf, courier,
        advisor, group,
    )  # fmt: skip
    routers = [
        operations_router(app.ready, settings.http.metrics),
        parse_router(understander, context_for, clock),
        pictures_router(settings.data_path / "articles"),
        sheets.router(),
        sent.router(),
        *extra_routers,
        *(router for channel in channels if (router := channel.router(desk)) is not None),
    ]
    mounted: dict[str, Any] = {}
    if settings.api.enabled:
        mounted[API] = build_api(Service(store, settings, voice, clock, context_for, desk_for, terms))
    if settings.console.enabled:
        mounted[CONSOLE] = build_console(store, settings, clock, voice, postman.wake, desk_for)
    app.web = build_http(
        routers,
        max_body=settings.http.max_body_bytes,
        max_upload=settings.http.max_upload_bytes,
        mounted=mounted,
    )
    return app


def _group(
    store: Store,
    settings: Settings,
    clock: Clock,
    voice: DeskVoice,
    postman: Postman,
    channels: Sequence[Channel],
    desk_for: DeskFor,
) -> TelegramDesk | None:
    """The agents' desk in a Telegram group, where the settings name one."""
    if settings.channels.telegram.desk.group is None:
        return None
    from bot.telegram_desk.desk import open_desk

    taking = Taking(dispatcher_of(settings), settings.queue)
    means = Means(store, settings, clock, voice, postman.wake, taking, desk_for)
    return open_desk(means, channels, postman.holder)


def terms_of(settings: Settings) -> Terms:
    """What handlers may know of the settings."""
    service = settings.service
    return Terms(
        name=service.name,
        hotline=service.hotline,
        zone=service.zone,
        warranty=settings.warranty,
        serial_numbers=settings.serial_numbers,
        promises=promises_of(settings),
        appointments=settings.appointments,
        returns=settings.returns,
        complaints=settings.complaints,
        surveys=settings.surveys,
        identities=settings.identities,
        dispatcher=dispatcher_of(settings),
        queue=settings.queue,
        reopen_days=service.reopen_days,
        urgent_levels=service.urgent_levels,
        hours=service.hours or hours_in_words(settings.calendar),
        countries=service.countries,
        draft_remind_minutes=settings.drafts.remind_after_minutes,
        draft_expire_hours=settings.drafts.expire_after_hours,
    )


def promises_of(settings: Settings) -> Promises:
    """What the service promises, and in which working time."""
    return opened(settings.calendar, settings.promises, settings.regions, settings.service.zone)


def dispatcher_of(settings: Settings) -> Dispatcher:
    """Who gets orders, by the settings' rules and days."""
    return Dispatcher(settings.dispatch, settings.calendar.days(), settings.service.zone)


def rules_of(settings: Settings) -> Rules:
    """What the clock goes by."""
    return Rules(
        promises=promises_of(settings),
        notices=settings.notices,
        waiting=settings.waiting,
        return_visits=settings.return_visits,
        surveys=settings.surveys,
        second_step=settings.escalation.second_step,
        dispatcher=dispatcher_of(settings),
        queue=settings.queue,
        zone=settings.service.zone,
        hotline=settings.service.hotline,
        draft_expire_hours=settings.drafts.expire_after_hours,
        reports=settings.reports,
        retention=settings.retention,
        data=settings.data_path,
        webhooks=settings.webhooks,
        countries=settings.service.countries,
    )


def patience_of(settings: Settings) -> Patience:
    """The postman's patience from the settings."""
    outbox = settings.outbox
    return Patience(
        outbox.attempts, outbox.backoff_seconds, outbox.backoff_limit_seconds, outbox.lease_seconds,
        outbox.parallel, outbox.upload_seconds,
    )  # fmt: skip


def context_maker(settings: Settings) -> Callable[[datetime], Context]:
    """How messages of this service are read: its zone and countries."""
    service = settings.service
    return lambda now: Context(now, service.zone, service.countries, service.language)


def desk_maker(
    knowledge: Callable[[], KnowledgeBase],
    terms: Terms,
    sheets: SheetAddress | None = None,
    secrets: Random | None = None,
) -> Callable[[Tx, Conversation, int, datetime], Desk]:
    """Makes the desk of one turn with the knowledge base of the moment; the turn's message names it."""

    def desk_for(tx: Tx, conversation: Conversation, message_id: int, now: datetime) -> Desk:
        desk = Desk(tx, conversation, knowledge(), terms, now, f"m{message_id}")
        desk.sheets = sheets
        desk.random = secrets or desk.random
        return desk

    return desk_for
