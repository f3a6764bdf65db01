"""Replies in what WeCom offers: text of at most 2048 bytes, menus, message ids of its form."""

from __future__ import annotations

import hashlib
from typing import Any

from bot.channels.wechat.outgoing import messages as as_messages
from bot.channels.wechat.outgoing import split
from bot.messages import Delivery

HEAD_BYTES = 1024
ID_CHARACTERS = 28  # and up to three more for the part; WeCom takes 32 of [0-9a-zA-Z_-]


def messages(delivery: Delivery, public_url: str | None = None) -> list[dict[str, Any]]:
    """The messages that carry this delivery, in order; none when it says nothing."""
    found: list[dict[str, Any]] = []
    for message in as_messages(delivery, True, public_url):
        found += _menu(message["msgmenu"]) if message["msgtype"] == "msgmenu" else [message]
    return found


def message_id(delivery: Delivery) -> str:
    """The id of a delivery's messages without the part: the same whenever it is tried."""
    place = delivery.address
    named = "\n".join((place.account, place.peer, str(delivery.id), delivery.key))
    return hashlib.sha256(named.encode()).hexdigest()[:ID_CHARACTERS]


def _menu(menu: dict[str, Any]) -> list[dict[str, Any]]:
    *before, head = split(menu["head_content"], HEAD_BYTES)
    items = [{"type": "click", "click": item} for item in menu["list"]]
    texts = [{"msgtype": "text", "text": {"content": part}} for part in before]
    return [*texts, {"msgtype": "msgmenu", "msgmenu": {"head_content": head, "list": items}}]
