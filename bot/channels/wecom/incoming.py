"""What stands in WeCom's log, in the desk's words: messages become `Inbound`, the rest is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.channels.wechat.incoming import GREET, Ignored, NotDelivered
from bot.channels.wechat.xml import Malformed
from bot.channels.wecom.problems import CLOSES_WINDOW, why_failed
from bot.messages import Address, Attachment, AttachmentKind, Inbound, Location

FROM_CUSTOMER, FROM_SERVICER = 3, 5
WELCOME_SECONDS = 20.0  # so long a welcome code is good; unverified
ENDED = 3
"""The change_type that ends a servicer's session; all others give it to one."""

_WORD = re.compile(r"[!-~]{1,128}")
_CHOICE = re.compile(r"[0-9]{1,9}:[0-9]{1,3}")
_PART = re.compile(r"(.+)_[0-9]{1,2}")
_MEDIA: dict[str, tuple[AttachmentKind, str]] = {
    "image": ("photo", ""),
    "voice": ("voice", "audio/amr"),  # as asked for by voice_format 0
    "video": ("video", ""),
    "file": ("document", ""),
}
# Kinds that exist and hold nothing to read; named for counting and for the answer.
_KNOWN = frozenset(
    {
        "business_card", "channels", "channels_shop_order", "channels_shop_product", "meeting", "merged_msg",
        "note", "schedule", "unsupported",
    }
)  # fmt: skip
_QUIET_EVENTS = frozenset(
    {
        "servicer_status_change", "user_recall_msg", "servicer_recall_msg",
        "reject_customer_msg_switch_change",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entered:
    """A customer opened the chat and may be welcomed, with this code, once."""

    inbound: Inbound
    code: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A message of ours did not arrive; `closed` when nothing will before the customer writes again."""

    lost: NotDelivered
    closed: bool


@dataclass(frozen=True, slots=True)
class SessionChanged:
    """A servicer in WeCom has the customer now, or no longer."""

    address: Address
    by_person: bool


@dataclass(frozen=True, slots=True)
class Overheard:
    """What a servicer in WeCom wrote to the customer."""

    said: Inbound


Meaning = Overheard | Inbound | Entered | Failed | SessionChanged | Ignored


@dataclass(frozen=True, slots=True)
class Reading:
    """One account's log: whose it is and what a customer's message allows, as (seconds, messages)."""

    account: str
    window: tuple[float, int] = (48 * 3600.0, 5)

    def understand(self, entry: Mapping[str, Any], now: datetime) -> Meaning:
        """The entry in the desk's form; raises Malformed when required fields are missing or absurd."""
        reader = _Reader(entry, self, now)
        kind = reader.text("msgtype")
        if kind == "event":
            return _event(reader)
        origin = reader.number("origin")
        if origin not in (FROM_CUSTOMER, FROM_SERVICER):
            return Ignored("origin")
        found = _message(reader, kind)
        return found if origin == FROM_CUSTOMER else Overheard(found)


def customer_of(entry: Mapping[str, Any]) -> str:
    """Whose conversation the entry belongs to; empty where it belongs to none."""
    event = entry.get("event")
    found = entry.get("external_userid") or (event.get("external_userid") if isinstance(event, dict) else "")
    return str(found or "")


class _Reader:
    """The fields with checks, and what is common to everything made of them."""

    def __init__(self, entry: Mapping[str, Any], reading: Reading, now: datetime) -> None:
        self._entry = entry
        self._reading = reading
        self._now = now
        self.inner = _Inner(entry, self.text("msgtype"))
        peer = customer_of(entry)
        self.address = Address("wecom", reading.account, peer)
        self.id = self.word("msgid")
        self.sent_at = _moment(self.number("send_time"))

    def text(self, name: str) -> str:
        return _text(self._entry, name)

    def number(self, name: str) -> int:
        return _number(self._entry, name)

    def word(self, name: str) -> str:
        value = self.text(name)
        if not _WORD.fullmatch(value):
            raise Malformed(f"no usable {name}")
        return value

    def age(self) -> float:
        return max(0.0, (self._now - self.sent_at).total_seconds())

    def message(self, **parts: Any) -> Inbound:
        """A customer's message; its window began when it was written, not when it was read."""
        seconds, messages = self._reading.window
        left = seconds - self.age()
        window = (left, messages) if left > 0 else None
        return Inbound(self.known(), f"msg:{self.id}", self.sent_at, window=window, **parts)

    def event(self, **parts: Any) -> Inbound:
        return Inbound(self.known(), f"event:{self.id}", self.sent_at, **parts)

    def known(self) -> Address:
        """The customer's address; raises Malformed where there is none."""
        if not _WORD.fullmatch(self.address.peer):
            raise Malformed("no usable external_userid")
        return self.address


class _Inner:
    """The part of an entry that is named like its kind."""

    def __init__(self, entry: Mapping[str, Any], kind: str) -> None:
        value = entry.get(kind)
        self._fields: Mapping[str, Any] = value if isinstance(value, dict) else {}

    def text(self, name: str) -> str:
        return _text(self._fields, name)

    def number(self, name: str) -> int:
        return _number(self._fields, name)

    def degrees(self, name: str, most: float) -> float:
        value = self._fields.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= most:
            raise Malformed("no usable location")
        return float(value)


def _message(reader: _Reader, kind: str) -> Inbound:
    if kind in _MEDIA:
        return _media(reader, kind)
    if kind in _MESSAGES:
        return _MESSAGES[kind](reader)
    return reader.message(unsupported=kind if kind in _KNOWN else "unknown")


def _words(reader: _Reader) -> Inbound:
    content, choice = reader.inner.text("content"), reader.inner.text("menu_id")
    if _CHOICE.fullmatch(choice):
        return reader.message(text=content, choice=choice)
    return reader.message(text=content) if content else reader.message(unsupported="empty")


def _media(reader: _Reader, kind: str) -> Inbound:
    ref = reader.inner.text("media_id")
    if not ref:
        return reader.message(unsupported=kind)
    means, mime = _MEDIA[kind]
    return reader.message(attachments=(Attachment(means, ref, mime=mime),))


def _place(reader: _Reader) -> Inbound:
    north, east = reader.inner.degrees("latitude", 90), reader.inner.degrees("longitude", 180)
    names = (reader.inner.text("address"), reader.inner.text("name"))
    label = " ".join(name for name in names if name)[:200]
    return reader.message(location=Location(north, east, label))


def _link(reader: _Reader) -> Inbound:
    return _titled(reader, "link", ("title", "desc", "url"))


def _mini_program(reader: _Reader) -> Inbound:
    return _titled(reader, "miniprogram", ("title",))


def _titled(reader: _Reader, kind: str, names: tuple[str, ...]) -> Inbound:
    text = "\n".join(part for part in map(reader.inner.text, names) if part)
    return reader.message(text=text) if text else reader.message(unsupported=kind)


_MESSAGES: dict[str, Callable[[_Reader], Inbound]] = {
    "text": _words,
    "location": _place,
    "link": _link,
    "miniprogram": _mini_program,
}


def _event(reader: _Reader) -> Entered | Failed | SessionChanged | Ignored:
    kind = reader.inner.text("event_type")
    if kind == "enter_session":
        return _enter(reader)
    if kind == "msg_send_fail":
        return _fail(reader)
    if kind == "session_status_change":
        return SessionChanged(reader.known(), reader.inner.number("change_type") != ENDED)
    return Ignored(kind if kind in _QUIET_EVENTS else "unknown_event")


def _enter(reader: _Reader) -> Entered | Ignored:
    """WeCom gives a code only to whom it lets us welcome; one that is too old is good for nothing."""
    code, left = reader.inner.text("welcome_code"), WELCOME_SECONDS - reader.age()
    if not code or left <= 0:
        return Ignored("enter_session")
    return Entered(reader.event(event="joined", payload=GREET, hold=left), code)


def _fail(reader: _Reader) -> Failed:
    fail_type = reader.inner.number("fail_type")
    failed = reader.inner.text("fail_msgid")
    part = _PART.fullmatch(failed)
    lost = NotDelivered(reader.address, part[1] if part else failed, why_failed(fail_type))
    return Failed(lost, fail_type in CLOSES_WINDOW)


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _number(fields: Mapping[str, Any], name: str) -> int:
    value = fields.get(name)
    return value if isinstance(value, int) else -1


def _moment(seconds: int) -> datetime:
    if not 0 < seconds < 10**11:
        raise Malformed("no usable send_time")
    return datetime.fromtimestamp(seconds, UTC)
