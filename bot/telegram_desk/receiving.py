"""What members of the group do: replies to customers, notes, presses on buttons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from telegram.error import TelegramError

from bot import metrics
from bot.channels.telegram.api import BotApi
from bot.channels.telegram.fields import number, part, words
from bot.console import acting
from bot.console.acting import BadText, Flagged
from bot.console.means import Means
from bot.console.replying import enclosing
from bot.messages import Attachment
from bot.queues import Queues
from bot.telegram_desk import linking
from bot.telegram_desk.media import carried, enclosed
from bot.telegram_desk.revealing import personal
from bot.telegram_desk.settings import TelegramDeskSettings
from bot.telegram_desk.telling import button
from bot.telegram_desk.wording import Words
from handlers.ownership import NotMoved
from storage import Tx
from storage.desk_topics import Topic
from storage.users import User

log = structlog.get_logger(__name__)

TOAST_LIMIT = 200
MEDIA = ("photo", "voice", "audio", "video", "video_note", "animation", "document", "sticker", "location",
         "contact", "poll", "dice")  # fmt: skip
MOVES = ("take", "take_over", "release", "hand_back", "resolve")


@dataclass(frozen=True, slots=True)
class Agent:
    """A user by their Telegram account."""

    user: User
    address: str


class GroupDoor:
    """Takes the updates of one group; `wake` says that there is something to say in it."""

    def __init__(
        self,
        means: Means,
        api: BotApi,
        settings: TelegramDeskSettings,
        bot: int,
        wake: Callable[[], None],
        recheck: Callable[[], None],
    ) -> None:
        self._means = means
        self._api = api
        self._settings = settings
        self._group = str(settings.group)
        self._bot = bot
        self._wake = wake
        self._recheck = recheck
        self._words = Words(settings.language)
        self._queues = Queues()

    def mine(self, update: dict[str, Any]) -> bool:
        """Whether the update is the desk's business and no customer's."""
        for kind in ("message", "edited_message", "my_chat_member"):
            content = update.get(kind)
            if isinstance(content, dict):
                return self._here(content) or (kind == "message" and _code(content) is not None)
        query = update.get("callback_query")
        message = query.get("message") if isinstance(query, dict) else None
        return isinstance(message, dict) and self._here(message)

    async def take(self, update: dict[str, Any]) -> None:
        """Take one of those; returns once what follows is durable. Raises Malformed.

        A topic's go one by one, in the order they came: a press and the words behind it may come at once.
        """
        async with self._queues.turn_of(_topic_of(update)):
            await self._take(update)
        self._wake()

    async def _take(self, update: dict[str, Any]) -> None:
        if (message := part(update, "message")) is not None:
            code = _code(message)
            if code is not None and not self._here(message):
                await self._link(message, code)
            else:
                await self._said(message)
        elif (edited := part(update, "edited_message")) is not None:
            await self._edited(edited)
        elif (query := part(update, "callback_query")) is not None:
            await self._pressed(query)
        else:
            self._recheck()

    def _here(self, content: dict[str, Any]) -> bool:
        chat = content.get("chat")
        return isinstance(chat, dict) and str(chat.get("id")) == self._group

    async def _link(self, message: dict[str, Any], code: str) -> None:
        sender, now = part(message, "from") or {}, self._means.clock()
        account = str(number(sender, "id"))
        who = await self._means.store.transact(lambda tx: linking.redeem(tx, code, account, now))
        metrics.count("telegram_desk.linked" if who else "telegram_desk.bad_code")
        text = self._words("words", "linked", who=who) if who else self._words("words", "bad_code")
        await self._try("sendMessage", {"chat_id": number(sender, "id"), "text": text})

    async def _said(self, message: dict[str, Any]) -> None:
        sender = part(message, "from")
        thread = message.get("message_thread_id")
        text = words(message, "text") or words(message, "caption")
        if sender is None or sender.get("is_bot") or type(thread) is not int:
            return metrics.count("telegram_desk.ignored")
        media = any(message.get(kind) is not None for kind in MEDIA)
        if not text and not media:
            return metrics.count("telegram_desk.ignored")  # Telegram's own messages
        telegram_id, number_here = str(number(sender, "id")), number(message, "message_id")
        topic, agent, before = await self._means.store.read(
            lambda tx: (
                tx.desk_topics.by_thread(self._group, thread),
                self._agent(tx, telegram_id),
                tx.desk_topics.post(self._group, number_here),
            )
        )
        if before is not None:
            return  # what was refused once is not sent when it comes again
        if topic is None:
            return await self._unused(message, thread)
        if agent is None:
            return await self._answer(topic, number_here, "unlinked")
        note = text.startswith(self._settings.note_prefix)
        file = carried(message) if media else None
        if media and (file is None or note):
            return await self._answer(topic, number_here, "file_in_note" if note else "media")
        if note:
            text = text.removeprefix(self._settings.note_prefix).strip()
        await self._write(topic, agent, number_here, text, note, file)

    async def _write(
        self, topic: Topic, agent: Agent, message_id: int, text: str, note: bool, file: Attachment | None
    ) -> None:
        def became(tx: Tx, seq: int | None, note_id: int | None) -> None:
            tx.desk_topics.first(topic, message_id, now)
            tx.desk_topics.became(topic, message_id, seq, note_id)

        now = self._means.clock()
        key = f"telegram:{self._group}:{message_id}"[:64]
        try:
            if not note:
                await self._ready(topic, agent)
            sending = await enclosed(self._means, self._api, file) if file else None
            writing = acting.write(
                self._means, agent, topic.conversation_id, text, key, note, became, file=sending
            )
            await enclosing.written(self._means, sending, writing)
        except Flagged as problem:
            terms = "、".join(one.term for one in problem.flags)
            await self._answer(topic, message_id, problem.word, terms)
        except BadText as problem:
            await self._answer(topic, message_id, problem.word, enclosing.kinds(self._means.settings.console))
        except NotMoved as refused:
            await self._refuse(topic, message_id, agent, refused)

    async def _ready(self, topic: Topic, agent: Agent) -> None:
        """Whoever answers in a topic that waits takes it, and is there; raises NotMoved."""
        await self._present(agent)
        found = await self._means.store.read(lambda tx: tx.conversations.get(topic.conversation_id))
        if found.owner == "queue":
            await acting.move(self._means, agent, topic.conversation_id, "take")

    async def _refuse(self, topic: Topic, message_id: int, agent: Agent, refused: NotMoved) -> None:
        moves = {"taken": "take_over", "not_taken": "take"}
        move = moves.get(refused.why)
        if move == "take_over" and not agent.user.rules:
            move = None
        buttons = None
        if move is not None:
            made = button(self._words("buttons", move), topic.conversation_id, move)
            buttons = {"inline_keyboard": [[made]]}
        await self._answer(topic, message_id, refused.why, await self._named(refused.agent_id), buttons)

    async def _answer(
        self,
        topic: Topic,
        message_id: int,
        word: str,
        who: str = "",
        buttons: dict[str, Any] | None = None,
    ) -> None:
        """Queue a word about what a member wrote, once."""
        now = self._means.clock()
        detail: dict[str, Any] = {"word": word, "who": who, **({"buttons": buttons} if buttons else {})}

        def work(tx: Tx) -> None:
            if tx.desk_topics.first(topic, message_id, now):
                tx.desk_topics.say(topic.id, "word", now, reply_to=message_id, **detail)
                tx.live.note([topic.conversation_id], now)

        await self._means.store.transact(work)
        metrics.count(f"telegram_desk.{word}")

    async def _unused(self, message: dict[str, Any], thread: int) -> None:
        """A topic that the bot made and does not know of is one left over from a process that died."""
        begun = part(message, "reply_to_message") or {}
        creator = part(begun, "from") or {}
        if begun.get("forum_topic_created") is None or creator.get("id") != self._bot:
            return metrics.count("telegram_desk.ignored")
        place = {"chat_id": int(self._group), "message_thread_id": thread}
        await self._try("sendMessage", {**place, "text": self._words("words", "unused")})
        await self._try("closeForumTopic", place)

    async def _edited(self, message: dict[str, Any]) -> None:
        """What was sent stays as it was: said once for each change."""
        message_id, now = number(message, "message_id"), self._means.clock()
        key = f"edit:{self._group}:{message_id}:{message.get('edit_date')}"[:80]

        def work(tx: Tx) -> None:
            post = tx.desk_topics.post(self._group, message_id)
            if post is None or (post[1] is None and post[2] is None):
                return
            topic = tx.desk_topics.by_thread(self._group, number(message, "message_thread_id"))
            if topic is not None and tx.notes.first(key, topic.conversation_id, now):
                word = "edited" if post[1] is not None else "note_edited"
                tx.desk_topics.say(topic.id, "word", now, reply_to=message_id, word=word)
                tx.live.note([topic.conversation_id], now)

        await self._means.store.transact(work)

    async def _pressed(self, query: dict[str, Any]) -> None:
        sender = part(query, "from") or {}
        telegram_id = str(number(sender, "id"))
        agent = await self._means.store.read(lambda tx: self._agent(tx, telegram_id))
        told = await self._done(agent, words(query, "data")) if agent else self._words("words", "unlinked")
        await self._try(
            "answerCallbackQuery",
            {"callback_query_id": words(query, "id"), "text": told[:TOAST_LIMIT],
             "show_alert": told != self._words("words", "done")},
        )  # fmt: skip

    async def _done(self, agent: Agent, data: str) -> str:
        """Do what the button says; what the agent is told."""
        desk, _, rest = data.partition(":")
        numbered, _, move = rest.partition(":")
        move, _, to = move.partition(":")
        if desk != "desk" or not numbered.isdecimal() or len(numbered) > 18:
            return self._words("words", "other")
        topic = await self._means.store.read(lambda tx: tx.desk_topics.of(self._group, int(numbered)))
        if topic is None:
            return self._words("words", "elsewhere")
        if move == "transfer":
            return await self._offer(topic, agent)
        if move == "numbers":
            return await self._revealed(topic, agent)
        how: dict[str, Any] = {}
        if move == "assign" and to.isdecimal() and len(to) <= 18:
            how["agent_id"] = int(to)
        elif move not in MOVES:
            return self._words("words", "other")
        try:
            if move in ("take", "take_over"):
                await self._present(agent)
            await acting.move(self._means, agent, topic.conversation_id, move, **how)
        except NotMoved as refused:
            return self._words.refused(refused.why, await self._named(refused.agent_id))
        return self._words("words", "done")

    async def _revealed(self, topic: Topic, agent: Agent) -> str:
        now = self._means.clock()
        try:
            told = await self._means.store.transact(lambda tx: personal(tx, agent, topic, TOAST_LIMIT, now))
        except NotMoved as refused:
            return self._words.refused(refused.why, "")
        return told or self._words("words", "not_theirs" if told is None else "no_numbers")

    async def _present(self, agent: Agent) -> None:
        now = self._means.clock()
        until = now + timedelta(minutes=self._settings.present_minutes)

        def work(tx: Tx) -> None:
            if tx.presence.of(agent.user.id) != "online":
                tx.presence.put(agent.user.id, "online", now)
                tx.audit.note("be_online", agent.user.id, now, address=agent.address)
                tx.live.note([None], now)
            tx.presence.seen(agent.user.id, until)

        await self._means.store.transact(work)

    async def _offer(self, topic: Topic, agent: Agent) -> str:
        """Ask in the topic to whom it is to go."""
        now = self._means.clock()

        def work(tx: Tx) -> bool:
            online = tx.presence.online() - {agent.user.id}
            found = [one for one in tx.users.all() if one.active and one.id in online]
            made = [[button(one.shown, topic.conversation_id, "assign", one.id)] for one in found[:20]]
            if made:
                keyboard = {"inline_keyboard": made}
                tx.desk_topics.say(topic.id, "word", now, word="whom", buttons=keyboard)
                tx.live.note([topic.conversation_id], now)
            return bool(made)

        asked = await self._means.store.transact(work)
        return self._words("words", "done" if asked else "nobody_online")

    async def _named(self, user_id: int | None) -> str:
        user = await self._means.store.read(lambda tx: tx.users.get(user_id or 0))
        return user.shown if user else ""

    @staticmethod
    def _agent(tx: Tx, telegram_id: str) -> Agent | None:
        user = tx.telegram_links.user(telegram_id)
        return Agent(user, f"telegram:{telegram_id}") if user else None

    async def _try(self, method: str, parameters: dict[str, Any]) -> None:
        """A call whose failure changes nothing."""
        try:
            await self._api.call(method, parameters, timeout=5.0)
        except TelegramError as error:
            log.info("telegram_desk.not_told", method=method, kind=type(error).__name__)


def _topic_of(update: dict[str, Any]) -> Any:
    """The number of the topic that it is about; None for what is about none."""
    query = part(update, "callback_query") or {}
    about = part(update, "message") or part(update, "edited_message") or part(query, "message") or {}
    thread = about.get("message_thread_id")
    return thread if type(thread) is int else None


def _code(message: dict[str, Any]) -> str | None:
    """The code that somebody gives the bot in a private chat; None where the message is none of that."""
    chat, text = message.get("chat"), message.get("text")
    if not isinstance(chat, dict) or chat.get("type") != "private" or not isinstance(text, str):
        return None
    return linking.code_in(text)
