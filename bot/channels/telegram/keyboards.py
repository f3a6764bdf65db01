"""Buttons and questions as Telegram's keyboards."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from bot.channels.telegram.wording import said
from bot.messages import Button, Delivery

SHORT = 12
"""Columns a title may take to share its row with another (a Chinese character takes two)."""


def keyboard(delivery: Delivery) -> dict[str, Any]:
    """The `reply_markup` of the reply's last message.

    A message has room for one keyboard: where contact or location is asked for, the choices stand
    below that request as words to send, which the turn understands. Without choices the keyboard of an
    earlier request is taken away; that is a no-op when there is none, and needs no memory of it.
    """
    reply = delivery.reply
    if reply.ask is not None:
        return _request(delivery)
    if reply.buttons:
        return {"inline_keyboard": _choices(delivery)}
    return {"remove_keyboard": True}


def _choices(delivery: Delivery) -> list[list[dict[str, str]]]:
    buttons = [
        {"text": button.title, "callback_data": f"{delivery.seq}:{index}"}
        for index, button in enumerate(delivery.reply.buttons)
    ]
    return _rows(delivery.reply.buttons, buttons)


def _request(delivery: Delivery) -> dict[str, Any]:
    ask = delivery.reply.ask
    request = {"text": said(f"share_{ask}", delivery.language), f"request_{ask}": True}
    words = [{"text": button.title} for button in delivery.reply.buttons]
    return {
        "keyboard": [[request], *_rows(delivery.reply.buttons, words)],
        "one_time_keyboard": True,
        "resize_keyboard": True,
        "input_field_placeholder": said("ask_placeholder", delivery.language),
    }


def _rows(buttons: Sequence[Button], drawn: Sequence[dict[str, str]]) -> list[list[dict[str, str]]]:
    rows: list[list[dict[str, str]]] = []
    pairing = False
    for button, shown in zip(buttons, drawn, strict=True):
        short = _columns(button.title) <= SHORT
        if short and pairing:
            rows[-1].append(shown)
            pairing = False
        else:
            rows.append([shown])
            pairing = short
    return rows


def _columns(title: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in title)
