"""The demo page: simulated customers reach the desk through the platforms' own protocols (A1)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]


def theirs(page: Any, phone: str) -> list[str]:
    return page.locator(f"#{phone} .theirs .speech").all_inner_texts()


def say(page: Any, phone: str, text: str) -> None:
    """Say it and wait for the answer."""
    before = len(theirs(page, phone))
    page.fill(f"#{phone} input[type=text]", text)
    page.press(f"#{phone} input[type=text]", "Enter")
    waits(page, phone, before)


def waits(page: Any, phone: str, before: int) -> None:
    page.wait_for_function(
        "([phone, n]) => document.querySelectorAll(`#${phone} .theirs`).length > n", arg=[phone, before]
    )


def test_both_customers_side_by_side(visit: Callable[..., Any], picture: Callable[..., None]) -> None:
    page = visit(
        "/demo",
        device="desktop",
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": 1280, "height": 1100},
    )
    page.locator("#samples button").first.click()
    page.wait_for_selector("#telegram .inline button")
    page.wait_for_selector("#wechat .mine")
    waits(page, "wechat", 1)
    for phone in ("telegram", "wechat"):
        assert "BCD-216" in page.locator(f"#{phone} .mine .speech").first.inner_text()
    picture(page, "demo.png")


def test_telegram_buttons_photo_contact_and_place(visit: Callable[..., Any], photo: Path) -> None:
    page = visit("/demo", device="desktop", locale="zh-CN")
    page.locator("#telegram .keys button").click()
    waits(page, "telegram", 0)
    say(page, "telegram", "海尔冰箱不制冷")
    before = len(theirs(page, "telegram"))
    page.locator("#telegram .inline button").first.click()
    waits(page, "telegram", before)
    for act in ("location", "contact"):
        before = len(theirs(page, "telegram"))
        page.click("#telegram .attach")
        page.click(f"#telegram [data-act={act}]")
        waits(page, "telegram", before)
    before = len(theirs(page, "telegram"))
    page.set_input_files("#telegram input[type=file]", photo)
    waits(page, "telegram", before)
    page.wait_for_function("() => document.querySelector('#telegram .mine img')?.naturalWidth > 0")


def test_wechat_menu_photo_and_choices(visit: Callable[..., Any], photo: Path) -> None:
    page = visit("/demo", device="phone")
    page.click("[data-phone=wechat]")
    page.wait_for_selector("#wechat .theirs")
    menu = page.locator("#wechat .account-menu > button")
    assert menu.count() == 3
    before = len(theirs(page, "wechat"))
    menu.nth(1).click()
    waits(page, "wechat", before)
    before = len(theirs(page, "wechat"))
    menu.nth(2).click()
    page.locator("#wechat .submenu button").last.click()
    waits(page, "wechat", before)
    say(page, "wechat", "海尔冰箱不制冷")
    say(page, "wechat", "1")
    before = len(theirs(page, "wechat"))
    page.set_input_files("#wechat input[type=file]", photo)
    waits(page, "wechat", before)
    page.wait_for_function("() => document.querySelector('#wechat .mine img')?.naturalWidth > 0")


def test_a_narrow_page_shows_one_phone(visit: Callable[..., Any]) -> None:
    page = visit("/demo")
    assert page.locator("#telegram").is_visible()
    assert not page.locator("#wechat").is_visible()
    page.click("[data-phone=wechat]")
    assert page.locator("#wechat").is_visible()
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.locator("#wechat").is_visible()


def test_markup_is_shown_as_text(visit: Callable[..., Any]) -> None:
    page = visit("/demo", device="desktop")
    text = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    for phone in ("telegram", "wechat"):
        say(page, phone, text)
        assert text in page.locator(f"#{phone} .mine .speech").first.inner_text()
        assert page.locator(f"#{phone} .mine img").count() == 0


def test_a_new_customer_starts_afresh(visit: Callable[..., Any]) -> None:
    page = visit("/demo", device="desktop")
    say(page, "telegram", "hello")
    page.locator(".telegram .fresh").click()
    page.wait_for_function("() => document.querySelectorAll('#telegram .said').length === 0")
    assert page.locator("#telegram .keys button").is_visible()


def test_languages_and_links(visit: Callable[..., Any]) -> None:
    page = visit("/demo", device="desktop")
    heading = page.locator("h1").inner_text()
    page.click("#language")
    assert page.locator("h1").inner_text() != heading
    page.click(".main-link")
    page.wait_for_selector("body[data-ready]")
    assert page.url.endswith("/chat")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
