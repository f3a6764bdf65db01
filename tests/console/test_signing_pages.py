"""The console's entrance through HTTP (I3): cookies, forms of other sites, headers, what pages say."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import Clock
from tests.console.conftest import PASSWORD, Add, Browser


async def test_in_and_out(browser: Browser, add: Add) -> None:
    """I3: a page asks to sign in and is there afterwards; signed out, it is closed again."""
    add()
    asked = await browser.get("/account")
    assert (asked.status_code, asked.headers["location"]) == (303, "/console/sign-in?next=/console/account")
    entered = await browser.post("/sign-in", name="li.na", password=PASSWORD, next="/console/account")
    assert entered.headers["location"] == "/console/account"
    cookie = entered.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=43200"))
    page = await browser.get("/account")
    assert "李娜" in page.text
    left = await browser.post("/sign-out")
    assert left.headers["location"] == "/console/sign-in"
    assert (await browser.get("/account")).status_code == 303


async def test_wrong_and_locked_are_told(browser: Browser, add: Add) -> None:
    """I3: what went wrong is said in words, the name stays, the lock says how long."""
    add()
    for _ in range(5):
        wrong = await browser.post("/sign-in", name='"><b>', password="x")
    assert wrong.status_code == 401
    assert "用户名或密码不对" in wrong.text
    assert 'value="&#34;&gt;&lt;b&gt;"' in wrong.text
    locked = await browser.post("/sign-in", name='"><b>', password="x")
    assert (locked.status_code, locked.headers["retry-after"]) == (429, "60")
    assert "60 秒" in locked.text


@pytest.mark.parametrize(
    "wanted", ["https://evil.test", "//evil.test", "/consolefoo", "/console/\\evil", "/console//x"]
)
async def test_sign_in_leads_to_no_other_site(browser: Browser, add: Add, wanted: str) -> None:
    """I3: an address handed to the sign-in page leads nowhere but into the console."""
    add()
    entered = await browser.post("/sign-in", name="li.na", password=PASSWORD, next=wanted)
    assert entered.headers["location"] == "/console"


async def test_forms_need_the_token_of_their_session(browsers: Callable[[], Browser], add: Add) -> None:
    """I3: no token, another session's token, another site: refused, and nothing happens."""
    add()
    one, other = browsers(), browsers()
    await one.sign_in()
    await other.sign_in()
    page, one.page = one.page, ""
    assert (await one.post("/sign-out")).status_code == 403
    one.page = other.page
    assert (await one.post("/sign-out")).status_code == 403
    one.page = page
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.test"}):
        refused = await one.post("/sign-out", headers=headers)
        assert refused.status_code == 403
        assert "别的网站" in refused.text
        assert (
            await one.post("/sign-in", name="li.na", password=PASSWORD, headers=headers)
        ).status_code == 403
    assert (await one.get("/account")).status_code == 200


async def test_an_expired_session_sends_parts_of_pages_away(browser: Browser, add: Add, clock: Clock) -> None:
    """I3: what a page fetches by itself says 401 and where to sign in."""
    add()
    await browser.sign_in()
    clock.forward(hours=13)
    answer = await browser.get("/account", **{"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/console/sign-in?next=/console")
    there = {"hx-request": "true", "referer": "http://desk.test/console/talks/5?view=mine"}
    for request in (browser.get("/talks/5/live", **there), browser.post("/talks/5/say", headers=there)):
        led = (await request).headers["hx-redirect"]
        assert led == "/console/sign-in?next=/console/talks/5%3Fview%3Dmine"
    foreign = await browser.get("/account", **{"hx-request": "true", "referer": "https://evil.test//evil"})
    assert foreign.headers["hx-redirect"] == "/console/sign-in?next=/console"
    assert "您的登录已结束" in (await browser.get("/sign-in?next=/console/talks/5")).text
    browser.http.cookies.clear()
    assert "您的登录已结束" not in (await browser.get("/sign-in")).text


async def test_headers_of_every_answer(browser: Browser) -> None:
    """I3: a strict content policy without inline scripts or styles, also on errors and files."""
    for path in ("/sign-in", "/account", "/nothing", "/static/console.js", "/static/nothing"):
        answer = await browser.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
    page = await browser.get("/sign-in")
    assert page.headers["cache-control"] == "no-store"
    assert " style=" not in page.text
    assert "<script>" not in page.text


async def test_a_new_password_ends_the_other_sessions(browsers: Callable[[], Browser], add: Add) -> None:
    """I3: whoever else was signed in with the old password is out at once (CVE-2021-3740 elsewhere)."""
    add()
    mine, other = browsers(), browsers()
    await mine.sign_in()
    await other.sign_in()
    new = "battery staple"
    wrong = await mine.post("/account/password", old="no", new=new, again=new)
    assert "当前密码不对" in wrong.text
    differ = await mine.post("/account/password", old=PASSWORD, new=new, again=new + "r")
    assert "不一样" in differ.text
    weak = await mine.post("/account/password", old=PASSWORD, new="short", again="short")
    assert weak.status_code == 422
    assert (await other.get("/account")).status_code == 200
    changed = await mine.post("/account/password", old=PASSWORD, new=new, again=new)
    assert "密码已修改" in changed.text
    assert (await other.get("/account")).status_code == 303
    assert (await mine.get("/account")).status_code == 200
    assert (await other.post("/sign-in", name="li.na", password=PASSWORD)).status_code == 401


async def test_language_and_colours(browser: Browser) -> None:
    """G2: Chinese and English, light and dark, kept by the browser."""
    assert "用户名" in (await browser.get("/sign-in")).text
    assert "User name" in (await browser.get("/sign-in", **{"accept-language": "en-GB"})).text
    await browser.post("/looks", console_language="en", console_theme="dark", next="/console/sign-in")
    page = await browser.get("/sign-in")
    assert "User name" in page.text
    assert 'data-bs-theme="dark"' in page.text


async def test_the_old_password_cannot_be_guessed(browser: Browser, add: Add, clock: Clock) -> None:
    """I3: at somebody's open page, too, tries are counted, also when the right one comes too late."""
    add()
    await browser.sign_in()
    new = "battery staple"
    for _ in range(5):
        wrong = await browser.post("/account/password", old="no", new=new, again=new)
        assert wrong.status_code == 422
    late = await browser.post("/account/password", old=PASSWORD, new=new, again=new)
    assert late.status_code == 429
    assert "60 秒" in late.text
    clock.forward(seconds=61)
    assert "密码已修改" in (await browser.post("/account/password", old=PASSWORD, new=new, again=new)).text
