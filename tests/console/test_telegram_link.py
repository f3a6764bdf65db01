"""An agent links their Telegram account from the console (G3): used once, refused, unlinked, audited."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from bot.console import PREFIX
from bot.console.app import build_console
from bot.http import build_http
from bot.settings import Settings
from bot.telegram_desk import linking
from bot.voice import DeskVoice
from storage import Store
from tests.conftest import Clock
from tests.console.conftest import PASSWORD, Add, Browser
from tests.desks import desk_for
from tests.spoken import dialogue

CODE = re.compile(r"/link ([0-9A-Z]{4}(?:-[0-9A-Z]{4}){2})<")


@pytest.fixture
async def with_group(store: Store, clock: Clock) -> AsyncIterator[Callable[[], Browser]]:
    """Browsers of a console whose desk has a Telegram group."""
    settings = Settings.model_validate({"channels": {"telegram": {"desk": {"group": -100}}}})
    console = build_console(
        store, settings, clock, DeskVoice(dialogue()), lambda channel, account: None, desk_for
    )
    app = build_http([], max_body=10_000, max_upload=10_000, mounted={PREFIX: console})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk.test") as http:
        yield lambda: Browser(http)


async def test_a_code_of_the_account_page_links_once_in_time(
    store: Store, clock: Clock, with_group: Callable[[], Browser], add: Add
) -> None:
    """G3: made with the password, used once within its minutes; a newer one ends it; all of it is audited."""
    li, browser = add(), with_group()
    await browser.sign_in()
    assert "/console/account/telegram" in (await browser.get("/account")).text
    assert "还没有关联" in (await browser.get("/account/telegram")).text
    wrong = await browser.post("/account/telegram", old="not mine")
    assert (wrong.status_code, CODE.search(wrong.text)) == (422, None)
    first, second = [
        CODE.findall((await browser.post("/account/telegram", old=PASSWORD)).text)[0] for _ in range(2)
    ]

    def sends(code: str, account: str) -> str | None:
        return store.run(lambda tx: linking.redeem(tx, code, account, clock()))

    assert [sends(first, "7"), sends("AAAA-AAAA-AAAA", "7"), sends("", "7")] == [None] * 3
    assert (sends(second, "7"), sends(second, "8")) == ("李娜", None)
    assert "已关联" in (await browser.get("/account/telegram")).text
    late = CODE.findall((await browser.post("/account/telegram", old=PASSWORD)).text)[0]
    clock.forward(minutes=15)
    assert sends(late, "9") is None
    await browser.get("/account/telegram")
    assert (await browser.post("/account/telegram/end")).status_code == 303
    assert store.run(lambda tx: tx.telegram_links.user("7")) is None
    deeds = [
        (one.action, one.user_id, one.address)
        for one in store.run(lambda tx: tx.audit.latest())
        if one.action.startswith("telegram_")
    ][::-1]
    made, refused = ("telegram_code_made", li.id, "127.0.0.1"), ("telegram_code_refused", None)
    assert deeds == [
        made, made, (*refused, "telegram:7"), (*refused, "telegram:7"), (*refused, "telegram:7"),
        ("telegram_linked", li.id, "telegram:7"), (*refused, "telegram:8"), made, (*refused, "telegram:9"),
        ("telegram_unlinked", li.id, "127.0.0.1"),
    ]  # fmt: skip
    assert not any(code in repr(store.run(lambda tx: tx.audit.latest())) for code in (first, second, late))


async def test_without_a_group_there_is_no_code(browser: Browser, add: Add) -> None:
    """G3: the page says what is missing; a form sent all the same makes nothing."""
    add()
    await browser.sign_in()
    page = await browser.get("/account/telegram")
    assert "channels.telegram.desk.group" in page.text
    answer = await browser.post("/account/telegram", old=PASSWORD)
    assert (answer.status_code, CODE.search(answer.text)) == (404, None)
