"""Choices: buttons taken by tapping, by number or by saying what they say (C10)."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

_NUMBER = re.compile(r"^[\s(（【\[#]*(\d{1,2})[\s)）】\].。、:：]*$")
_CHINESE = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_NTH = re.compile(r"^(?:选|选择|第)?([一二两三四五六七八九])(?:个|项|号)?$")


def spoken(text: str, choices: dict[str, Any] | None) -> str | None:
    """The payload of the offered button that the words stand for, or None."""
    if not choices or not text or len(text) > 64:
        return None
    buttons = choices["buttons"]
    wanted = _plain(text)
    for button in buttons:
        if wanted and wanted == _plain(button["title"]):
            return button["payload"]
    number = _number(unicodedata.normalize("NFKC", text))
    return buttons[number - 1]["payload"] if number and number <= len(buttons) else None


def tapped(choice: str, message: dict[str, Any] | None) -> str | None:
    """The payload of button `<seq>:<index>` given that message's body, or None."""
    try:
        index = int(choice.partition(":")[2])
        buttons = (message or {}).get("buttons", [])
        return buttons[index]["payload"] if index >= 0 else None
    except (ValueError, IndexError):
        return None


def choice_seq(choice: str) -> int | None:
    """The message number in `<seq>:<index>`, or None when it is not one."""
    seq = choice.partition(":")[0]
    return int(seq) if seq.isascii() and seq.isdigit() and len(seq) < 10 else None


def _number(text: str) -> int | None:
    if found := _NUMBER.match(text):
        return int(found[1])
    if found := _NTH.match(text.strip()):
        return _CHINESE[found[1]]
    return None


def _plain(text: str) -> str:
    """Letters and digits only, in one case."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())
