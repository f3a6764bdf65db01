"""What WeChat pushes, in the desk's words: messages and events become `Inbound`, the rest is named."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from wechatpy.events import EVENT_TYPES
from wechatpy.messages import MESSAGE_TYPES

from bot.channels.wechat.xml import Fields, Malformed
from bot.messages import Address, Attachment, AttachmentKind, EventName, Inbound, Location

GREET = "/greet"
MAX_ID = 128
MAX_EXTERNAL_ID = 200

_WORD = re.compile(rf"[!-~]{{1,{MAX_ID}}}")
_CHOICE = re.compile(r"[0-9]{1,9}:[0-9]{1,3}")
_MEDIA: dict[str, AttachmentKind] = {
    "image": "photo",
    "voice": "voice",
    "video": "video",
    "shortvideo": "video",
    "file": "document",
}

# Nothing the customer waits for an answer to; counted by name.
TEMPLATE_DONE = "templatesendjobfinish"
QUIET_EVENTS = frozenset(
    {
        "location", "view", "view_miniprogram", TEMPLATE_DONE, "masssendjobfinish",
        "subscribe_msg_popup_event", "subscribe_msg_change_event", "subscribe_msg_sent_event",
        "scancode_push", "pic_sysphoto", "pic_photo_or_album", "pic_weixin",
        "kf_create_session", "kf_close_session", "kf_switch_session",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Windows:
    """What a customer's act allows us to send by customer-service message: (seconds, messages)."""

    message: tuple[float, int] = (48 * 3600.0, 5)
    event: tuple[float, int] = (60.0, 3)


@dataclass(frozen=True, slots=True)
class Ignored:
    """A push that asks for no answer; `kind` is a bounded name for counting."""

    kind: str


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """A template message that WeChat had taken, by its msgid, did not reach the customer."""

    address: Address
    external_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Pushed:
    """One push: who sent it, to which account's original id, and what it means to the desk."""

    openid: str
    original_id: str
    meaning: Inbound | Ignored | NotDelivered


def understand(fields: Fields, app_id: str, hold: float, windows: Windows) -> Pushed:
    """The push in the desk's form; raises Malformed when required fields are missing or absurd."""
    reader = _Reader(fields, app_id, hold, windows)
    original_id = reader.word("ToUserName")
    kind = reader.text("MsgType").lower()
    if kind == "event":
        return Pushed(reader.openid, original_id, _event(reader))
    if not kind:
        raise Malformed("no MsgType")
    return Pushed(reader.openid, original_id, _message(reader, kind))


class _Reader:
    """The fields with checks, and what is common to everything made of them."""

    def __init__(self, fields: Fields, app_id: str, hold: float, windows: Windows) -> None:
        self.fields = fields
        self.windows = windows
        self.openid = self.word("FromUserName")
        self.created = self.word("CreateTime")
        self.address = Address("wechat", app_id, self.openid)
        self._hold = hold
        self._sent_at = _moment(self.created)

    def text(self, name: str) -> str:
        value = self.fields.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def word(self, name: str) -> str:
        value = self.text(name)
        if not _WORD.fullmatch(value):
            raise Malformed(f"no usable {name}")
        return value

    def nested(self, name: str) -> _Inner:
        value = self.fields.get(name)
        return _Inner(value if isinstance(value, dict) else {})

    def inbound(self, external_id: str, window: tuple[float, int] | None, **parts: Any) -> Inbound:
        return Inbound(self.address, external_id, self._sent_at, hold=self._hold, window=window, **parts)

    def message(self, **parts: Any) -> Inbound:
        return self.inbound(f"msg:{self.word('MsgId')}", self.windows.message, **parts)

    def event(self, name: str, window: tuple[float, int] | None, **parts: Any) -> Inbound:
        external_id = f"event:{self.openid}:{self.created}:{name}:{self.text('EventKey')}"
        if len(external_id) > MAX_EXTERNAL_ID:
            external_id = f"event:{hashlib.sha256(external_id.encode()).hexdigest()}"
        return self.inbound(external_id, window, **parts)


@dataclass(frozen=True, slots=True)
class _Inner:
    fields: Fields

    def text(self, name: str) -> str:
        value = self.fields.get(name, "")
        return value.strip() if isinstance(value, str) else ""


def _message(reader: _Reader, kind: str) -> Inbound:
    if kind == "text":
        return _words(reader)
    if kind in _MEDIA:
        return _media(reader, kind)
    if kind == "location":
        return _place(reader)
    if kind == "link":
        parts = (reader.text("Title"), reader.text("Description"), reader.text("Url"))
        return reader.message(text="\n".join(part for part in parts if part))
    return reader.message(unsupported=kind if kind in MESSAGE_TYPES else "unknown")


def _words(reader: _Reader) -> Inbound:
    content = reader.text("Content")
    choice = reader.text("bizmsgmenuid")
    if _CHOICE.fullmatch(choice):
        return reader.message(text=content, choice=choice)
    if not content:
        # What WeChat cannot show here (a sticker from its shop, say) arrives as a text without words.
        return reader.message(unsupported="empty")
    return reader.message(text=content)


def _media(reader: _Reader, kind: str) -> Inbound:
    ref = reader.text("MediaId")
    name = reader.text("Title")
    if not ref:
        return reader.message(text=name, unsupported=kind)
    recording_format = reader.text("Format")[:16]
    mime = f"audio/{recording_format}" if kind == "voice" and recording_format else ""
    found = Attachment(_MEDIA[kind], ref, name=name, mime=mime)
    words = reader.text("Recognition") if kind == "voice" else ""
    return reader.message(text=words, attachments=(found,))


def _place(reader: _Reader) -> Inbound:
    place = _location(reader.text("Location_X"), reader.text("Location_Y"), reader.text("Label"))
    return reader.message(location=place)


def _location(latitude: str, longitude: str, label: str) -> Location:
    try:
        north, east = float(latitude), float(longitude)
    except ValueError:
        raise Malformed("no usable location") from None
    if not (abs(north) <= 90 and abs(east) <= 180):
        raise Malformed("no usable location")
    return Location(north, east, label[:200])


def _event(reader: _Reader) -> Inbound | Ignored | NotDelivered:
    name = reader.text("Event")
    kind = name.lower()
    if not kind:
        raise Malformed("no Event")
    if kind == TEMPLATE_DONE and (status := reader.text("Status")).startswith("failed"):
        return NotDelivered(reader.address, reader.word("MsgID"), f"WeChat says {status[:60]}")
    if kind in _EVENTS:
        return _EVENTS[kind](reader, name)
    if kind in QUIET_EVENTS:
        return Ignored(kind)
    return Ignored("event" if kind in EVENT_TYPES else "unknown_event")


def _follow(reader: _Reader, name: str) -> Inbound:
    joined: EventName = "joined"
    return reader.event(name, reader.windows.event, event=joined, payload=GREET)


def _unfollow(reader: _Reader, name: str) -> Inbound:
    left: EventName = "left"
    return reader.event(name, None, event=left)


def _scan(reader: _Reader, name: str) -> Inbound:
    return reader.event(name, reader.windows.event, payload=GREET)


def _click(reader: _Reader, name: str) -> Inbound:
    key = reader.text("EventKey")
    if key.startswith("/"):
        return reader.event(name, reader.windows.event, payload=key)
    return reader.event(name, reader.windows.event, text=key)


def _scanned_code(reader: _Reader, name: str) -> Inbound:
    """A bar code read through the menu: its content, without the code's kind before the comma."""
    result = reader.nested("ScanCodeInfo").text("ScanResult")
    return reader.event(name, reader.windows.event, text=result.rpartition(",")[2])


def _chosen_place(reader: _Reader, name: str) -> Inbound:
    found = reader.nested("SendLocationInfo")
    label = found.text("Poiname") or found.text("Label")
    place = _location(found.text("Location_X"), found.text("Location_Y"), label)
    return reader.event(name, None, location=place)


_EVENTS: dict[str, Callable[[_Reader, str], Inbound]] = {
    "subscribe": _follow,
    "unsubscribe": _unfollow,
    "scan": _scan,
    "click": _click,
    "scancode_waitmsg": _scanned_code,
    "location_select": _chosen_place,
}


def _moment(stamp: str) -> datetime:
    if not (stamp.isdigit() and len(stamp) <= 11):
        raise Malformed("no usable CreateTime")
    return datetime.fromtimestamp(int(stamp), UTC)
