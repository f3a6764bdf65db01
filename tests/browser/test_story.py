"""One story from the first word to the rating, with everybody in a browser (G1, G2, E2, F4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.browser.conftest import Watch
from tests.browser.test_console import Enter, answer, opened

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

ORDER = re.compile(r"SR-\d{12}")
FAULT = {
    "name": "周敏",
    "phone": "13900139000",
    "address": "上海市浦东新区世纪大道100号8楼",
    "product": "油烟机",
    "description": "不吸烟",
}
Visit = Callable[..., Any]


@dataclass
class Talker:
    """A page on which a customer talks: where they write, and where what the desk says stands."""

    page: Any
    box: str
    bubbles: str

    def says(self, words: str) -> None:
        """Write that."""
        self.page.fill(self.box, words)
        self.page.press(self.box, "Enter")

    def hears(self, words: str) -> str:
        """Wait for a message of the desk with these words; the newest such."""
        found = self.page.locator(self.bubbles, has_text=words).last
        found.wait_for()
        return str(found.inner_text())


def of_web(visit: Visit) -> Talker:
    """On the web page, on a phone."""
    return Talker(visit(), "#box", ".row:not(.you) .bubble")


def of_wechat(visit: Visit) -> Talker:
    """On the simulated WeChat of the demo page."""
    page = visit("/demo", device="desktop", locale="zh-CN")
    return Talker(page, "#wechat input[type=text]", "#wechat .theirs .speech")


@pytest.mark.parametrize("channel", [of_web, of_wechat])
def test_from_asking_for_a_person_to_the_rating(
    visit: Visit, enter: Enter, watch: Watch, channel: Callable[[Visit], Talker]
) -> None:
    """Two agents race; one answers and transfers, the other opens an order and closes it; then a rating."""
    customer, matter = channel(visit), f"油烟机不吸烟 {channel.__name__}"
    customer.says("转人工")
    customer.hears("已为您转人工")
    customer.says(matter)
    first, second = enter("li.na"), enter("wang.lei")
    url = raced(first, second, matter, watch)

    answer(first, "您好，我请负责安排的同事帮您")
    customer.hears("我请负责安排的同事")
    first.click(".deeds details.menu:has(#to) summary")
    first.select_option("#to", label="王磊 (客服)")
    first.click("form[action$='/move/assign'] button")
    first.locator(".talk-head .about", has_text="王磊").wait_for()
    second.goto(url)
    number = orders(second, customer)
    assert number in customer.hears("已为您登记")
    second.locator("#lines", has_text=number).wait_for()  # nothing is settled that was not seen

    second.click("form[action$='/move/hand_back'] button")
    customer.hears("同事已处理完")
    customer.says(f"{number} 到哪了")
    customer.hears("🟡")
    second.goto(f"{url.partition('/talks/')[0]}/orders/{number}")
    for move in ("accept", "resolve", "close"):
        moves(second, move)
    customer.hears("这次服务您满意吗")
    customer.says("满意")
    customer.hears("谢谢您的肯定")
    customer.says("师傅很专业")
    customer.hears("已经记下")
    second.reload()
    assert "师傅很专业" in second.locator(".past").inner_text()


def raced(first: Any, second: Any, matter: str, watch: Watch) -> str:
    """Both want the conversation, the first gets it and the second is told; its address."""
    for agent in (first, second):
        opened(agent, matter)
    watch.expect("409")
    first.click(".deeds form[action$='/move/take'] button")
    first.wait_for_selector("form[action$='/move/hand_back']")
    second.evaluate("document.querySelector(\".deeds form[action$='/move/take']\")?.requestSubmit()")
    second.wait_for_function("() => document.body.innerText.includes('李娜')")
    return str(first.url)


def orders(agent: Any, customer: Talker) -> str:
    """Open a fault report beside the conversation; what the customer adds meanwhile wipes nothing."""
    agent.wait_for_selector("form[action$='/move/hand_back']")
    held: list[Any] = []
    agent.route("**/side", lambda route: held.append(route))
    customer.says("今天能修好吗")
    while not held:
        agent.wait_for_timeout(20)
    agent.click("#side a[href$='/orders/new/fault']")
    for name, value in FAULT.items():
        agent.fill(f"#side [name={name}]", value)
    with agent.expect_response("**/side"):
        held[0].continue_()
    agent.unroute("**/side")
    agent.click("#side form[action$='/orders/new/fault'] .btn-primary")
    agent.wait_for_selector("#side .orders li strong")
    return ORDER.findall(agent.inner_text("#side-orders"))[0]


def moves(agent: Any, move: str) -> None:
    """Move the order on its page."""
    agent.select_option("select[name=move]", value=move)
    agent.fill("textarea[name=reason]", "换了风机电容")
    before = agent.locator(".past li").count()
    agent.click("form[action$='/move'] .btn-primary")
    agent.wait_for_function("n => document.querySelectorAll('.past li').length > n", arg=before)
