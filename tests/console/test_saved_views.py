"""Lists kept under a name (G2): one's own, everybody's, counted, checked whenever they are used."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.console.saved_views import MOST
from storage import Store
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.console.test_pages import arrives, at_work


def views(page: str) -> list[tuple[str, str, str]]:
    """Name, address and count of each that the page shows."""
    (box,) = re.findall(r'<ul class="views saved">(.*?)</ul>', page, re.S) or [""]
    found = re.findall(r'href="([^"]+)".*?<bdi>(.*?)</bdi> <span class="count">(.*?)<', box)
    return [(name, path.removeprefix("/console").replace("&amp;", "&"), count) for path, name, count in found]


async def test_a_view_is_kept_counted_and_removed(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G2: own ones are one's own; a supervisor's can be everybody's, and agents cannot change those."""
    ann = await at_work(browsers(), store, clock, add("ann"))
    boss = await at_work(browsers(), store, clock, add("boss", "supervisor"))
    arrives(store, clock, peer="a")
    kept = await ann.post(
        "/views", name="<b>网页</b>", query="view=unassigned&channel=web&q=13800138000&more=2"
    )
    assert kept.headers["location"] == "/console/?view=unassigned&channel=web&channel-how=is"
    await boss.post("/views", name="等久了", query="view=waiting&age=5&sort=priority", shared="1")
    (shared, own) = views((await ann.get("/")).text)
    assert own == ("&lt;b&gt;网页&lt;/b&gt;", "/?view=unassigned&channel=web&channel-how=is", "1")
    assert (shared[0], shared[2]) == ("等久了", "0")
    clock.forward(minutes=6)
    arrives(store, clock, peer="b")
    assert [one[2] for one in views((await ann.get("/list?view=mine")).text)] == ["1", "2"]
    assert (await ann.get(own[1])).text.count('class="row-box"') == 2
    assert [one[0] for one in views((await boss.get("/")).text)] == ["等久了"]
    (everybodys, anns) = store.run(lambda tx: tx.saved_views.of(1))
    assert (await boss.post(f"/views/{anns.id}/remove")).status_code == 404
    assert (await ann.post("/views/99/rename", name="x")).status_code == 404
    assert (await ann.post(f"/views/{everybodys.id}/rename", name="x")).status_code == 422
    assert (await ann.post("/views", name="x", query="view=mine", shared="1")).status_code == 422
    assert (await ann.post(f"/views/{anns.id}/rename", name="新客户")).status_code == 303
    assert views((await ann.get("/")).text)[1][0] == "新客户"
    await ann.post(f"/views/{anns.id}/remove")
    await boss.post(f"/views/{everybodys.id}/remove")
    assert views((await ann.get("/")).text) == []
    actions = [one.action for one in store.run(lambda tx: tx.audit.latest(about=f"view:{anns.id}"))]
    assert actions == ["view_removed", "view_renamed", "view_kept"]


async def test_views_that_are_none(store: Store, clock: Clock, browser: Browser, add: Add) -> None:
    """Bad input: a filter that there is not, no name, too many; one that is outdated says so."""
    user = add()
    ann = await at_work(browser, store, clock, user)
    for form in (
        {"name": "", "query": "view=mine"},
        {"name": "x" * 41, "query": "view=mine"},
        {"name": "x", "query": "sort=' OR 1=1"},
        {"name": "x", "query": "owner=abc"},
        {"name": "x", "query": "view=mine", "user_id": "2"},
    ):
        assert (await ann.post("/views", **form)).status_code == 422
    assert store.run(lambda tx: tx.saved_views.of(user.id)) == []
    store.run(lambda tx: tx.saved_views.add(user.id, "从前的", "view=mine&level=gone", clock()))
    page = (await ann.get("/")).text
    assert ("筛选条件已不存在" in page, views(page)) == (True, [])
    for number in range(MOST - 1):
        assert (await ann.post("/views", name=f"v{number}", query="view=mine")).status_code == 303
    assert "最多保存 20 个" in (await ann.post("/views", name="v", query="view=mine")).text
