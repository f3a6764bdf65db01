"""The simulated platform: one bot, its customers, and what lies between them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

from bot.simulators.telegram.chats import Chat
from bot.simulators.telegram.courier import Courier, Post
from bot.simulators.telegram.customer import Customer
from bot.simulators.telegram.faults import Faults
from bot.simulators.telegram.files import Files
from bot.simulators.telegram.groups import Group, Member
from bot.simulators.telegram.inbox import Inbox
from bot.simulators.telegram.limits import FloodControl, Limits

EPOCH = 1_600_000_000
"""Numbers begin at the seconds since then, so that a restart never uses one twice."""


class TelegramSimulator:
    """Behaves as Telegram does towards the bot with `token`; everything happens in memory.

    `clock` dates messages and paces the bot; `rng` draws customer numbers and file ids;
    `webhook_pause` seconds lie between two tries of a webhook; `post` replaces HTTP to the webhook.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        rng: Random,
        token: str = "1000001:simulated-telegram-token",  # noqa: S107 - no secret
        limits: Limits | None = None,
        webhook_pause: float = 1.0,
        post: Post | None = None,
    ) -> None:
        self.clock = clock
        self.rng = rng
        self.token = token
        self.me = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Baoxiu",
            "username": "baoxiu_bot",
        }
        self.faults = Faults()
        self.files = Files(rng)
        self.flood = FloodControl(limits or Limits(), clock)
        self.inbox = Inbox(clock, self.faults, self.seconds)
        self.courier = Courier(self.inbox, self.faults, webhook_pause, post)
        self.inbox.on_arrival = self.courier.kick
        self.chats: dict[int, Chat] = {}
        self.queries: dict[str, int] = {}
        self.commands: dict[str, list[dict[str, str]]] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []

    @property
    def seconds(self) -> int:
        """Now, counted from `EPOCH`."""
        return int(self.clock().timestamp()) - EPOCH

    @property
    def now(self) -> int:
        """Now, as the Bot API dates things."""
        return int(self.clock().timestamp())

    def customer(self, name: str, language: str = "zh-hans", number: int | None = None) -> Customer:
        """A customer with a Telegram account; the number of one who was here before brings them back."""
        if number is None:
            number = self.rng.randrange(10**9, 2 * 10**9)
        if number not in self.chats:
            user = {"id": number, "is_bot": False, "first_name": name, "language_code": language}
            self.chats[number] = Chat(user, self.seconds)
        return Customer(self, self.chats[number])

    def group(self, title: str, number: int = -1_001_000_000_001) -> Group:
        """A supergroup with topics, whose administrator the bot is."""
        user = {"id": number, "is_bot": False, "first_name": title}
        found = self.chats.setdefault(number, Group(user, self.seconds, started=True))
        assert isinstance(found, Group)
        return found

    def member(self, group: Group, name: str) -> Member:
        """Somebody in the group, who has not written to the bot."""
        return Member(self, group, self.customer(name).chat.user)

    def find(self, number: int) -> Customer | None:
        """The customer with this number."""
        chat = self.chats.get(number)
        return Customer(self, chat) if chat is not None else None

    async def close(self) -> None:
        """Stop delivering, and end long polls and the streams of whoever watches."""
        self.inbox.close()
        await self.courier.stop()
        for chat in self.chats.values():
            chat.tell("end", {})
