"""Photos of a conversation, large (G2), in a real browser of the size of a telephone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.test_accessibility import problems
from tests.browser.test_console import Enter, ask

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]


def test_photos_are_looked_at_large(visit: Enter, enter: Enter, photo: Path) -> None:
    """G2: a photo of the history opens over the page, arrows go on, Escape leads back to where one was."""
    customer = visit()
    ask(customer, "转人工")
    customer.wait_for_selector(".row.desk")
    ask(customer, "照片测试")
    for count in (1, 2):
        customer.set_input_files("#files", photo)
        customer.click("#send")
        customer.wait_for_function(
            "n => document.querySelectorAll('.row.you .photo img').length === n", arg=count
        )
    agent = enter("li.na", viewport={"width": 390, "height": 844})
    agent.goto(agent.url.partition("/console")[0] + "/console/?view=unassigned&sort=activity")
    agent.locator(".row-link").first.click()
    agent.wait_for_selector("#talk")
    agent.wait_for_load_state()
    agent.keyboard.press("t")
    agent.wait_for_selector("form[action$='/move/resolve']")
    agent.wait_for_load_state()
    agent.wait_for_function("() => document.querySelectorAll('#lines a > img.photo').length === 2")
    here = agent.url
    agent.focus("#lines a:has(> img.photo) >> nth=0")
    agent.keyboard.press("Enter")
    agent.wait_for_selector("#viewer[open]")
    agent.wait_for_function("() => document.querySelector('#viewer img').naturalWidth === 320")
    assert problems(agent) == []
    first = agent.get_attribute("#viewer img", "src")
    agent.keyboard.press("ArrowRight")
    assert agent.get_attribute("#viewer img", "src") != first
    assert agent.inner_text("#viewer output") == "2 / 2"
    agent.keyboard.press("ArrowRight")
    assert agent.get_attribute("#viewer img", "src") == first
    assert agent.evaluate("document.getElementById('viewer').getBoundingClientRect().right <= innerWidth")
    agent.keyboard.press("Escape")
    agent.wait_for_selector("#viewer", state="hidden")
    agent.wait_for_function("() => document.activeElement.matches('a:has(> img.photo)')")
    assert agent.url == here
