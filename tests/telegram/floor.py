"""A group of agents on the simulated Telegram, the desk behind it, and customers of any channel."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from bot.channels.protocol import Way
from bot.channels.telegram import TelegramChannel
from bot.console.means import Means
from bot.media import MediaShelf
from bot.messages import Attachment, AttachmentKind
from bot.settings import Settings
from bot.simulators.telegram import Group, Member, TelegramSimulator
from bot.telegram_desk import linking
from bot.telegram_desk.desk import TelegramDesk, open_desk
from bot.voice import DeskVoice
from handlers import ownership
from handlers.dispatch.giving import Dispatcher
from handlers.ownership import Taking
from storage import Store, Tx
from storage.users import User
from tests.conftest import Clock
from tests.desks import desk_for
from tests.spoken import dialogue

GROUP = -1_001_000_000_001


class Elsewhere:
    """The channel of customers who are not on Telegram; `way` is how files other than photos reach them."""

    name, account = "wechat", "acc"

    def __init__(self) -> None:
        self.way: Way | None = "file"

    def takes(self, kind: AttachmentKind) -> Way | None:
        """Photos always."""
        return "file" if kind == "photo" else self.way


@dataclass
class Floor:
    """Everything around the desk; `settle` lets it do all there is to do now."""

    store: Store
    clock: Clock
    platform: TelegramSimulator
    group: Group
    channel: TelegramChannel
    folder: Path
    language: str = "zh"
    desk: TelegramDesk = field(init=False)
    means: Means = field(init=False)
    taken: set[int] = field(default_factory=set)
    woken: list[str] = field(default_factory=list)
    elsewhere: Elsewhere = field(default_factory=Elsewhere)

    def __post_init__(self) -> None:
        self.opens()

    def opens(self) -> None:
        """The desk as a process that has just started has it."""
        section = {"telegram": {"desk": {"group": self.group.id, "language": self.language}}}
        settings = Settings.model_validate({"data_dir": self.folder, "channels": section})
        taking = Taking(Dispatcher(settings.dispatch, settings.calendar.days(), "UTC"), settings.queue)
        self.means = Means(
            self.store, settings, self.clock,
            DeskVoice(dialogue(), None, [self.channel, self.elsewhere]),  # type: ignore[list-item]
            lambda channel, account: self.woken.append(channel), taking, desk_for,
        )  # fmt: skip
        self.desk = open_desk(self.means, [self.channel], "this")

    async def settle(self, seconds: float = 0) -> None:
        """Take every update that waits, then do what is to be done until nothing is, as time passes."""
        end = self.clock() + timedelta(seconds=seconds)
        while True:
            await self.takes()
            while await self.desk.postman.step() == 0.0:
                await self.takes()
            if self.clock() >= end:
                return
            self.clock.forward(seconds=1)

    async def takes(self) -> None:
        """Take the updates that wait, each once."""
        for update in self.platform.inbox.waiting:
            if update["update_id"] not in self.taken and self.desk.mine(update):
                self.taken.add(update["update_id"])
                await self.desk.take(update)

    @property
    def shelf(self) -> MediaShelf:
        """Where customers' files are."""
        return MediaShelf(self.means.settings.data_path / "media")

    def customer(
        self, name: str = "小李", peer: str = "open1", channel: str = "wechat", account: str = "acc"
    ) -> int:
        """A customer with whom nobody has spoken; the conversation's id."""

        def work(tx: Tx) -> int:
            found = tx.conversations.enter(channel, account, peer, self.clock())
            tx.customers.change(tx.customers.get(found.customer_id), self.clock(), name=name)
            return found.id

        return self.store.run(work)

    def says(self, talk: int, text: str, *files: Attachment, **body: Any) -> int:
        """The customer writes; returns the message's number."""

        def work(tx: Tx) -> int:
            found = tx.conversations.get(talk, lock=True)
            now = self.clock()
            body.update({"text": text} if text else {})
            if files:
                body["attachments"] = [{"kind": one.kind, "name": one.name, "ref": one.ref} for one in files]
            key = f"m{found.last_seq + 1}:{talk}"
            message = tx.messages.take(found, key, body, now, now)
            assert message is not None
            for one in files:
                tx.attachments.want(message, talk, asdict(one), now)
            found.waiting_since = found.waiting_since or now
            tx.conversations.save(found, now)
            tx.live.note([talk], now)
            return found.last_seq

        return self.store.run(work)

    def asks(self, talk: int) -> None:
        """The customer wants a person."""
        self.moves(talk, "ask", ownership.BOT, reason="asked")

    def moves(self, talk: int, name: str, who: ownership.Mover, **how: Any) -> None:
        """Somebody changes whose it is, not in the group."""

        def work(tx: Tx) -> None:
            found = tx.conversations.get(talk, lock=True)
            ownership.move(tx, found, name, who, self.clock(), self.means.settings.queue, **how)
            tx.conversations.save(found, self.clock())
            tx.live.note([talk], self.clock())

        self.store.run(work)

    def user(self, name: str, role: str = "agent", shown: str = "") -> User:
        """Somebody of the console."""
        made = self.store.run(lambda tx: tx.users.add(name, shown or name, role, "x", self.clock()))
        assert made is not None
        return made

    def agent(self, name: str, role: str = "agent", shown: str = "") -> Member:
        """A member of the group whose account is linked to a user."""
        user, member = self.user(name, role, shown), self.platform.member(self.group, shown or name)
        self.store.run(lambda tx: self._link(tx, user, member))
        return member

    def code(self, user: User) -> str:
        """A new code of the user's."""
        return self.store.run(lambda tx: linking.offer(tx, user.id, Random(5), self.clock(), 15))

    def outgoing(self, talk: int) -> list[str]:
        """What was said to the customer by agents, as the outbox has it."""

        def work(tx: Tx) -> list[str]:
            found = tx.messages.of_conversation(talk, limit=500)
            assert len({one.id for one in found}) == len(found)
            return [one.body["text"] for one in found if one.author == "agent"]

        return self.store.run(work)

    def thread(self, talk: int) -> int:
        """Telegram's number of the conversation's topic."""
        topic = self.store.run(lambda tx: tx.desk_topics.of(str(self.group.id), talk))
        assert topic is not None
        assert topic.thread_id is not None
        return topic.thread_id

    def texts(self, talk: int) -> list[str]:
        """What stands in the topic below the summary."""
        return self.group.texts(self.thread(talk))[1:]

    def card(self, talk: int) -> str:
        """The pinned summary."""
        topic = self.group.topics[self.thread(talk)]
        return str(self.group.messages[topic.pinned[-1]]["text"])

    def name(self, talk: int) -> str:
        """The topic's name."""
        return self.group.topics[self.thread(talk)].name

    def owner(self, talk: int) -> tuple[str, int | None]:
        """Whose the conversation is."""
        found = self.store.run(lambda tx: tx.conversations.get(talk))
        return found.owner, found.agent_id

    def _link(self, tx: Tx, user: User, member: Member) -> None:
        code = linking.offer(tx, user.id, Random(user.id), self.clock(), 15)
        assert linking.redeem(tx, code, str(member.id), self.clock()) is not None
