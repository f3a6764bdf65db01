"""Carries what is to be said into the group, one call at a time, as fast as a group may be written to."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from bot import metrics
from bot.channels.telegram.api import BotApi
from bot.channels.telegram.errors import ConnectTimedOut, FloodControl, NotSent, ServerFault
from bot.telegram_desk.feeding import feed
from bot.telegram_desk.rights import Unfit, check
from bot.telegram_desk.steps import LATER, URGENT, Step, Steps
from storage import Store, StoreProblem, Tx

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
AGAIN_SECONDS = 30.0
"""All topics are looked at so often, whatever was noted as changed."""
UNFIT_SECONDS = 60.0
LEASE_SECONDS = 30.0
MINUTE = timedelta(minutes=1)
EDITED_FOR = timedelta(days=3)
"""So long members may edit what they wrote."""
LOOKED_AT = 50
"""Topics looked at in one transaction."""
TOPIC_GONE = ("thread not found", "topic_id_invalid", "topic_deleted", "topic not found")
NOT_MODIFIED = ("not modified", "topic_not_modified")
CARD_GONE = ("message to edit not found", "message to pin not found", "message can't be edited")
UNFITTING = ("chat not found", "not enough rights", "not a forum", "not a supergroup", "have no rights",
             "chat_write_forbidden", "need administrator rights")  # fmt: skip


class GroupPostman:
    """Serves one group; of several processes one at a time does (a lease)."""

    def __init__(
        self,
        store: Store,
        api: BotApi,
        steps: Steps,
        clock: Callable[[], datetime],
        holder: str,
        group: int,
        bot: int,
        per_minute: int,
        history: int,
    ) -> None:
        self._store = store
        self._api = api
        self._steps = steps
        self._clock = clock
        self._holder = holder
        self._group = group
        self._bot = bot
        self._per_minute = per_minute
        self._history = history
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._sent: deque[datetime] = deque()
        self._paused_until: datetime | None = None
        self._dirty: dict[int, None] = {}
        self._seen: set[int] = set()
        self._newest = 0
        self._all_at: datetime | None = None
        self._leased_until: datetime | None = None
        self.trouble: str | None = "not checked yet"
        """Why the group cannot be used now; None: it can."""

    def start(self) -> None:
        """Begin serving in the background."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Finish the call under way and give the group back."""
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=15)
            try:
                await self._store.transact(lambda tx: tx.leases.drop(self._lease, self._holder))
            except StoreProblem:
                log.warning("telegram_desk.lease_kept")

    def wake(self) -> None:
        """There may be something to say."""
        self._wake.set()

    def recheck(self) -> None:
        """The bot's rights in the group may have changed."""
        if self.trouble is not None:
            self._paused_until = None
        self.trouble = self.trouble or "rights changed"
        self._wake.set()

    async def step(self) -> float:
        """Do the next thing; returns seconds until there may be more to do."""
        now = self._clock()
        if self._paused_until is not None and now < self._paused_until:
            return min((self._paused_until - now).total_seconds(), AGAIN_SECONDS)
        if self.trouble is not None and not await self._usable(now):
            return POLL_SECONDS
        while self._sent and now - self._sent[0] >= MINUTE:
            self._sent.popleft()
        room = self._per_minute - len(self._sent)
        step = await self._store.transact(lambda tx: self._chosen(tx, now, room))
        if step is None:
            return POLL_SECONDS
        self._sent.append(now)
        await self._make(step)
        return 0.0

    @property
    def _lease(self) -> str:
        return f"telegram_desk:{self._group}"

    async def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                wait = await self.step()
            except StoreProblem as problem:
                log.warning("telegram_desk.waits", reason=str(problem))
                wait = POLL_SECONDS
            except Exception:
                log.exception("telegram_desk.failed")
                wait = POLL_SECONDS
            if wait > 0 and not self._stopping:
                try:
                    await asyncio.wait_for(self._wake.wait(), wait)
                except TimeoutError:
                    pass

    async def _usable(self, now: datetime) -> bool:
        try:
            await check(self._api, self._group, self._bot)
        except Unfit as problem:
            self._unfit(str(problem), now)
            return False
        except TelegramError as error:
            log.warning("telegram_desk.check_waits", kind=type(error).__name__, reason=error.message)
            self._pause(now, error.seconds if isinstance(error, FloodControl) else 5.0)
            return False
        self.trouble = None
        log.info("telegram_desk.ready", group=self._group)
        return True

    def _unfit(self, why: str, now: datetime) -> None:
        if why != self.trouble:
            log.error("telegram_desk.unusable", group=self._group, reason=why)
        metrics.count("telegram_desk.unusable")
        self.trouble = why
        self._pause(now, UNFIT_SECONDS)

    def _pause(self, now: datetime, seconds: float) -> None:
        self._paused_until = now + timedelta(seconds=seconds)

    def _chosen(self, tx: Tx, now: datetime, room: int) -> Step | None:
        """Queue what is new, and choose what is done next; its intent is written down."""
        if self._leased_until is None or self._leased_until - now < timedelta(seconds=LEASE_SECONDS / 2):
            if not tx.leases.hold(self._lease, self._holder, now, LEASE_SECONDS):
                self._all_at = self._leased_until = None
                return None
            self._leased_until = now + timedelta(seconds=LEASE_SECONDS)
        self._look(tx, now)
        best: Step | None = None
        for conversation_id in list(self._dirty)[:LOOKED_AT]:
            found = self._of(tx, conversation_id, now)
            if found is None:
                continue
            self._dirty[conversation_id] = self._dirty.pop(conversation_id)  # the others come first next time
            if best is None or found.rank < best.rank:
                best = found
            if best.rank == URGENT:
                break
        if best is None or room <= (0 if best.rank == URGENT else self._per_minute // 3):
            return None
        topic = tx.desk_topics.of(str(self._group), best.conversation_id)
        assert topic is not None
        if best.method == "createForumTopic":
            if topic.creating_at is not None:
                log.warning("telegram_desk.topic_made_again", conversation=best.conversation_id)
            topic.creating_at = now
            tx.desk_topics.save(topic)
        tx.desk_topics.mark(best.lines, "sending")
        return best

    def _look(self, tx: Tx, now: datetime) -> None:
        """Which conversations may have changed."""
        if self._all_at is None or now - self._all_at >= timedelta(seconds=AGAIN_SECONDS):
            self._all_at = now
            self._newest = self._newest or tx.live.newest()
            tx.desk_topics.forget_posts(now - EDITED_FOR)
            self._dirty.update(dict.fromkeys(tx.desk_topics.busy(str(self._group))))
        recent = tx.live.recent(now, self._newest)
        self._dirty.update({one: None for number, one in recent if one and number not in self._seen})
        self._seen = {number for number, _ in recent}
        self._newest = max([self._newest, *self._seen])

    def _of(self, tx: Tx, conversation_id: int, now: datetime) -> Step | None:
        conversation = tx.conversations.get(conversation_id)
        topic = feed(tx, str(self._group), conversation, self._history, now)
        found = self._steps.next(tx, topic, conversation, now) if topic is not None else None
        held = topic is not None and topic.in_use and topic.fed_seq < conversation.last_seq
        if found is None and not held and not (topic is not None and tx.desk_topics.lines(topic.id, 1)):
            self._dirty.pop(conversation_id, None)
        return found

    async def _make(self, step: Step) -> None:
        try:
            files = await asyncio.to_thread(self._steps.uploaded, step)
            result = await self._api.call(step.method, step.parameters, files or None)
        except OSError:
            log.warning("telegram_desk.file_missing", conversation=step.conversation_id)
            await self._settle(step, lambda tx: tx.desk_topics.go_on(step.lines[0], lost=True))
        except TelegramError as error:
            await self._failed(step, error)
        else:
            metrics.count("telegram_desk.calls")
            await self._settle(step, lambda tx: self._done(tx, step, result))

    def _done(self, tx: Tx, step: Step, result: object) -> None:
        topic = tx.desk_topics.of(str(self._group), step.conversation_id)
        assert topic is not None
        step.kept(topic, result)
        tx.desk_topics.save(topic)
        if step.piece is not None:
            tx.desk_topics.go_on(step.lines[0], piece=step.piece)
        else:
            tx.desk_topics.said(step.lines)

    async def _failed(self, step: Step, error: TelegramError) -> None:
        now, words = self._clock(), error.message.lower()
        log.warning(
            "telegram_desk.refused", method=step.method, conversation=step.conversation_id,
            kind=type(error).__name__, reason=error.message,
        )  # fmt: skip
        if isinstance(error, FloodControl):
            self._pause(now, error.seconds)
            await self._settle(step, lambda tx: self._not_done(tx, step))
        elif isinstance(error, Forbidden | ChatMigrated) or any(one in words for one in UNFITTING):
            self._unfit(error.message, now)
            await self._settle(step, lambda tx: self._not_done(tx, step))
        elif any(one in words for one in NOT_MODIFIED):
            await self._settle(step, lambda tx: self._done(tx, step, {}))
        elif any(one in words for one in (*TOPIC_GONE, *CARD_GONE)):
            await self._settle(step, lambda tx: self._gone(tx, step, any(one in words for one in TOPIC_GONE)))
        elif isinstance(error, BadRequest):
            log.error("telegram_desk.not_said", method=step.method, conversation=step.conversation_id)
            await self._settle(step, lambda tx: self._never(tx, step))
        elif isinstance(error, NotSent | ConnectTimedOut) or _server(error):
            self._pause(now, 2.0)
            await self._settle(step, lambda tx: self._not_done(tx, step))
        else:  # it may have been said
            self._pause(now, 2.0)
            await self._settle(step, lambda tx: tx.desk_topics.mark(step.lines, "again"))

    def _not_done(self, tx: Tx, step: Step) -> None:
        topic = tx.desk_topics.of(str(self._group), step.conversation_id)
        if topic is not None and step.method == "createForumTopic":
            topic.creating_at = None
            tx.desk_topics.save(topic)
        tx.desk_topics.mark(step.lines, "pending")

    def _gone(self, tx: Tx, step: Step, whole: bool) -> None:
        """The topic, or its summary, was removed by hand."""
        topic = tx.desk_topics.of(str(self._group), step.conversation_id)
        assert topic is not None
        if whole:
            conversation = tx.conversations.get(step.conversation_id)
            topic.forget()
            topic.opened_seq = conversation.last_seq
        else:
            topic.card_id = topic.carded = None
            topic.pinned = False
        tx.desk_topics.save(topic)
        tx.desk_topics.mark(step.lines, "pending")

    def _never(self, tx: Tx, step: Step) -> None:
        """Telegram will not take it as it is: the desk goes on with what follows."""
        if step.what in ("photo", "voice", "video", "document"):
            return tx.desk_topics.go_on(step.lines[0], lost=True)
        tx.desk_topics.said(step.lines)
        if step.rank == LATER or step.method in ("pinChatMessage", "editMessageText"):
            self._done(tx, step, {})

    async def _settle(self, step: Step, work: Callable[[Tx], None]) -> None:
        """Record the outcome; without a database it stays as it was intended and is done again."""
        await self._store.transact(work)


def _server(error: TelegramError) -> bool:
    return isinstance(error, ServerFault) and error.status != 504
