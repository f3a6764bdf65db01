"""A reply as the requests that deliver it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from telegram.constants import MessageLimit

from bot.channels.telegram.keyboards import keyboard
from bot.channels.telegram.request import File
from bot.channels.telegram.splitting import split, utf16_length
from bot.cleaning import clean
from bot.knowledge.pictures import file_of
from bot.messages import Delivery

TEXT_LIMIT = int(MessageLimit.MAX_TEXT_LENGTH)
CAPTION_LIMIT = int(MessageLimit.CAPTION_LENGTH)
VOICE = "audio/ogg"
"""What Telegram shows as a voice message; other sound is a document to it."""
MIME = {".png": "image/png", ".webp": "image/webp", ".gif": "image/gif"}


@dataclass(frozen=True, slots=True)
class Part:
    """One request of the several that a reply may need."""

    method: str
    parameters: dict[str, Any]
    files: dict[str, File] = field(default_factory=dict)


def parts_of(delivery: Delivery, chat: int, image: str | File | None, file: File | None = None) -> list[Part]:
    """The requests in their order; the keyboard hangs on the last one. Empty when nothing is to be said."""
    text = clean(delivery.reply.text, 100_000)
    parts: list[Part] = []
    sent: list[tuple[str, str | File]] = [("photo", image)] if image is not None else []
    if file is not None:
        sent.append(("voice" if file[2] == VOICE else "document", file))
    for kind, content in sent:
        caption = text if utf16_length(text) <= CAPTION_LIMIT else ""
        parts.append(_media(chat, kind, content, caption))
        text = "" if caption else text
    parts.extend(_text(chat, piece) for piece in split(text, TEXT_LIMIT))
    if parts:
        parts[-1].parameters["reply_markup"] = keyboard(delivery)
    return parts


def _text(chat: int, text: str) -> Part:
    return Part("sendMessage", {"chat_id": chat, "text": text, "link_preview_options": {"is_disabled": True}})


def _media(chat: int, kind: str, content: str | File, caption: str) -> Part:
    method = f"send{kind.capitalize()}"
    parameters: dict[str, Any] = {"chat_id": chat}
    if caption:
        parameters["caption"] = caption
    if isinstance(content, str):
        return Part(method, {**parameters, kind: content})
    return Part(method, parameters, {kind: content})


def picture(reference: str, public_url: str | None, articles: Path | None = None) -> str | File | None:
    """An address Telegram can fetch, or the file to upload; None when there is neither. Reads the disk.

    `articles` is the folder of articles' pictures.
    """
    if reference.startswith(("https://", "http://")):
        return reference
    path = file_of(articles, reference) or Path(reference)
    try:
        return path.name, path.read_bytes(), MIME.get(path.suffix.lower(), "image/jpeg")
    except (OSError, ValueError):
        if reference.startswith("/") and public_url:
            return public_url.rstrip("/") + reference
        return None
