"""What a Telegram message holds: words, files, a place, a contact card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from telegram.constants import FileSizeLimit

from bot.channels.telegram.fields import Malformed, degrees, part, size, words
from bot.cleaning import clean
from bot.messages import Attachment, AttachmentKind, Contact, Location

LARGEST = int(FileSizeLimit.FILESIZE_DOWNLOAD)
"""Bytes of the largest file the Bot API hands out (20 MB)."""

_FILES: tuple[tuple[str, AttachmentKind, str], ...] = (
    ("voice", "voice", "audio/ogg"),
    ("audio", "voice", "audio/mpeg"),
    ("video", "video", "video/mp4"),
    ("video_note", "video", "video/mp4"),
    ("animation", "video", "video/mp4"),
    ("document", "document", "application/octet-stream"),
)


def content_of(message: dict[str, Any], sender: dict[str, Any]) -> dict[str, Any]:
    """The parts of an `Inbound` that the message fills; empty when there is nothing we can carry."""
    found: dict[str, Any] = {}
    text = clean(words(message, "text") or words(message, "caption"))
    if text:
        found["text"] = text
    attachment = _attachment(message)
    if attachment is not None:
        found["attachments"] = (attachment,)
    for name, reader in _READERS.items():
        value = reader(message, sender)
        if value is not None:
            found[name] = value
    return found


def _attachment(message: dict[str, Any]) -> Attachment | None:
    if message.get("photo"):
        return _photo(message["photo"])
    sticker = part(message, "sticker")
    if sticker is not None:
        return _sticker(sticker)
    for name, kind, mime in _FILES:
        file = part(message, name)
        if file is not None:
            return Attachment(
                kind, _ref(file), clean(words(file, "file_name"), 200),
                clean(words(file, "mime_type"), 100) or mime, size(file, "file_size"),
            )  # fmt: skip
    return None


def _photo(sizes: Any) -> Attachment:
    if not isinstance(sizes, list) or not all(isinstance(one, dict) for one in sizes):
        raise Malformed("photo is not a list of sizes")
    allowed = [one for one in sizes if (size(one, "file_size") or 0) <= LARGEST]
    best = max(allowed, key=_area) if allowed else min(sizes, key=_area)
    return Attachment("photo", _ref(best), "", "image/jpeg", size(best, "file_size"))


def _area(photo: dict[str, Any]) -> int:
    return (size(photo, "width") or 0) * (size(photo, "height") or 0)


def _sticker(sticker: dict[str, Any]) -> Attachment:
    mime = "image/webp"
    if sticker.get("is_animated"):
        mime = "application/x-tgsticker"
    elif sticker.get("is_video"):
        mime = "video/webm"
    return Attachment("sticker", _ref(sticker), "", mime, size(sticker, "file_size"))


def _ref(file: dict[str, Any]) -> str:
    ref = words(file, "file_id")
    if not ref or len(ref) > 500 or ref != clean(ref):
        raise Malformed("file_id is not usable")
    return ref


def _location(message: dict[str, Any], sender: dict[str, Any]) -> Location | None:
    venue = part(message, "venue") or {}
    point = part(message, "location") or part(venue, "location")
    if point is None:
        return None
    label = " ".join(filter(None, (words(venue, "title"), words(venue, "address"))))
    return Location(degrees(point, "latitude", 90), degrees(point, "longitude", 180), clean(label, 500))


def _contact(message: dict[str, Any], sender: dict[str, Any]) -> Contact | None:
    card = part(message, "contact")
    if card is None:
        return None
    name = " ".join(filter(None, (words(card, "first_name"), words(card, "last_name"))))
    own = card.get("user_id") is not None and card["user_id"] == sender.get("id")
    return Contact(clean(words(card, "phone_number"), 64), clean(name, 128), own)


_READERS: dict[str, Callable[[dict[str, Any], dict[str, Any]], Any]] = {
    "location": _location,
    "contact": _contact,
}
