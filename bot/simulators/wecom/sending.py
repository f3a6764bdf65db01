"""What the simulated WeCom takes from an account: forms, states, five messages within 48 hours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.simulators.wecom.simulator import WeComSimulator

TEXT_BYTES = 2048
HEAD_BYTES = 1024
ITEM_BYTES = 128
MENU_ITEMS = 50
MEDIA = ("image", "voice", "video", "file")

UNKNOWN_CUSTOMER, BAD_ARGUMENT, TOO_LONG, BAD_KIND, NO_MEDIA = 40096, 40058, 45002, 40008, 40007
_ID = re.compile(r"[0-9a-zA-Z_-]{1,32}")


def flaw(simulator: WeComSimulator, body: Mapping[str, Any], kinds: tuple[str, ...]) -> int:
    """Why WeCom would not take this message, or 0."""
    msgid, kind = body.get("msgid", "a"), body.get("msgtype")
    if not isinstance(msgid, str) or not _ID.fullmatch(msgid):
        return BAD_ARGUMENT
    content = body.get(kind) if isinstance(kind, str) else None
    if kind not in kinds or not isinstance(content, Mapping):
        return BAD_KIND
    if kind == "text":
        return _words(content.get("content"), TEXT_BYTES)
    if kind == "msgmenu":
        return _menu(content)
    if kind == "location":
        good = all(isinstance(content.get(name), int | float) for name in ("latitude", "longitude"))
        return 0 if good else BAD_ARGUMENT
    return 0 if simulator.media.get(str(content.get("media_id"))) else NO_MEDIA


def shown(body: Mapping[str, Any]) -> tuple[str, tuple[tuple[str, str], ...], str]:
    """What the customer sees of it: text, choices as (id, words), media id."""
    kind = body["msgtype"]
    content = body[kind]
    if kind == "text":
        return content["content"], (), ""
    if kind == "msgmenu":
        items = tuple((one["click"]["id"], one["click"]["content"]) for one in content["list"])
        return "\n".join(filter(None, (content.get("head_content"), content.get("tail_content")))), items, ""
    return content.get("name", ""), (), content.get("media_id", "")


def _words(text: Any, most: int) -> int:
    if not isinstance(text, str) or not text:
        return BAD_ARGUMENT
    return TOO_LONG if len(text.encode()) > most else 0


def _menu(menu: Mapping[str, Any]) -> int:
    items = menu.get("list")
    if not isinstance(items, list) or not 1 <= len(items) <= MENU_ITEMS:
        return BAD_ARGUMENT
    if code := _words(menu.get("head_content", "-"), HEAD_BYTES):
        return code
    return next((code for item in items if (code := _item(item))), 0)


def _item(item: Any) -> int:
    click = item.get("click") if isinstance(item, Mapping) and item.get("type") == "click" else None
    if not isinstance(click, Mapping):
        return BAD_ARGUMENT
    return _words(click.get("id"), ITEM_BYTES) or _words(click.get("content"), ITEM_BYTES)
