"""The account's menu at the bottom of the chat: checked against WeChat's limits, written in its form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.settings import MenuButton, SettingsProblem

BUTTONS = 3
SUB_BUTTONS = 5
NAME_BYTES = 16
SUB_NAME_BYTES = 60
KEY_BYTES = 128
URL_BYTES = 1024

_WHERE = "channels.wechat.menu"


def menu(buttons: Sequence[MenuButton]) -> dict[str, Any] | None:
    """The body of menu/create, None for no menu; raises SettingsProblem naming the bad button."""
    if not buttons:
        return None
    if len(buttons) > BUTTONS:
        raise SettingsProblem(f"{_WHERE}: WeChat shows at most {BUTTONS} buttons, there are {len(buttons)}")
    return {"button": [_button(button, f"{_WHERE}[{n}]", NAME_BYTES) for n, button in enumerate(buttons)]}


def _button(button: MenuButton, where: str, name_bytes: int) -> dict[str, Any]:
    _check_size(button.name, name_bytes, f"{where}.name")
    given = [button.payload is not None, button.url is not None, bool(button.buttons)]
    if given.count(True) != 1:
        raise SettingsProblem(f"{where}: give exactly one of payload, url and buttons")
    if button.buttons:
        return {"name": button.name, "sub_button": _sub_buttons(button.buttons, where)}
    if button.url is not None:
        if not button.url.startswith(("https://", "http://")):
            raise SettingsProblem(f"{where}.url: must begin with https:// or http://")
        _check_size(button.url, URL_BYTES, f"{where}.url")
        return {"type": "view", "name": button.name, "url": button.url}
    payload = button.payload or ""
    if not payload.startswith("/"):
        raise SettingsProblem(f"{where}.payload: must begin with / as in /report_fault")
    _check_size(payload, KEY_BYTES, f"{where}.payload")
    return {"type": "click", "name": button.name, "key": payload}


def _sub_buttons(buttons: Sequence[MenuButton], where: str) -> list[dict[str, Any]]:
    if len(buttons) > SUB_BUTTONS:
        raise SettingsProblem(
            f"{where}.buttons: WeChat shows at most {SUB_BUTTONS}, there are {len(buttons)}"
        )
    for n, button in enumerate(buttons):
        if button.buttons:
            raise SettingsProblem(f"{where}.buttons[{n}]: a sub-button has no buttons of its own")
    return [_button(button, f"{where}.buttons[{n}]", SUB_NAME_BYTES) for n, button in enumerate(buttons)]


def _check_size(text: str, limit: int, where: str) -> None:
    size = len(text.encode())
    if size > limit:
        raise SettingsProblem(f"{where}: has {size} bytes of UTF-8, WeChat allows {limit}")
