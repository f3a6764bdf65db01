"""What travels between channels and the desk: frozen values that know no platform."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

AttachmentKind = Literal["photo", "voice", "video", "document", "sticker"]
EventName = Literal["joined", "left", "blocked", "unblocked"]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a conversation is held: one peer on one account of one channel."""

    channel: str
    account: str
    peer: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file the platform holds for us; `ref` is what the channel's `fetch` needs to get it."""

    kind: AttachmentKind
    ref: str
    name: str = ""
    mime: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """A point on the map, degrees WGS-84 as the platform gave it, with its label if any."""

    latitude: float
    longitude: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact card; `own` when the platform vouches that it is the sender's own number."""

    phone: str
    name: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True)
class Inbound:
    """One thing a customer did: words, a button, media, a place, or a channel event.

    `external_id` is unique within (channel, account) and the same when the platform repeats itself.
    `payload` is a button's meaning in Rasa's form, e.g. `/affirm` or `/choose{"slot":"x"}`.
    `choice` names a button of an earlier message of ours as `<seq>:<index>` where the platform
    cannot carry the payload itself; the turn looks the payload up.
    `hold` is how many seconds the replies are kept back from the postman for the caller to deliver
    itself (a passive reply, a REST response); 0 leaves them to the postman at once.
    `window` is what the platform now allows us to send: for so many seconds, so many messages.
    """

    address: Address
    external_id: str
    sent_at: datetime
    text: str = ""
    payload: str | None = None
    choice: str | None = None
    attachments: tuple[Attachment, ...] = ()
    location: Location | None = None
    contact: Contact | None = None
    event: EventName | None = None
    group: str | None = None
    edits: str | None = None
    sender_name: str = ""
    language: str | None = None
    hold: float = 0.0
    window: tuple[float, int] | None = None
    unsupported: str | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """A choice offered to the customer; `payload` comes back as the message's meaning."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file of ours that is no picture: its address, and what the customer sees it called."""

    address: str
    name: str
    kind: AttachmentKind = "document"


def absolute(address: str, public_url: str | None) -> str | None:
    """The address as somebody elsewhere can open it; None for one of ours where we are reached by none."""
    if address.startswith(("https://", "http://")):
        return address
    return f"{public_url.rstrip('/')}/{address.lstrip('/')}" if public_url else None


@dataclass(frozen=True, slots=True)
class Reply:
    """One bubble to the customer; `ask` invites the platform's own contact or location sharing."""

    text: str = ""
    buttons: tuple[Button, ...] = ()
    image: str | None = None
    file: Enclosed | None = None
    ask: Literal["contact", "location"] | None = None
    custom: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """The stored form; empty parts are left out."""
        stored: dict[str, Any] = {}
        if self.text:
            stored["text"] = self.text
        if self.buttons:
            stored["buttons"] = [{"title": b.title, "payload": b.payload} for b in self.buttons]
        if self.file is not None:
            stored["file"] = asdict(self.file)
        for name in ("image", "ask", "custom"):
            if getattr(self, name) is not None:
                stored[name] = getattr(self, name)
        return stored

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Reply:
        """The reply that `as_json` stored."""
        return cls(
            text=stored.get("text", ""),
            buttons=tuple(Button(b["title"], b["payload"]) for b in stored.get("buttons", ())),
            image=stored.get("image"),
            file=Enclosed(**stored["file"]) if stored.get("file") else None,
            ask=stored.get("ask"),
            custom=stored.get("custom"),
        )


@dataclass(frozen=True, slots=True)
class Delivery:
    """A reply on its way out: the outbox row as a channel sees it.

    `seq` is the message's number in its conversation; button n of this message is the choice
    `<seq>:<n>` (n counts from 0). `key` is the idempotency key, stable over retries.
    """

    id: int
    key: str
    address: Address
    seq: int
    reply: Reply
    language: str = "zh"
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """What one turn left behind: its replies, and whether the message had been taken before.

    `delayed`: the database is away, the message is safe on disk and will be taken later; the replies
    say so and belong to no outbox row (id 0). `asking`: a form's question is open.
    `unparked`: older replies, which could not be delivered before, are held as well.
    `last_seq`: the number of the conversation's last message; `opened`: the kinds of the orders opened.
    """

    conversation_id: int
    duplicate: bool
    deliveries: tuple[Delivery, ...] = field(default=())
    message_id: int = 0
    delayed: bool = False
    asking: bool = False
    unparked: bool = False
    last_seq: int = 0
    opened: tuple[str, ...] = ()
