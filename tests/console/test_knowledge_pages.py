"""The knowledge base in the console (G2): found, edited with a preview, versions, published by role."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.console import knowledge_found
from bot.knowledge.importing import add_draft
from storage import Store
from tests.api.conftest import open_order
from tests.conftest import NOON
from tests.console.conftest import Add, Browser
from tests.knowledge.conftest import ARTICLE, write


def text_of(answer: str = "拧紧。", version: str = "1", state: str = "draft", **head: str) -> str:
    told = {"id": "drip", "title": "水龙头滴水", "language": "zh", **head}
    return ARTICLE.format(answer=answer, version=version, state=state, **told)


async def test_an_article_from_draft_to_retired(
    store: Store, browsers: Callable[[], Browser], add: Add
) -> None:
    """G2: an expert writes and previews, a supervisor publishes and retires, an agent reads."""
    add("ann")
    add("eve", "expert")
    add("boss", "supervisor")
    ann, eve, boss = browsers(), browsers(), browsers()
    for one, name in ((ann, "ann"), (eve, "eve"), (boss, "boss")):
        await one.sign_in(name)
    kept = store.run(lambda tx: add_draft(tx, text_of("<script>拧紧</script>"), "eve", NOON))
    at, edit = "/knowledge/drip", "/knowledge/drip/zh/edit"
    assert "水龙头滴水" in (await ann.get("/knowledge?q=拧紧&state=draft&language=zh")).text
    assert "<script>拧紧" not in (await ann.get(at)).text
    assert "水龙头滴水" in (await ann.get(at, **{"accept-language": "en"})).text
    assert (await ann.get(edit)).status_code == 404
    assert "---" in (await eve.get(edit)).text
    new = text_of("请拧紧**阀门**。")
    seen = await eve.post(edit, text=new, digest=kept.digest, deed="preview")
    assert "请拧紧阀门。" in seen.text
    assert store.run(lambda tx: tx.articles.all("drip"))[0].text == kept.text
    assert (await eve.post(edit, text=new, digest=kept.digest, deed="save")).status_code == 303
    late = await eve.post(edit, text=text_of("旧的"), digest=kept.digest, deed="save")
    assert (late.status_code, "别人刚刚改过" in late.text, "旧的" in late.text) == (409, True, True)
    assert (await eve.post(f"{at}/publish", language="zh", version="1")).status_code == 404
    assert (await boss.post(f"{at}/publish", language="zh", version="1")).status_code == 303
    (one,) = store.run(lambda tx: tx.articles.all("drip"))
    assert (one.state, "请拧紧**阀门**。" in one.text) == ("published", True)
    same = await eve.post(edit, text=text_of("又改"), digest=one.digest, deed="save")
    assert (same.status_code, "version" in same.text) == (422, True)
    sneaked = text_of("又改", "2", "published")
    assert (await eve.post(edit, text=sneaked, digest=one.digest, deed="save")).status_code == 303
    assert [v.state for v in store.run(lambda tx: tx.articles.all("drip"))] == ["published", "draft"]
    assert (await boss.post(f"{at}/retire", language="zh", version="1")).status_code == 303
    deeds = [one.action for one in store.run(lambda tx: tx.audit.latest(about="article:drip"))]
    assert deeds == ["article_retire", "article_edited", "article_publish", "article_edited"]


async def test_the_articles_of_the_files_are_taken_in_once(
    store: Store,
    browsers: Callable[[], Browser],
    add: Add,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """G2: a supervisor of a new desk takes in what customers are told, to change it; agents do not."""
    add("ann")
    add("boss", "supervisor")
    ann, boss = browsers(), browsers()
    await ann.sign_in("ann")
    await boss.sign_in("boss")
    write(tmp_path)
    monkeypatch.setattr(knowledge_found, "ARTICLES", tmp_path)
    assert "来自文件" in (await ann.get("/knowledge")).text
    assert "take-in" not in (await ann.get("/knowledge")).text
    assert (await ann.post("/knowledge/take-in")).status_code == 403
    broken = write(tmp_path, "broken", state="nowhere")
    refused = await boss.post("/knowledge/take-in")
    assert (refused.status_code, "kb check" in refused.text) == (422, True)
    broken.unlink()
    for _ in range(2):
        assert (await boss.post("/knowledge/take-in")).status_code == 303
    page = (await boss.get("/knowledge")).text
    assert "水龙头滴水" in page
    assert "take-in" not in page
    deeds = [one for one in store.run(lambda tx: tx.audit.latest()) if one.action == "articles_taken_in"]
    assert [one.detail["count"] for one in deeds] == [1]


async def test_texts_that_are_no_articles(store: Store, browser: Browser, add: Add) -> None:
    """G2: every mistake with its line; other ids, pictures that are not there, extra fields."""
    add("eve", "expert")
    await browser.sign_in("eve")
    kept = store.run(lambda tx: add_draft(tx, text_of(), "eve", NOON))
    edit = "/knowledge/drip/zh/edit"
    for text, words in (
        ("no article", "no article"),
        (text_of(id="other"), "stay as they are"),
        (text_of("![x](x.png)"), "x.png"),
        (text_of().replace("version: 1", "version: x"), "version"),
    ):
        wrong = await browser.post(edit, text=text, digest=kept.digest, deed="save")
        assert (wrong.status_code, words in wrong.text) == (422, True), text
    assert (await browser.post(edit, text=text_of(), state="published")).status_code == 422
    assert store.run(lambda tx: tx.articles.all("drip")) == [kept]
    for path in ("/knowledge/nothing", "/knowledge/drip/en/edit", "/knowledge/drip/xx/edit"):
        assert (await browser.get(path)).status_code == 404


async def test_gaps_and_an_article_from_an_order(store: Store, browser: Browser, add: Add) -> None:
    """G2: what was not answered, the most frequent first; only solved faults become articles, once."""
    add("eve", "expert")
    await browser.sign_in("eve")
    order = open_order(store, description="冷藏室结冰")
    for text in ("怎么除霜", "怎么除霜", "能上门吗"):
        store.run(lambda tx, t=text: tx.knowledge.gap(t, "zh", None, order.conversation_id, NOON))  # type: ignore[misc]
    page = (await browser.get("/gaps")).text
    assert page.index("怎么除霜") < page.index("能上门吗")
    at = f"/orders/{order.number}/article"
    assert (await browser.post(at)).status_code == 409
    store.run(lambda tx: tx.orders.change(tx.orders.get(order.id, lock=True), NOON, status="resolved"))
    made = await browser.post(at)
    assert made.status_code == 303
    assert "冷藏室结冰" in (await browser.get(made.headers["location"].removeprefix("/console"))).text
    again = await browser.post(at)
    assert (again.status_code, "已经写成文章" in again.text) == (409, True)
    assert (await browser.post("/orders/SR-1/article")).status_code == 404
