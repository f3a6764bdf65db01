"""Replies in what WeChat offers: text of at most 2048 bytes, numbered choices, and msgmenu."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from bot.channels.wechat.xml import writable
from bot.messages import Button, Delivery, Reply, absolute
from bot.sent_links import PREFIX as SENT
from bot.sheet.links import PREFIX as SHEETS
from nlu import yml

UPLOADED = (SHEETS, SENT)
TEXT_BYTES = 2048
MENU_ITEMS = 10  # unverified; beyond some limit the platform answers 45098
MENU_ITEM_BYTES = 128  # unverified

_JOINERS = "\u200d\ufe0e\ufe0f"


def as_text(reply: Reply, language: str, public_url: str | None = None) -> str:
    """The whole reply as words: its text, addresses of its picture and file, its choices numbered from 1."""
    parts = [writable(reply.text).strip()]
    if reply.image and (address := absolute(reply.image, public_url)):
        parts.append(_says("image", language) + address)
    if reply.file and (address := absolute(reply.file.address, public_url)):
        parts.append(f"{_says('file', language)}{writable(reply.file.name)}\n{address}")
    if reply.buttons:
        lines = [f"{n}. {writable(button.title)}" for n, button in enumerate(reply.buttons, 1)]
        parts.append("\n".join([*lines, _says("choose", language)]))
    return "\n\n".join(part for part in parts if part)


def fitting(deliveries: Sequence[Delivery], public_url: str | None = None) -> int:
    """How many of the deliveries, from the first, one passive reply can carry.

    Only the last may have choices: two numbered lists in one bubble would be ambiguous. A picture to be
    uploaded goes by customer-service message.
    """
    size = 0
    for n, delivery in enumerate(deliveries):
        if n and deliveries[n - 1].reply.buttons:
            return n
        if (delivery.reply.image or "").startswith(UPLOADED):
            return n
        text = as_text(delivery.reply, delivery.language, public_url)
        size += len(text.encode()) + (2 if size else 0)
        if size > TEXT_BYTES:
            return n
    return len(deliveries)


def joined(deliveries: Sequence[Delivery], public_url: str | None = None) -> str:
    """The text of one passive reply that says all of these."""
    texts = (as_text(delivery.reply, delivery.language, public_url) for delivery in deliveries)
    return "\n\n".join(text for text in texts if text)


def messages(delivery: Delivery, msgmenu: bool, public_url: str | None = None) -> list[dict[str, Any]]:
    """The customer-service messages that carry this delivery, in order; none when it says nothing."""
    reply, language = delivery.reply, delivery.language
    if msgmenu and _suits_menu(reply.buttons):
        plain = Reply(text=reply.text, image=reply.image, file=reply.file)
        head = as_text(plain, language, public_url) or _says("menu_head", language)
        room = TEXT_BYTES - sum(len(button.title.encode()) for button in reply.buttons)
        *before, last = split(head, room)
        return [*map(_text, before), _menu(last, delivery.seq, reply.buttons)]
    return [_text(part) for part in split(as_text(reply, language, public_url))]


def split(text: str, limit: int = TEXT_BYTES) -> list[str]:
    """The text in parts of at most `limit` bytes of UTF-8, at line ends where that is not wasteful."""
    parts = []
    while len(text.encode()) > limit:
        end = _cut(text, limit)
        parts.append(text[:end].rstrip("\n"))
        text = text[end:].lstrip("\n")
    return [part for part in [*parts, text] if part]


def _cut(text: str, limit: int) -> int:
    """Where to end the first part: the last line end in its second half, else between characters."""
    end = len(text.encode()[:limit].decode("utf-8", "ignore"))
    line_end = text.rfind("\n", end // 2, end)
    if line_end > 0:
        return line_end
    whole = end
    while whole > end - 16 and whole > 1 and not _may_break(text, whole):
        whole -= 1
    return whole if _may_break(text, whole) else end


def _may_break(text: str, at: int) -> bool:
    """Whether no character as a reader sees it spans this place."""
    before, after = text[at - 1], text[at]
    joins = after in _JOINERS or before == "\u200d" or unicodedata.combining(after) > 0
    return not joins and not "\U0001f3fb" <= after <= "\U0001f3ff"


def _suits_menu(buttons: Sequence[Button]) -> bool:
    titles = [writable(button.title).strip() for button in buttons]
    fits = all(title and len(title.encode()) <= MENU_ITEM_BYTES for title in titles)
    return 0 < len(titles) <= MENU_ITEMS and fits


def _menu(head: str, seq: int, buttons: Sequence[Button]) -> dict[str, Any]:
    items = [
        {"id": f"{seq}:{index}", "content": writable(button.title).strip()}
        for index, button in enumerate(buttons)
    ]
    menu = {"head_content": head, "list": items, "tail_content": ""}
    return {"msgtype": "msgmenu", "msgmenu": menu}


def _text(content: str) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": content}}


def _says(name: str, language: str) -> str:
    texts = _wording()[name]
    return texts.get(language, texts["zh"])


@cache
def _wording() -> dict[str, dict[str, str]]:
    path = Path(__file__).with_name("wording.yml")
    loaded: dict[str, dict[str, str]] = yml.read(path)
    return loaded
