"""A long conversation in a real browser (G2): earlier words, links to one message, what comes meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.console.reading import LINES
from storage import Store, open_store
from storage.signs import CUSTOMER
from tests.browser.conftest import Desk
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


def says(store: Store, words: str) -> int:
    """The customer writes, and pages hear of it."""
    now = datetime.now(UTC)
    talk = arrives(store, lambda: now, words, peer="history", name="话多的客户")  # type: ignore[arg-type]
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
