"""The account's menu: checked against WeChat's limits, created at start, never in the way of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bot.channels.wechat.menu import menu
from bot.settings import PROJECT, MenuButton, SettingsProblem, load
from bot.simulators.wechat.menus import check

Make = Callable[..., Any]

GOOD = (
    MenuButton(name="报修", payload="/report_fault"),
    MenuButton(
        name="更多",
        buttons=(
            MenuButton(name="官网", url="https://example.com"),
            MenuButton(name="转人工", payload="/ask_human"),
        ),
    ),
)


def test_the_form_that_wechat_takes() -> None:
    body = menu(GOOD)
    assert body == {
        "button": [
            {"type": "click", "name": "报修", "key": "/report_fault"},
            {
                "name": "更多",
                "sub_button": [
                    {"type": "view", "name": "官网", "url": "https://example.com"},
                    {"type": "click", "name": "转人工", "key": "/ask_human"},
                ],
            },
        ]
    }
    assert check(body) == 0


def test_the_default_menu_is_good() -> None:
    """The one in config.yaml."""
    body = menu(load(PROJECT / "config.yaml", {}).channels.wechat.menu)
    assert body is not None
    assert check(body) == 0


def test_no_menu_is_no_menu() -> None:
    assert menu(()) is None


def click(name: str = "a", payload: str = "/a") -> MenuButton:
    return MenuButton(name=name, payload=payload)


@pytest.mark.parametrize(
    ("buttons", "words"),
    [
        ([click()] * 4, r"channels.wechat.menu: .* at most 3"),
        ([MenuButton(name="a", buttons=(click(),) * 6)], r"menu\[0\].buttons: .* at most 5"),
        ([click(), click("很长很长的名字")], r"menu\[1\].name: has 21 bytes"),
        ([MenuButton(name="a")], r"menu\[0\]: give exactly one"),
        ([MenuButton(name="a", payload="/a", url="https://x")], r"menu\[0\]: give exactly one"),
        ([MenuButton(name="a", url="javascript:x")], r"menu\[0\].url: must begin"),
        ([click(payload="report")], r"menu\[0\].payload: must begin with /"),
        ([click(payload="/" + "长" * 60)], r"menu\[0\].payload: has 181 bytes"),
        (
            [MenuButton(name="a", buttons=(MenuButton(name="b", buttons=(click(),)),))],
            r"buttons\[0\]: a sub-button",
        ),
    ],
)
def test_a_bad_menu_is_named(buttons: list[MenuButton], words: str) -> None:
    """1–3 buttons of 1–5 sub-buttons, names and keys by bytes."""
    with pytest.raises(SettingsProblem, match=words):
        menu(buttons)


async def created(rig: Any) -> None:
    async with asyncio.timeout(5):
        while rig.simulator.menu is None:  # noqa: ASYNC110  a test's poll
            await asyncio.sleep(0.005)


async def test_the_menu_is_created_at_start_and_its_buttons_work(make_rig: Make) -> None:
    rig = await make_rig(served=True, menu_body=menu(GOOD))
    await rig.channel.start(rig.desk)
    await created(rig)
    await rig.customer().clicks_menu("转人工")
    assert rig.desk.received[0].payload == "/ask_human"


async def test_a_platform_that_is_busy_gets_the_menu_later(make_rig: Make) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    rig = await make_rig(served=True, menu_body=menu(GOOD), sleep=sleep)
    rig.simulator.faults.answer_code(-1, "menu/create", times=3)
    await rig.channel.start(rig.desk)
    await created(rig)
    assert waits == [1.0, 2.0, 4.0]


async def test_a_menu_that_fails_does_not_stop_the_start(make_rig: Make, logs: list[Any]) -> None:
    """Bounded tries, then a line in the log."""

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(0)

    rig = await make_rig(served=True, menu_body=menu(GOOD), sleep=sleep)
    rig.simulator.faults.answer_code(-1, "menu/create", times=100)
    await rig.channel.start(rig.desk)
    async with asyncio.timeout(5):
        while rig.simulator.calls["menu/create"] < 6:  # noqa: ASYNC110  a test's poll
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)
    assert rig.simulator.calls["menu/create"] == 6
    assert [entry["event"] for entry in logs].count("wechat.menu_failed") == 6


async def test_an_account_without_menu_rights_is_asked_once(make_rig: Make) -> None:
    """48001: only the operator can help."""
    rig = await make_rig(served=True, menu_body=menu(GOOD))
    rig.simulator.faults.answer_code(48001, "menu/create", times=100)
    await rig.channel.start(rig.desk)
    await asyncio.sleep(0.2)
    assert rig.simulator.calls["menu/create"] == 1


async def test_stopping_while_the_menu_waits(make_rig: Make) -> None:
    rig = await make_rig(menu_body=menu(GOOD))
    await rig.channel.start(rig.desk)
    await asyncio.sleep(0.05)
    await asyncio.wait_for(rig.channel.stop(), 2)
