"""The web chat through a browser, on a real desk (A1, A2, C1, C8, C10)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

ORDER = re.compile(r"SR-\d{12}")
CHINESE = {
    "不试了，直接报修": "tap",
    "确认提交": "tap",
    "一年以内": "tap",
    "称呼": "王小明",
    "地址": "上海市浦东新区张江路88号3号楼501室",
    "型号": "BCD-216",
}
ENGLISH = {
    "Skip, send someone": "tap",
    "Submit": "tap",
    "Within a year": "tap",
    "name": "Anna Smith",
    "address": "Room 501, 88 Zhangjiang Road, Pudong, Shanghai",
    "model": "BCD-216",
}


def say(page: Any, text: str) -> None:
    page.fill("#box", text)
    page.press("#box", "Enter")


def heard(page: Any) -> list[str]:
    """The desk's bubbles, oldest first."""
    return page.locator(".row.desk .bubble").all_inner_texts()


def said(page: Any) -> list[str]:
    """The customer's bubbles, oldest first."""
    return page.locator(".row.you .bubble").all_inner_texts()


def offered(page: Any) -> list[str]:
    """The choices that can be tapped now."""
    return page.locator(".row .choice:visible").all_inner_texts()


def answered(page: Any, act: Callable[[], None]) -> str:
    """Do it and return what the desk answered."""
    before = page.locator(".row.desk").count()
    act()
    page.wait_for_function("n => document.querySelectorAll('.row.desk').length > n", arg=before)
    page.wait_for_function("() => !document.querySelector('.row.pending')")
    return heard(page)[-1]


def until_order(page: Any, script: dict[str, str]) -> str:
    """Answer whatever is asked, by button or by words, until there is an order number."""
    for _ in range(12):
        last, choices = heard(page)[-1], offered(page)
        if found := ORDER.search(last):
            return found[0]
        for cue, reply in script.items():
            if reply == "tap" and cue in choices:
                tap = page.locator(".choice:visible", has_text=cue)
                answered(page, tap.first.click)
                break
            if reply != "tap" and re.search(cue, last, re.I):
                answered(page, lambda reply=reply: say(page, reply))
                break
        else:
            answered(page, lambda: say(page, "跳过" if script is CHINESE else "skip"))
    raise AssertionError(f"no order number after many answers: {heard(page)}")


def test_a_whole_report_in_chinese_on_a_phone(
    visit: Callable[..., Any], picture: Callable[..., None], photo: Path
) -> None:
    page = visit()
    assert page.locator(".welcome").is_visible()
    answered(page, lambda: say(page, "我家海尔冰箱BCD-216不制冷，昨天开始的，电话13800138000"))
    assert len(offered(page)) >= 2
    page.set_input_files("#files", photo)
    assert page.locator("#ready img").count() == 1
    answered(page, lambda: page.click("#send"))
    page.wait_for_function("() => document.querySelector('.row.you .photo img').naturalWidth > 0")
    picture(page, "web-chat-photo.png")
    number = until_order(page, CHINESE)
    assert "13800138000" in said(page)[0]
    progress = answered(page, lambda: say(page, "我的单子到哪了"))
    assert number in progress

    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert number in heard(page)[-1]
    assert "确认提交" in said(page)
    page.wait_for_function("() => document.querySelector('.row.you .photo img').naturalWidth > 0")
    assert page.locator(".welcome").count() == 0
    keys = [row.get_attribute("class") for row in page.locator(".row").all()]
    assert len(keys) == len(heard(page)) + len(said(page)) + 1  # the photo has no bubble


def test_the_picture_of_the_readme(visit: Callable[..., Any], picture: Callable[..., None]) -> None:
    page = visit(viewport={"width": 390, "height": 1080})
    answered(page, lambda: say(page, "我家海尔冰箱BCD-216不制冷，昨天开始的，电话13800138000"))
    for choice in ("不试了，直接报修", "一年以内"):
        tap = page.locator(".choice:visible", has_text=choice)
        if tap.count():
            answered(page, tap.first.click)
    for _ in range(4):
        if "确认提交" in offered(page):
            break
        last = heard(page)[-1]
        reply = "王小明" if "称呼" in last else CHINESE["地址"] if "地址" in last else "跳过"
        answered(page, lambda reply=reply: say(page, reply))
    assert "确认提交" in offered(page)
    page.mouse.move(0, 0)
    page.locator("#thread").focus()
    picture(page, "web-chat.png")


def test_a_whole_report_in_english_on_a_desktop(
    visit: Callable[..., Any], picture: Callable[..., None]
) -> None:
    page = visit(device="desktop")
    assert page.locator("html").get_attribute("lang") == "en"
    answered(page, lambda: page.locator(".welcome .choice").first.click())
    answered(
        page, lambda: say(page, "My Haier fridge BCD-216 stopped cooling yesterday, call +8613800138000")
    )
    until_order(page, ENGLISH)
    assert not any(re.search("[\u4e00-\u9fff]", text) for text in heard(page))
    picture(page, "web-chat-desktop.png")


def test_a_number_or_words_do_what_the_button_does(visit: Callable[..., Any]) -> None:
    """C10."""
    page = visit()
    answered(page, lambda: say(page, "海尔冰箱不制冷"))
    by_button = [answered(page, lambda: page.locator(".choice:visible").nth(1).click())]
    assert by_button
    other = visit()
    answered(other, lambda: say(other, "海尔冰箱不制冷"))
    assert answered(other, lambda: say(other, "2")) == by_button[0]


def test_used_choices_vanish(visit: Callable[..., Any]) -> None:
    page = visit()
    answered(page, lambda: say(page, "海尔冰箱不制冷"))
    rows = page.locator(".row.desk")
    first = rows.nth(rows.count() - 1)
    assert first.locator(".choice:visible").count() >= 2
    answered(page, lambda: first.locator(".choice:visible").first.click())
    assert first.locator(".choice:visible").count() == 0


def test_markup_is_shown_as_text(visit: Callable[..., Any]) -> None:
    page = visit()
    payloads = [
        "<img src=x onerror=alert(1)>",
        "<script>document.title='hacked'</script>",
        '"><svg/onload=alert(1)>',
        "javascript:alert(1)",
        "{{7*7}} ${7*7}",
        "\u202egnp.exe <b>bold</b>",
    ]
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    for text in payloads:
        answered(page, lambda text=text: say(page, text))
    assert [t.replace("\u202e", "") for t in said(page)] == [t.replace("\u202e", "") for t in payloads]
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.locator("#messages img:not(.avatar)").count() == 0
    assert page.locator("#messages script, #messages b, #messages svg[onload]").count() == 0
    assert "hacked" not in page.title()


def test_enter_while_composing_does_not_send(visit: Callable[..., Any]) -> None:
    page = visit(device="desktop")
    page.fill("#box", "bing xiang")
    for event in ({"isComposing": True}, {"keyCode": 229}):
        page.eval_on_selector(
            "#box",
            "(box, extra) => box.dispatchEvent("
            "new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true, ...extra}))",
            event,
        )
    page.press("#box", "Shift+Enter")
    assert said(page) == []
    assert page.input_value("#box") == "bing xiang\n"
    page.press("#box", "Enter")
    page.wait_for_selector(".row.you")
    assert said(page) == ["bing xiang"]


def test_the_language_can_be_switched_before_and_within_a_chat(visit: Callable[..., Any]) -> None:
    page = visit()
    page.click("#language")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("#send").get_attribute("aria-label") == "Send"
    assert said(page) == []
    assert re.search("[a-z]{3}", answered(page, lambda: say(page, "hello")))
    answered(page, lambda: page.click("#language"))
    assert re.search("[\u4e00-\u9fff]", answered(page, lambda: say(page, "2")))
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.locator("html").get_attribute("lang") == "zh-CN"


def test_two_tabs_of_one_visitor_stay_alike(visit: Callable[..., Any]) -> None:
    page = visit()
    tab = page.context.new_page()
    tab.goto(page.url)
    tab.wait_for_selector("body[data-ready]")
    answered(page, lambda: say(page, "你好"))
    tab.wait_for_selector(".row.desk")
    assert (heard(tab), said(tab)) == (heard(page), said(page))


def test_two_visitors_are_apart(visit: Callable[..., Any]) -> None:
    page, other = visit(), visit()
    answered(page, lambda: say(page, "你好"))
    other.wait_for_timeout(300)
    assert heard(other) == said(other) == []


def test_many_lines_are_written_in_order(visit: Callable[..., Any]) -> None:
    """Sent faster than they are answered, they arrive in order and once each."""
    page = visit(device="desktop")
    lines = [f"第{number}句话" for number in range(6)]
    for line in lines:
        say(page, line)
    page.wait_for_function("() => document.querySelectorAll('.row.desk').length >= 6")
    assert said(page) == lines
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert said(page) == lines


def test_a_failed_send_is_repeated_under_the_same_id(visit: Callable[..., Any], watch: Any) -> None:
    """I2: the first answer is lost on the way, the customer is heard once."""
    watch.expect("ERR_FAILED", "Failed to load")
    page = visit()
    ids: list[str] = []

    def lose_first(route: Any) -> None:
        ids.append(route.request.post_data_json["id"])
        if len(ids) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/chat/messages", lose_first)
    page.route("**/chat/stream*", lambda route: route.abort())
    page.reload()
    page.wait_for_selector("body[data-ready]")
    say(page, "你好")
    deadline = time.monotonic() + 10
    while len(ids) < 2 and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    assert len(ids) == 2
    assert len(set(ids)) == 1
    page.unroute_all()
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert said(page) == ["你好"]


def test_offline_is_said_and_what_was_written_is_sent_later(visit: Callable[..., Any], watch: Any) -> None:
    watch.expect("ERR_INTERNET_DISCONNECTED", "Failed to load")
    page = visit()
    page.context.set_offline(True)
    page.wait_for_selector("#banner:visible")
    say(page, "断网时写的")
    page.wait_for_selector(".row.failed .retry")
    assert page.locator(".row.desk").count() == 0
    page.context.set_offline(False)
    page.wait_for_selector(".row.desk")
    page.wait_for_selector("#banner", state="hidden")
    assert said(page) == ["断网时写的"]
    assert page.locator(".row.failed").count() == 0


def test_a_crash_of_the_desk_costs_the_customer_nothing(
    visit: Callable[..., Any], watch: Any, desk: Any
) -> None:
    """I1: the page comes back by itself, with what was said before and what was written meanwhile."""
    watch.expect("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED", "ERR_CONNECTION_RESET", "Failed to load")
    page = visit()
    first = answered(page, lambda: say(page, "海尔冰箱不制冷"))
    desk.kill()
    page.wait_for_selector("#banner:visible")
    say(page, "2")
    page.wait_for_selector(".row.pending, .row.failed")
    desk.start()
    page.wait_for_function("() => document.querySelectorAll('.row.desk').length === 2", timeout=60_000)
    page.wait_for_selector("#banner", state="hidden", timeout=60_000)
    assert heard(page)[0] == first
    assert said(page) == ["海尔冰箱不制冷", "2"]
    assert page.locator(".row.failed, .row.pending").count() == 0


def test_a_file_of_no_kind_we_take_is_refused_kindly(
    visit: Callable[..., Any], tmp_path: Path, watch: Any
) -> None:
    watch.expect("Failed to load resource.*415", "ERR_")
    text, liar = tmp_path / "note.txt", tmp_path / "liar.png"
    text.write_text("hello")
    liar.write_text("<svg onload=alert(1)>")
    page = visit()
    page.set_input_files("#files", text)
    page.wait_for_selector("#toast:visible")
    assert page.locator("#ready li").count() == 0
    page.set_input_files("#files", liar)
    page.click("#send")
    page.wait_for_selector(".row.failed")
    assert "PDF" in page.locator(".row.failed .stamp").inner_text()


def test_the_place_is_shared_when_permitted(visit: Callable[..., Any]) -> None:
    place = {"latitude": 31.2304, "longitude": 121.4737}
    page = visit(geolocation=place, permissions=["geolocation"])
    page.click("#more")
    answered(page, lambda: page.click("[data-act=location]"))
    assert "31.23040" in page.locator(".row.you .place").inner_text()
    refused = visit()
    refused.click("#more")
    refused.click("[data-act=location]")
    refused.wait_for_selector("#toast:visible")


@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_only_the_thread_scrolls(visit: Callable[..., Any], device: str) -> None:
    """A long conversation leaves header and message box where they are."""
    page = visit(device=device, locale="zh-CN")
    for number in range(8):
        answered(page, lambda number=number: say(page, f"你好\n\n{number}"))
    frames = "[document.scrollingElement, document.getElementById('app')]"
    assert page.evaluate(f"{frames}.every(e => e.scrollHeight <= e.clientHeight)")
    page.evaluate("document.querySelectorAll('.unseen').forEach(e => e.scrollIntoView())")
    assert page.evaluate(f"{frames}.every(e => !e.scrollTop)")
    for selector in (".top", "#composer", ".hotline"):
        box = page.locator(selector).bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= page.viewport_size["height"]


def test_reading_above_is_not_disturbed(visit: Callable[..., Any]) -> None:
    page = visit(viewport={"width": 390, "height": 420})
    for number in range(5):
        answered(page, lambda number=number: say(page, f"你好 {number}"))
    page.eval_on_selector("#thread", "thread => { thread.scrollTop = 0; }")
    page.wait_for_selector("#pill:visible")
    tab = page.context.new_page()
    tab.goto(page.url)
    tab.wait_for_selector("body[data-ready]")
    answered(tab, lambda: say(tab, "从另一页"))
    page.wait_for_function("() => document.getElementById('pill-words').textContent !== ''")
    assert page.eval_on_selector("#thread", "thread => thread.scrollTop") < 50
    page.click("#pill")
    page.wait_for_selector("#pill", state="hidden")


RECORDED = """() => {
  navigator.mediaDevices.getUserMedia = async () => new AudioContext().createMediaStreamDestination().stream;
}"""


def test_voice_and_documents_are_sent_on_a_phone(visit: Callable[..., Any], tmp_path: Path) -> None:
    """A2: recorded in the page or chosen, previewed by name, played and saved; nothing breaks the policy."""
    paper = tmp_path / "发票.pdf"
    paper.write_bytes(b"%PDF-1.7 invoice")
    page = visit()
    page.set_input_files("#papers", paper)
    assert page.locator("#ready li").inner_text() == "发票.pdf"
    answered(page, lambda: page.click("#send"))
    anchor = page.locator(".row.you a[download]")
    assert anchor.inner_text() == "发票.pdf"
    page.evaluate(RECORDED)
    page.click("#more")
    page.click("[data-act=voice]")
    page.wait_for_selector("#recording:visible")
    page.wait_for_timeout(400)
    answered(page, lambda: page.click("#record-send"))
    assert page.locator("#recording").is_hidden()
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.locator(".row.you audio").count() == 1
    assert page.locator(".row.you a[download]").get_attribute("href").endswith(".pdf")
    overflow = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) == 0
