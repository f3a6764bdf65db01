"""What assistive technology and a keyboard find (WCAG 2.2 AA as far as axe can tell)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def problems(page: Any) -> list[str]:
    """What axe finds, one line each."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page, options={"runOnly": RULES}).response["violations"]
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_the_chat(visit: Callable[..., Any], device: str, scheme: str) -> None:
    page = visit(device=device, color_scheme=scheme, reduced_motion="reduce")
    assert problems(page) == []
    page.fill("#box", "海尔冰箱不制冷")
    page.press("#box", "Enter")
    page.wait_for_selector(".row.desk .choice:visible")
    page.click("#more")
    assert problems(page) == []


@pytest.mark.parametrize(("device", "scheme"), [("desktop", "light"), ("desktop", "dark"), ("phone", "dark")])
def test_the_demo(visit: Callable[..., Any], device: str, scheme: str) -> None:
    page = visit("/demo", device=device, color_scheme=scheme)
    page.locator("#samples button").first.click()
    page.wait_for_selector("#telegram .inline button")
    page.wait_for_selector("#wechat .theirs", state="attached")
    assert problems(page) == []
    if device == "phone":
        page.click("[data-phone=wechat]")
        page.wait_for_selector("#wechat .theirs")
        assert problems(page) == []


def test_by_keyboard_alone(visit: Callable[..., Any]) -> None:
    page = visit(device="desktop")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "box"
    page.keyboard.type("My fridge does not cool")
    page.keyboard.press("Enter")
    page.wait_for_selector(".row.desk .choice:visible")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    assert "choice" in page.evaluate("document.activeElement.className")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelectorAll('.row.you').length === 2")


def test_new_messages_are_announced_and_old_ones_are_not(visit: Callable[..., Any]) -> None:
    page = visit()
    log = page.locator("#log")
    assert log.get_attribute("role") == "log"
    assert log.get_attribute("aria-live") == "polite"
    page.fill("#box", "你好")
    page.press("#box", "Enter")
    page.wait_for_selector(".row.desk")
    page.evaluate("window.first = document.querySelector('.row.desk')")
    page.fill("#box", "帮助")
    page.press("#box", "Enter")
    page.wait_for_function("() => document.querySelectorAll('.row.desk').length >= 2")
    assert page.evaluate("window.first === document.querySelector('.row.desk')")


def test_it_works_without_horizontal_scrolling_on_a_small_phone(visit: Callable[..., Any]) -> None:
    page = visit(viewport={"width": 320, "height": 568})
    page.fill("#box", "https://example.test/" + "x" * 300)
    page.press("#box", "Enter")
    page.wait_for_selector(".row.desk")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    demo = visit("/demo", viewport={"width": 320, "height": 568})
    assert demo.evaluate("document.documentElement.scrollWidth <= innerWidth")
    english = visit("/demo", viewport={"width": 360, "height": 640}, locale="en-GB")
    assert english.evaluate("document.documentElement.scrollWidth <= innerWidth")
