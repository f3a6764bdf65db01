"""A long conversation in a real browser (G2): earlier words, links to one message, what comes meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.console.reading import LINES
from storage import Store, open_store
from storage.signs import CUSTOMER
from tests.browser.conftest import Desk, Watch
from tests.browser.test_accessibility import problems
from tests.browser.test_console import Enter
from tests.console.test_pages import arrives

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

SAID = LINES + 60
AT_END = """() => {
  const lines = document.getElementById("lines");
  return lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 2;
}"""
TOP = "n => document.querySelector(`#m-${n}`).getBoundingClientRect().top"


@pytest.fixture
def store(desk: Desk) -> Iterator[Store]:
    """The running desk's database."""
    opened = open_store(f"sqlite:///{desk.folder / 'baoxiu.sqlite3'}")
    yield opened
    opened.close()


def says(store: Store, words: str, peer: str = "history") -> int:
    """The customer writes, and pages hear of it."""
    now = datetime.now(UTC)
    talk = arrives(store, lambda: now, words, peer=peer, name="话多的客户")  # type: ignore[arg-type]
    store.run(lambda tx: tx.live.note([talk], now))
    return talk


def test_reading_back_is_not_disturbed(store: Store, enter: Enter) -> None:
    """G2: earlier lines come above what is read, new ones are counted below; a link leads to one message."""
    for number in range(1, SAID + 1):
        talk = says(store, f"这是第 {number} 句")
    agent = enter("li.na")
    agent.goto(f"{agent.url.partition('/console')[0]}/console/talks/{talk}?view=all")
    agent.wait_for_load_state()
    first = SAID - LINES + 1
    agent.wait_for_function(AT_END)
    agent.evaluate("document.getElementById('lines').scrollTop = 0")
    before = agent.evaluate(TOP, first)
    agent.click("#earlier")
    agent.wait_for_selector("#m-1")
    assert abs(agent.evaluate(TOP, first) - before) < 2
    says(store, "还在吗")
    agent.wait_for_selector("#newer:has-text('1 条新消息')")
    says(store, "请回复")
    agent.wait_for_selector("#newer:has-text('2 条新消息')")
    assert agent.locator("#m-1").count() == 1  # what was fetched stays
    assert abs(agent.evaluate(TOP, first) - before) < 2
    assert problems(agent) == []
    agent.click("#newer")
    agent.wait_for_function(f"() => ({TOP})({SAID + 2}) < innerHeight")
    agent.wait_for_selector("#newer", state="hidden")

    link = agent.get_attribute("#m-30 .meta a", "href")
    agent.goto(agent.url.partition("/console")[0] + link)
    agent.wait_for_load_state()
    shown = agent.evaluate(TOP, 30)
    assert 0 < shown < 900
    store.run(lambda tx: tx.signs.show(talk, CUSTOMER, True, datetime.now(UTC)))
    says(store, "真的没人吗")
    agent.wait_for_selector("#newer:not([hidden])")
    agent.wait_for_selector(".row-link[aria-current] .writes:has-text('客户正在输入')")
    assert abs(agent.evaluate(TOP, 30) - shown) < 2


def test_a_reply_is_begun_at_the_desk_and_ended_on_the_phone(
    store: Store, enter: Enter, watch: Watch
) -> None:
    """G2, T17: a draft goes where its agent goes; sent there, it is gone; what is unsaved is kept."""
    watch.expect("ERR_FAILED")
    talk = says(store, "洗衣机不转", "drafts")
    desktop, phone = enter("li.na"), enter("li.na", viewport={"width": 390, "height": 844})
    place = f"{desktop.url.partition('/console')[0]}/console/talks/{talk}"
    desktop.goto(place)
    desktop.wait_for_load_state()
    desktop.click(".deeds form[action$='/move/take'] button")
    desktop.wait_for_selector("form[action$='/move/hand_back']")
    desktop.wait_for_load_state()

    def begin(page: Any, words: str) -> None:
        with page.expect_response("**/draft") as answer:
            page.fill("#text", words)
        assert answer.value.status == 204

    begin(desktop, "您好，请问")
    phone.goto(place)
    phone.wait_for_load_state()
    assert phone.input_value("#text") == "您好，请问"
    desktop.reload()
    assert desktop.input_value("#text") == "您好，请问"
    begin(phone, "您好，请问型号是？")
    phone.click("#send")
    phone.wait_for_function("() => !document.getElementById('text').value")
    desktop.reload()
    desktop.wait_for_selector(".by-agent:has-text('您好，请问型号是？')")
    assert desktop.input_value("#text") == ""
    phone.reload()
    assert phone.input_value("#text") == ""

    desktop.route("**/draft", lambda route: route.abort())  # the desk hears nothing of it
    desktop.fill("#text", "只在这台电脑上")
    begin(phone, "在手机上写的")
    desktop.reload()
    assert desktop.input_value("#text") == "在手机上写的"
    assert "只在这台电脑上" in desktop.inner_text("#apart")
    phone.goto(place.partition("/talks")[0] + "/?view=mine")
    phone.wait_for_selector(".row-link:has(.begun):has-text('在手机上写的')")
