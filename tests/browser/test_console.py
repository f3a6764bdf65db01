"""People take over, in real browsers: a customer asks for a person, two agents race, one answers (G1, G2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.console import rights
from nlu.changed_catalogue import EDITED
from tests.browser import subjects
from tests.browser.conftest import PASSWORD, Desk, Watch
from tests.browser.test_accessibility import problems
from tests.browser.test_demo import say

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

Enter = Callable[..., Any]
WRITTEN = "words => { document.getElementById('text').value = words; }"  # and not told to the other tab yet
TAKEN_BACK = """() => {
  const form = document.createElement("form");
  Object.assign(form, { className: "take-back", action: "x/take-back" });
  document.getElementById("talk").append(form);
  form.requestSubmit();
}"""
PASTED = """words => {
  const text = document.getElementById("text");
  text.focus();
  text.setRangeText(words, 0, text.value.length, "end");
  text.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertFromPaste" }));
}"""


def opened(page: Any, words: str) -> None:
    """Open the conversation whose row shows those words, among those nobody has."""
    page.click(".views a >> nth=1")
    page.click(f".row-link:has-text('{words}')")
    page.wait_for_selector("#talk")
    page.wait_for_load_state()  # its scripts listen


def answer(page: Any, words: str) -> None:
    """Write to the customer with the keyboard alone."""
    page.fill("#text", words)
    page.press("#text", "Control+Enter")
    page.wait_for_function("() => document.getElementById('text').value === ''")


def test_two_agents_race_for_a_customer_of_the_web_page(
    visit: Enter, enter: Enter, picture: Callable[..., None], watch: Watch
) -> None:
    """G2: one gets the customer, the other is told who; words and hand-back reach all live."""
    customer = visit()
    ask(customer, "转人工")
    customer.wait_for_selector(".row.desk")
    ask(customer, "洗衣机漏水了，很急")
    first, second = enter("li.na"), enter("wang.lei")
    for agent in (first, second):
        opened(agent, "洗衣机漏水")
    watch.expect("409")
    first.click(".deeds form[action$='/move/take'] button")
    first.wait_for_selector("form[action$='/move/hand_back']")
    second.evaluate("document.querySelector(\".deeds form[action$='/move/take']\")?.requestSubmit()")
    second.wait_for_function("() => document.body.innerText.includes('李娜')")

    second.goto(first.url)  # the refusal may have been a page of its own
    second.wait_for_selector("#text")
    second.fill("#text", "我也来回复")
    first.wait_for_function("() => document.getElementById('signs').innerText.includes('王磊 正在写回复')")
    second.fill("#text", "")
    first.wait_for_function("() => document.getElementById('signs').innerText.includes('王磊 也在看')")

    first.wait_for_selector("#articles [data-mark] kbd:text('1')")  # what fits the customer's words
    first.keyboard.press("1")
    assert len(first.input_value("#text")) > 20
    assert "@" in first.input_value("[name=marks]")
    first.fill("#text", "")
    first.evaluate("document.activeElement.blur()")

    customer.reload()  # a page says it every few seconds only
    customer.wait_for_selector(".row.desk")
    customer.fill("#box", "还没好")
    first.wait_for_function("() => document.getElementById('signs').innerText.includes('客户正在输入')")
    first.locator("#text").press_sequentially("#保修多久")
    first.wait_for_selector("#replies [data-mark^='warranty-period@']")
    first.press("#text", "Enter")
    assert "12 个月" in first.input_value("#text")
    first.reload()
    assert first.input_value("[name=marks]").startswith("warranty-period@")  # kept with the draft
    answer(first, "您好，我是李娜，马上帮您看")
    customer.wait_for_function("() => document.body.innerText.includes('马上帮您看')")
    ask(customer, "好的，急用")
    first.wait_for_function(
        "() => (document.getElementById('lines')?.innerText || '').includes('好的，急用')"
    )
    assert problems(first) == []
    picture(first, "console.png")

    first.click(".deeds details.menu:has(#to) summary")
    first.select_option("#to", label="王磊 (客服)")
    first.click("form[action$='/move/assign'] button")
    first.wait_for_function("() => (document.querySelector('.talk-head')?.innerText || '').includes('王磊')")
    second.goto(first.url)
    second.wait_for_selector("form[action$='/move/hand_back']")
    answer(second, "我是王磊，明天上午师傅上门")
    customer.wait_for_function("() => document.body.innerText.includes('明天上午师傅上门')")
    second.click("form[action$='/move/hand_back'] button")
    second.wait_for_function("() => !document.querySelector(\"form[action$='/move/hand_back']\")")
    count = customer.locator(".row.desk").count()
    ask(customer, "查进度")
    customer.wait_for_function("n => document.querySelectorAll('.row.desk').length > n", arg=count)


def test_a_customer_of_wechat_is_answered_by_a_person_on_a_phone(
    visit: Enter, enter: Enter, picture: Callable[..., None]
) -> None:
    """G2: the same console on a phone, the answer within WeChat's window."""
    demo = visit("/demo", device="desktop", locale="zh-CN")
    say(demo, "wechat", "转人工")
    demo.fill("#wechat input[type=text]", "空调不制热")
    demo.press("#wechat input[type=text]", "Enter")
    agent = enter(
        "li.na", viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True, has_touch=True
    )
    opened(agent, "空调不制热")
    agent.click(".deeds form[action$='/move/take'] button")
    agent.wait_for_selector("form[action$='/move/hand_back']")
    agent.fill("#text", "检查" * 500)
    agent.wait_for_selector("#length:text-is('3000 / 2048 字节, 至少分 2 条发给客户')")
    assert problems(agent) == []
    agent.fill("#text", "检查")
    assert agent.inner_text("#length") == ""
    answer(agent, "您好，已为您安排检查")
    demo.wait_for_function("() => document.querySelector('#wechat').innerText.includes('已为您安排检查')")
    assert agent.evaluate("document.documentElement.scrollWidth <= innerWidth")
    agent.wait_for_function("() => document.getElementById('lines')?.innerText.includes('已为您安排检查')")
    left = agent.locator("#lines").evaluate("e => e.scrollHeight - e.scrollTop - e.clientHeight")
    assert left < 60  # the last words are in sight
    assert problems(agent) == []
    picture(agent, "console-phone.png")


def test_nothing_that_is_typed_gets_lost(visit: Enter, enter: Enter, watch: Watch) -> None:
    """T17: two tabs, too much at once, a page of an older sign-in, a sign-in that ended: words stay."""
    customer = visit()
    ask(customer, "转人工")
    customer.wait_for_selector(".row.desk")
    ask(customer, "烤箱打不着火")
    agent = enter("wang.lei")
    opened(agent, "烤箱打不着火")
    agent.click(".deeds form[action$='/move/take'] button")
    agent.wait_for_selector("form[action$='/move/hand_back']")

    other = agent.context.new_page()
    other.goto(agent.url)
    agent.fill("#text", "您好，先别动它")
    other.wait_for_function("() => document.getElementById('text').value === '您好，先别动它'")
    answer(other, "您好，先别动它，关好阀门")
    agent.wait_for_function("() => (document.getElementById('lines')?.innerText || '').includes('关好阀门')")
    assert agent.input_value("#text") == ""  # sent there, so not twice
    agent.evaluate(WRITTEN, "这里写的")
    other.fill("#text", "那里写的")
    agent.reload()
    assert agent.input_value("#text") == "这里写的"
    assert other.input_value("#text") == "那里写的"
    other.wait_for_selector("#apart q:text-is('这里写的')")
    agent.fill("#text", "")
    other.wait_for_selector("#apart q", state="detached")
    other.reload()
    assert other.input_value("#text") == "那里写的"
    third = agent.context.new_page()
    third.goto(agent.url)
    third.evaluate(WRITTEN, "第三处写的")
    other.fill("#text", "那里写的。")
    other.wait_for_selector("#apart q:text-is('第三处写的')")
    assert problems(other) == []
    third.close()
    other.reload()
    other.click("#apart button >> nth=0")
    assert other.input_value("#text") == "那里写的。\n第三处写的"
    assert other.locator("#apart q").count() == 0
    other.fill("#text", "")
    other.close()

    much = "很长" * 500_000
    agent.evaluate(PASTED, much)
    agent.press("#text", "Control+Enter")
    agent.wait_for_selector("#composer-problem :text('内容太长')")
    assert agent.inner_text("#length") == "1000000 / 4000 字"
    assert agent.input_value("#text") == much
    agent.fill("#text", "明天上午到")

    watch.expect("403", "401")
    agent.evaluate("() => { document.getElementById('composer').elements.csrf.value = '0'; }")
    agent.press("#text", "Control+Enter")
    agent.wait_for_selector("#composer-problem :text('已经过期')")
    agent.reload()
    assert agent.input_value("#text") == "明天上午到"

    here = agent.url
    agent.focus("#text")
    agent.context.clear_cookies()
    agent.keyboard.press("Control+Enter")  # or what the page asks by itself is refused first
    agent.wait_for_selector("#password")
    agent.fill("#name", "wang.lei")
    agent.fill("#password", PASSWORD)
    agent.click("button.w-100")
    agent.wait_for_url(here)  # and all of it is loaded
    assert agent.input_value("#text") == "明天上午到"
    answer(agent, "明天上午到")
    customer.wait_for_function("() => document.body.innerText.includes('明天上午到')")
    agent.click("form[action$='/move/hand_back'] button")
    agent.wait_for_function("() => !document.querySelector(\"form[action$='/move/hand_back']\")")


def test_a_page_is_live_however_slowly_its_scripts_come(enter: Enter) -> None:
    """T15: htmx waits for its part that listens; without it a page would be dead and say nothing."""
    agent = enter("li.na")
    for script in ("htmx.min.js", "hx-sse.min.js", "console.js"):
        agent.unroute_all()
        agent.route(f"**/{script}", lambda route: (agent.wait_for_timeout(300), route.continue_()))
        with agent.expect_request("**/console/live"):
            agent.reload()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_assistive_technology(enter: Enter, scheme: str) -> None:
    """G2: axe finds nothing on the pages that every agent sees."""
    agent = enter("wang.lei", color_scheme=scheme, reduced_motion="reduce")
    base = agent.url.partition("/console")[0] + "/console"
    for path in ("/", "/?view=resolved", "/account"):
        agent.goto(base + path)
        assert problems(agent) == [], path
        assert agent.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_axe_finds_nothing_on_any_page_of_the_console(enter: Enter, watch: Watch) -> None:
    """G2: every list and page that an administrator's menu leads to, in one session."""
    chief = enter("chief", reduced_motion="reduce")
    base = chief.url.partition("/console")[0] + "/console"
    paths = [one.removeprefix("GET ") for one in rights.pages() if one.startswith("GET ") and "{" not in one]
    away = (
        "/live",
        "/floor/live",
        "/experts/live",
        "/list",
        "/palette",
        "/alerts",
    )  # parts, streams; signing in is over
    paths = [path if path != "/catalogue/entry" else f"{path}?sort={EDITED[0]}" for path in paths]
    watch.expect("413")  # the page that says so is one of them
    found = {}
    for path in sorted(one for one in set(paths).difference(away) if not one.startswith("/sign-in")):
        chief.goto(base + path)
        assert chief.url.partition("/console")[2] == path  # led nowhere else
        found[path] = problems(chief)
    assert len(found) >= 15
    assert {path: those for path, those in found.items() if those} == {}


LOOKS_OF_THE_FLOOR = """() => {
  let looks = 0;
  window.desk.look = () => { looks += 1; };
  const hide = (value) => Object.defineProperty(document, "hidden", { value, configurable: true });
  const tell = (name) => { document.dispatchEvent(new Event(name)); return looks; };
  hide(true);
  tell("visibilitychange"); tell("changed");
  const hidden = tell("resync");
  hide(false);
  return { hidden, back: tell("visibilitychange"), seen: tell("changed") };
}"""


def test_the_floor_rests_while_its_tab_is_hidden(enter: Enter) -> None:
    """G5: nothing is fetched for nobody; on coming back it looks at once."""
    chief = enter("chief")
    chief.goto(chief.url.partition("/console")[0] + "/console/floor")
    chief.wait_for_selector("#floor .tiles")
    assert chief.evaluate(LOOKS_OF_THE_FLOOR) == {"hidden": 0, "back": 1, "seen": 2}


def test_by_the_keyboard_alone(visit: Enter, enter: Enter) -> None:
    """G2: single letters take, answer, find and settle; while somebody writes they are letters."""
    customers = []
    for words in ("键盘甲的冰箱", "键盘乙的空调"):
        customers.append(visit())
        ask(customers[-1], "转人工")
        customers[-1].wait_for_selector(".row.desk")
        ask(customers[-1], words)
    agent = enter("li.na")
    for words in ("键盘甲的冰箱", "键盘乙的空调"):
        agent.wait_for_selector(f".row-link:has-text('{words}')")
    opened(agent, "键盘甲的冰箱")
    here = agent.url
    agent.keyboard.press("r")
    agent.wait_for_function("() => document.activeElement.id === 'text'")
    keys = "pjktresn?E1"
    agent.keyboard.type(keys)
    assert agent.input_value("#text") == keys  # nothing but words
    for chord in ("Control+e", "Alt+t", "Meta+j"):
        agent.evaluate("document.activeElement.blur()")
        agent.keyboard.press(chord)
    assert (agent.url, agent.locator("dialog[open]").count()) == (here, 0)
    agent.fill("#text", "")
    agent.evaluate("document.activeElement.blur()")
    agent.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', "
        "{key: 'p', keyCode: 229, isComposing: true, bubbles: true}))"
    )
    assert agent.locator("dialog[open]").count() == 0
    agent.keyboard.press("t")
    agent.wait_for_selector("form[action$='/move/resolve']")
    agent.wait_for_load_state()

    agent.keyboard.press("r")
    agent.keyboard.type("已经修好了")
    agent.keyboard.press("Control+Shift+Enter")
    agent.wait_for_function("() => document.activeElement.value === 'resolve'")
    assert problems(agent) == []
    agent.keyboard.press("ArrowUp")
    agent.keyboard.press("Escape")
    agent.wait_for_function("() => document.activeElement.id === 'text'")
    agent.keyboard.press("Control+Shift+Enter")
    agent.keyboard.press("Enter")  # sent and resolved
    agent.wait_for_function(
        "() => document.getElementById('then').hidden && !document.getElementById('text').value"
    )
    agent.route(
        "**/take-back", lambda route: route.fulfill(json={"text": "已经修好了", "told": "还在您手上"})
    )
    agent.evaluate(TAKEN_BACK)  # the true button is there for a second only
    agent.wait_for_selector("#composer-problem :text('还在您手上')")
    assert agent.input_value("#text") == "已经修好了"
    agent.fill("#text", "")
    agent.evaluate("document.activeElement.blur()")
    agent.keyboard.press("t")
    agent.wait_for_selector("form[action$='/move/resolve']")
    agent.wait_for_load_state()

    agent.keyboard.press("?")
    agent.wait_for_selector("#shortcuts[open]")
    assert problems(agent) == []
    agent.keyboard.press("Escape")
    agent.keyboard.press("p")
    agent.keyboard.type("客户")
    agent.wait_for_selector("#palette-found [id=page-customers][aria-selected=true]")
    assert problems(agent) == []
    agent.fill("#palette input", "解决并")
    agent.wait_for_selector("#palette-found [data-run=resolve_next][aria-selected=true]")
    agent.keyboard.press("Enter")
    agent.wait_for_function("u => location.href !== u", arg=here)
    agent.wait_for_selector("#list")
    assert "/move/" not in agent.url
    agent.goto(here)
    agent.wait_for_selector("#talk")
    assert agent.locator("form[action$='/move/resolve']").count() == 0


def test_enter_sends_where_one_wishes_and_never_while_composing(visit: Enter, enter: Enter) -> None:
    """G2: with "Enter sends", the Enter that ends a Chinese composition sends nothing; shortcuts can rest."""
    customer = visit()
    ask(customer, "转人工")
    customer.wait_for_selector(".row.desk")
    ask(customer, "输入法测试")
    agent = enter("wang.lei")
    opened(agent, "输入法测试")
    here = agent.url
    agent.click(".deeds form[action$='/move/take'] button")
    agent.wait_for_selector("form[action$='/move/hand_back']")
    agent.goto(here.partition("/console")[0] + "/console/account")
    agent.check("[name=enter_sends]")
    agent.uncheck("[name=shortcuts]")
    agent.click("#preferences button")
    agent.wait_for_selector(".alert-success")
    agent.goto(here)
    agent.focus("#text")
    sent: list[str] = []
    agent.on("request", lambda request: sent.append(request.url) if request.url.endswith("/say") else None)
    wire = agent.context.new_cdp_session(agent)
    wire.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
    pressed = {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    wire.send("Input.dispatchKeyEvent", pressed)
    agent.keyboard.press("Enter")
    assert sent == []
    wire.send("Input.imeSetComposition", {"text": "", "selectionStart": 0, "selectionEnd": 0})
    agent.fill("#text", "")
    wire.send("Input.insertText", {"text": "您好，在的"})
    agent.keyboard.press("Shift+Enter")
    assert agent.input_value("#text") == "您好，在的\n"
    assert sent == []
    agent.keyboard.press("Enter")
    agent.wait_for_function("() => document.getElementById('text').value === ''")
    assert len(sent) == 1
    customer.wait_for_function("() => document.body.innerText.includes('您好，在的')")
    agent.evaluate("document.activeElement.blur()")
    agent.keyboard.press("p")
    assert agent.locator("dialog[open]").count() == 0  # switched off
    agent.click("[data-opens=palette]")
    agent.wait_for_selector("#palette[open]")


def test_every_page_about_one_thing_is_sound(enter: Enter, desk: Desk) -> None:
    """G2: nothing for axe to find, nothing beyond the edge, on a desk in daylight and on a phone at night."""
    named = {one.removeprefix("GET ") for one in rights.pages() if one.startswith("GET ") and "{" in one}
    pages = subjects.pages(desk)
    assert named == {*pages, *subjects.PARTS}
    chief = enter("chief", reduced_motion="reduce", locale="en-GB")  # the longer words
    base = chief.url.partition("/console")[0] + "/console"
    entries = ("/catalogue/entry?sort=brands&code=haier", "/catalogue/entry?sort=products")
    found: dict[str, Any] = {}
    for path in (*pages.values(), *entries):
        for width, scheme in ((1280, "light"), (390, "dark")):
            chief.set_viewport_size({"width": width, "height": 900})
            chief.emulate_media(color_scheme=scheme)
            assert chief.goto(base + path).status == 200, path
            wide = chief.evaluate(subjects.TOO_WIDE)
            beyond = chief.evaluate(subjects.BEYOND)
            found[f"{path} {scheme}"] = [*problems(chief), *(["too wide"] if wide else []), *beyond]
    assert {path: those for path, those in found.items() if those} == {}


UNSEEN = """
window.told = []; window.tones = 0;
document.hasFocus = () => false;
window.Notification = class extends EventTarget {
  static permission = "granted";
  constructor(words, how) { super(); this.words = words; window.told.push(this); }
  close() { this.closed = true; }
};
window.AudioContext = class {
  state = "suspended"; currentTime = 0; destination = {};
  resume() { this.state = "running"; return Promise.resolve(); }
  createOscillator() {
    return { frequency: {}, connect: (next) => next, start: () => { window.tones += 1; }, stop() {} };
  }
  createGain() {
    const gain = { setValueAtTime() {}, exponentialRampToValueAtTime() {} };
    return { gain, connect: (next) => next };
  }
};
"""


def test_alerts_are_heard_and_end_with_the_work(visit: Enter, enter: Enter) -> None:
    """G2: who never chose is told, heard from the first click on; after signing in anew too; done is gone."""
    agent = enter("wang.lei")
    agent.add_init_script(UNSEEN)
    agent.goto(agent.url.partition("/console")[0] + "/console/account")
    agent.click("form[action$='/sign-out'] >> nth=-1 >> button")
    agent.wait_for_selector("#password")
    agent.fill("#name", "wang.lei")
    agent.fill("#password", PASSWORD)
    agent.press("#password", "Enter")
    agent.wait_for_selector("#list")
    customer = visit()
    ask(customer, "转人工")
    customer.wait_for_selector(".row.desk")
    ask(customer, "提醒测试")
    agent.wait_for_function("() => window.told.some((one) => one.words.includes('正在排队') && !one.closed)")
    assert agent.evaluate("window.tones") == 0  # the browser lets nothing sound yet
    agent.keyboard.press("Shift")
    agent.wait_for_function("() => window.tones === 2")
    colleague = enter("li.na")
    opened(colleague, "提醒测试")
    colleague.click(".deeds form[action$='/move/take'] button")
    colleague.wait_for_selector("form[action$='/move/hand_back']")
    agent.wait_for_function("() => window.told.at(-1).closed")
    colleague.wait_for_load_state()
    colleague.keyboard.press("n")
    colleague.keyboard.type("请 @wan")
    colleague.wait_for_selector("#replies [data-call='@wang.lei ']")
    colleague.keyboard.press("Enter")
    assert colleague.input_value("#text") == "请 @wang.lei "
    colleague.keyboard.type("看一下")
    colleague.keyboard.press("Control+Enter")
    agent.wait_for_function("() => window.told.at(-1).words.includes('提到了您')")
    assert "提醒测试" not in agent.evaluate("window.told.map((one) => one.words).join()")
    colleague.click("form[action$='/move/hand_back'] button")


def ask(page: Any, words: str) -> None:
    """Say something on the web page."""
    page.fill("#box", words)
    page.press("#box", "Enter")
