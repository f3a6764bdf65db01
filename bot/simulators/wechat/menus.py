"""The menu rules of the simulated platform, with WeChat's error codes."""

from __future__ import annotations

from typing import Any

BAD_BUTTON_COUNT = 40016
BAD_TYPE = 40017
BAD_NAME = 40018
BAD_KEY = 40019
BAD_URL = 40020
BAD_SUB_COUNT = 40023
BAD_SUB_NAME = 40025


def check(menu: Any) -> int:
    """0, or why WeChat would refuse this menu."""
    buttons = menu.get("button") if isinstance(menu, dict) else None
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        return BAD_BUTTON_COUNT
    for button in buttons:
        if not isinstance(button, dict) or not _sized(button.get("name"), 16):
            return BAD_NAME
        subs = button.get("sub_button")
        if subs:
            if not isinstance(subs, list) or len(subs) > 5:
                return BAD_SUB_COUNT
            if not all(isinstance(sub, dict) and _sized(sub.get("name"), 60) for sub in subs):
                return BAD_SUB_NAME
        for leaf in subs or [button]:
            if code := _check_leaf(leaf):
                return code
    return 0


def leaves(menu: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Every button that does something."""
    found: list[dict[str, Any]] = []
    for button in (menu or {}).get("button", []):
        found.extend(button.get("sub_button") or [button])
    return found


def _check_leaf(button: dict[str, Any]) -> int:
    kind = button.get("type")
    if kind == "click":
        return 0 if _sized(button.get("key"), 128) else BAD_KEY
    if kind == "view":
        url = button.get("url")
        good = _sized(url, 1024) and str(url).startswith(("http://", "https://"))
        return 0 if good else BAD_URL
    return BAD_TYPE


def _sized(text: Any, limit: int) -> bool:
    return isinstance(text, str) and 0 < len(text.encode()) <= limit
