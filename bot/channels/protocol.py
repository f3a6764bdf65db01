"""What a channel is to the rest of the desk: it brings messages in and carries replies out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from fastapi import APIRouter

from bot.messages import Address, Attachment, AttachmentKind, Delivery, Inbound, Taken


class DeliveryProblem(Exception):
    """The reply was not delivered in the ordinary way."""


class TryLater(DeliveryProblem):
    """Not delivered and safe to repeat; `after` seconds, for the whole account when `account_wide`."""

    def __init__(self, reason: str, after: float | None = None, account_wide: bool = False) -> None:
        super().__init__(reason)
        self.after = after
        self.account_wide = account_wide


class Unreachable(DeliveryProblem):
    """The customer blocked or left us; nothing more is sent until they write again."""


class Refused(DeliveryProblem):
    """The platform will never take this reply as it is."""


class WindowClosed(DeliveryProblem):
    """The platform takes no message now; park it and deliver at the customer's next message."""


class OutcomeUnknown(DeliveryProblem):
    """The request went out and no answer came back: it may or may not have been delivered."""


class MediaGone(Exception):
    """The platform no longer has the file, or it is larger than we take."""


@dataclass(frozen=True, slots=True)
class Pacing:
    """How fast one account may send: messages a second overall, and seconds between two to one chat.

    `chat_burst` messages may go to a chat at once before the interval holds.
    """

    per_second: float = 1000.0
    chat_interval: float = 0.0
    chat_burst: int = 1


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, or another file of ours, to hand to a platform; `name` is the file's."""

    name: str
    mime: str
    content: bytes


Pictures = Callable[[str], Awaitable[Picture | None]]
"""Finds what the address of a reply's picture or file names; None where the address is none of ours."""


@dataclass(frozen=True, slots=True)
class TextLimit:
    """How much text one message of a platform holds, as that counts; longer texts become several messages."""

    most: int
    counts: Literal["bytes", "utf16"]


Way = Literal["file", "link"]
"""How a file reaches the customer: as it is, or as an address in words."""


class Desk(Protocol):
    """What a channel may ask of the desk."""

    async def receive(self, inbound: Inbound) -> Taken:
        """Take the message in one turn; returns only when it is durable."""
        ...

    def handing_over(
        self, taken: Taken, fits: Callable[[tuple[Delivery, ...]], int] | None = None
    ) -> AbstractAsyncContextManager[tuple[Delivery, ...]]:
        """Claim the turn's held replies, and older ones still waiting, for the caller to deliver itself.

        `fits` says how many of them, from the first, the caller can carry; the rest go to the postman.
        Inside the block they are marked as being sent; leaving it normally marks them sent, leaving
        it by an exception returns them to the postman. Empty when the postman already has them.
        A duplicate gets again what the response to its first copy carried.
        """
        ...

    async def release(self, taken: Taken) -> None:
        """Give the turn's held replies to the postman at once."""
        ...

    async def lost(self, address: Address, external_id: str, reason: str) -> bool:
        """The platform could not deliver what it had taken under this id; False where that is not ours."""
        ...

    async def attended(self, address: Address, by_person: bool) -> None:
        """The platform has given the conversation to a person of its own desk, or taken it back."""
        ...

    async def writes(self, address: Address) -> None:
        """The customer types: whoever has the conversation sees it for some seconds. Failures are ignored."""
        ...

    async def noted(self, said: Inbound) -> None:
        """Keep what a person of the platform's own desk wrote to the customer at this address."""
        ...


class Channel(Protocol):
    """One account of one platform."""

    name: str
    account: str
    pacing: Pacing
    text_limit: TextLimit | None  # None: one message, however long
    idempotent: bool  # sending the same delivery twice shows it once

    def router(self, desk: Desk) -> APIRouter | None:
        """The channel's HTTP routes, or None."""
        ...

    async def start(self, desk: Desk) -> None:
        """Begin receiving (polling, webhook registration, menus); returns once that is under way."""
        ...

    async def stop(self) -> None:
        """Stop receiving and close clients."""
        ...

    async def send(self, delivery: Delivery) -> str | None:
        """Deliver one reply; returns the platform's message id if it gives one.

        Raises a `DeliveryProblem` in every other case; nothing else may escape.
        """
        ...

    def fetch(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """The file's bytes in chunks; raises MediaGone, or TryLater when it may work later."""
        ...

    def takes(self, kind: AttachmentKind) -> Way | None:
        """How a file of that kind, sent by an agent, reaches the customer; None: not at all."""
        ...

    async def typing(self, address: Address) -> None:
        """Show that an answer is coming, where the platform can; failures are ignored."""
        ...
