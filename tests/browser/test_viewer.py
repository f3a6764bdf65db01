"""Photos of a conversation, large (G2), in a real browser of the size of a telephone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Watch
from tests.browser.test_accessibility import problems
from tests.browser.test_console import Enter, ask

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]


def test_photos_are_looked_at_large_and_files_are_sent(
    visit: Enter, enter: Enter, photo: Path, watch: Watch
) -> None:
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
    several_files_leave_once(agent, watch, photo)
    customer.wait_for_selector(".row.agent a[download]")
    assert customer.inner_text(".row.agent a[download]") == "说明书.pdf"
    with customer.expect_download() as saved:
        customer.click(".row.agent a[download]")
    assert (saved.value.suggested_filename, saved.value.path().read_bytes()) == ("说明书.pdf", b"%PDF-1.7")
    assert customer.locator(".row.agent .photo img").count() == 1
    assert problems(customer) == []


DROP = """name => {
    const held = new DataTransfer();
    held.items.add(new File(["%PDF-1.7"], name, { type: "application/pdf" }));
    document.getElementById("lines").dispatchEvent(
        new DragEvent("drop", { dataTransfer: held, bubbles: true, cancelable: true }));
}"""


def several_files_leave_once(agent: Any, watch: Watch, photo: Path) -> None:
    """G2, T12: the answer to the first is lost, it is sent again: each once, the words with the first."""
    watch.expect("ERR_FAILED", "Failed to load")
    paper = "说明书.pdf"
    agent.set_input_files("#files", [photo, photo])
    agent.evaluate(DROP, paper)
    rows = agent.locator("#files-chosen li")
    assert [one.strip() for one in agent.locator("#files-chosen bdi").all_inner_texts()] == [
        photo.name, photo.name, paper,
    ]  # fmt: skip
    agent.wait_for_function(
        "() => document.querySelectorAll('#files-chosen canvas:not([hidden])').length === 2"
    )
    assert problems(agent) == []
    rows.nth(1).locator("button").click()
    agent.fill("#text", "请看说明书")
    lost: list[str] = []

    def lose(route: Any) -> None:
        if lost:
            return route.continue_()
        lost.append(route.fetch().text())
        route.abort()

    agent.route("**/upload", lose)
    agent.click("#send")
    agent.wait_for_selector("#composer-problem .alert")
    assert rows.count() == 2
    agent.click("#send")
    agent.wait_for_function("() => document.querySelectorAll('#lines .by-agent').length === 2")
    agent.wait_for_function("() => document.querySelector('#composer [name=text]').value === ''")
    first, second = agent.locator("#lines .by-agent").all()
    assert first.locator("img.photo").count() == 1
    assert "请看说明书" in first.inner_text()
    assert paper in second.inner_text()
    assert "请看说明书" not in second.inner_text()
    agent.wait_for_selector("#files-chosen", state="hidden")
