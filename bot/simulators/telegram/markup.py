"""Keyboards: what the Bot API takes and what it refuses."""

from __future__ import annotations

from typing import Any

from bot.simulators.telegram.errors import bad_request

BUTTONS_LIMIT = 100
CALLBACK_BYTES = 64


def checked(markup: Any) -> dict[str, Any] | None:
    """The `reply_markup` when it is one; raises Refusal as Telegram does."""
    if markup is None or markup == "":
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        _check_rows(markup["inline_keyboard"], _check_inline)
    elif "keyboard" in markup:
        _check_rows(markup["keyboard"], _check_key)
    elif not (markup.get("remove_keyboard") is True or markup.get("force_reply") is True):
        raise bad_request("can't parse reply keyboard markup JSON object")
    return markup


def _check_rows(rows: Any, check: Any) -> None:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request("can't parse keyboard: field must be an Array of Arrays")
    buttons = [button for row in rows for button in row]
    if len(buttons) > BUTTONS_LIMIT:
        raise bad_request("reply markup is too long")
    for button in buttons:
        check(button)


def _check_inline(button: Any) -> None:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str) or not button["text"].strip():
        raise bad_request("can't parse inline keyboard button: text must be non-empty")
    if "url" in button:
        return
    data = button.get("callback_data")
    if not isinstance(data, str):
        raise bad_request("can't parse inline keyboard button: text buttons are unallowed")
    if not 1 <= len(data.encode()) <= CALLBACK_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")


def _check_key(button: Any) -> None:
    words = button if isinstance(button, str) else button.get("text") if isinstance(button, dict) else None
    if not isinstance(words, str) or not words.strip():
        raise bad_request("can't parse keyboard button: text must be non-empty")
