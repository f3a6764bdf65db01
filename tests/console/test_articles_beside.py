"""Articles beside a reply (G2): found as the bot finds them, put into it with their source."""

from __future__ import annotations

import re

import pytest

from bot.console.means import DeskFor
from handlers.desk import Desk
from nlu.knowledge import KnowledgeBase
from storage import Store
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.console.test_pages import arrives, at_work, out
from tests.desks import terms


@pytest.fixture
def desks(knowledge: KnowledgeBase) -> DeskFor:
    """Desks with the shipped articles."""
    return lambda tx, room, key, now: Desk(tx, room, knowledge, terms(), now, key)


async def test_articles_fit_the_customers_words_and_can_be_searched(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """G2: the newest words that articles fit count; an own search too."""
    ann = await at_work(browser, store, clock, add())
    talk = arrives(store, clock, "空调滤网怎么清洗")
    arrives(store, clock, "你好，在吗")
    beside = (await ann.get(f"/talks/{talk}/articles?part=beside")).text
    assert 'data-mark="ac-clean-filter@' in beside
    searched = (await ann.get(f"/talks/{talk}/articles?typed=七天无理由退货")).text
    assert re.search(r'id="reply-1"[^>]*data-mark="return-7-days@[\d.]+@zh"', searched)
    assert "aria-selected" in searched
    nothing = arrives(store, clock, "你好", peer="li")
    assert "data-mark" not in (await ann.get(f"/talks/{nothing}/articles?part=beside")).text
    assert (await ann.get("/talks/987654/articles")).status_code == 404
    assert (await ann.get(f"/talks/{talk}/articles?typed={'长' * 5000}")).status_code == 200


async def test_a_reply_keeps_the_articles_it_quotes(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """D2, G2: article and version stand in the message and in the history; invented ones do not."""
    ann = await at_work(browser, store, clock, add())
    talk = arrives(store, clock, "空调滤网怎么清洗")
    await ann.post(f"/talks/{talk}/move/take")
    found = re.findall(r'data-mark="([^"]+)"', (await ann.get(f"/talks/{talk}/articles?part=beside")).text)
    article, version, language = found[0].split("@")
    marks = f"{found[0]} no-such@1@zh <b>@1@zh {found[0]}"
    sent = await ann.post(f"/talks/{talk}/say", kind="reply", text="请这样清洗滤网", key="a", marks=marks)
    assert sent.status_code == 303
    assert out(store) == [("agent", "请这样清洗滤网")]
    last = store.run(lambda tx: tx.conversations.get(talk)).last_seq
    kept = store.run(lambda tx: tx.messages.by_seq(talk, last))
    assert kept is not None
    quoted = {"article": article, "version": version, "spoken": language}
    assert kept.body["custom"] == {"quoted": [quoted]}
    page = (await ann.get(f"/talks/{talk}/live")).text
    assert f'href="/console/knowledge/{article}">{article}</a> v{version}' in page
    await ann.post(f"/talks/{talk}/say", kind="reply", text="还有问题吗", key="b", marks="x@1@zh")
    plain = store.run(lambda tx: tx.messages.by_seq(talk, last + 1))
    assert plain is not None
    assert "custom" not in plain.body
