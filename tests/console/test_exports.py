"""Exports of lists (G2, E9): what the list shows, by role, without formulas, in the audit."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable

import httpx
import pytest

from bot.console import rights
from bot.knowledge.importing import add_draft
from storage import Store
from tests.api.conftest import open_order
from tests.conftest import NOON
from tests.console.conftest import Add, Browser
from tests.console.test_knowledge_pages import text_of

FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def rows(answer: httpx.Response) -> list[list[str]]:
    """The rows behind the heading of a CSV in which no cell is a formula."""
    assert "attachment" in answer.headers["content-disposition"], answer.text
    found = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert not [cell for row in found for cell in row if cell.startswith(FORMULAS)]
    return found[1:]


async def test_customers_are_taken_out_as_they_were_looked_for(
    store: Store, browsers: Callable[[], Browser], add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E9: the search's own customers; numbers as the page shows them but to who may export personal data."""
    add("boss", "supervisor")
    add("ann")
    boss, ann = browsers(), browsers()
    await boss.sign_in("boss")
    await ann.sign_in("ann")
    order = open_order(store)
    store.run(lambda tx: tx.customers.remember(order.customer_id, NOON, name="@张伟", phone="+8613800138000"))
    other = store.run(lambda tx: tx.customers.add(NOON))
    gone = store.run(lambda tx: tx.customers.add(NOON))
    store.run(lambda tx: tx.customers.change(tx.customers.get(gone), NOON, erased_at=NOON))
    assert (await ann.post("/customers/export", form="csv")).status_code == 403
    assert "/customers/export" not in (await ann.get("/customers")).text
    assert "/customers/export" in (await boss.get("/customers?q=8000")).text
    full = [str(order.customer_id), "'@张伟", "13800138000", "普通", "2026-03-02"]
    for words in ("8000", "张伟", "138 0013 8000"):
        (one,) = rows(await boss.post("/customers/export", form="csv", q=words))
        assert [one[0], one[1], one[2].removeprefix("'").removeprefix("+86"), *one[3:]] == full, words
    assert [row[0] for row in rows(await boss.post("/customers/export", form="csv"))] == [full[0], str(other)]
    assert (await boss.post("/customers/export", form="xlsx")).content[:2] == b"PK"
    may = rights.has
    monkeypatch.setattr(rights, "has", lambda role, right: right != "personal.export" and may(role, right))
    ((*_, phone, _level, _since),) = rows(await boss.post("/customers/export", form="csv", q="8000"))
    assert phone == "138****8000"
    for wrong in ({"form": "exe"}, {"form": "csv", "level": "key"}):
        assert (await boss.post("/customers/export", **wrong)).status_code == 422
    deeds = [one for one in store.run(lambda tx: tx.audit.latest(9)) if one.action == "customers_exported"]
    assert [one.detail for one in deeds[-5:]] == [{"full": True}] * 5
    assert {"full": False} in [one.detail for one in deeds]


async def test_articles_are_taken_out_as_table_and_files(
    store: Store, browsers: Callable[[], Browser], add: Add
) -> None:
    """D1: by the list's filters; the ZIP holds the files that `kb export` writes."""
    add("boss", "supervisor")
    add("eve", "expert")
    boss, eve = browsers(), browsers()
    await boss.sign_in("boss")
    await eve.sign_in("eve")
    drip, leak = text_of(title="=1+1"), text_of(id="leak", title="漏水", state="published")
    store.run(lambda tx: (add_draft(tx, drip, "eve", NOON), add_draft(tx, leak, "eve", NOON)))
    assert (await eve.post("/knowledge/export", form="zip")).status_code == 403
    (one,) = rows(await boss.post("/knowledge/export", form="csv", q="拧紧", state="draft", language="zh"))[
        :1
    ]
    assert one[:5] == ["drip", "'=1+1", "中文", "1", "草稿"]
    assert "拧紧" in one[-1]
    taken = await boss.post("/knowledge/export", form="zip", q="漏水")
    with zipfile.ZipFile(io.BytesIO(taken.content)) as archive:
        (name,) = archive.namelist()
        text = archive.read(name).decode()
    kept = store.run(lambda tx: tx.articles.all("leak"))[0]
    assert (name, text) == (kept.file or "zh/leak.md", kept.text)
    assert rows(await boss.post("/knowledge/export", form="csv", q="nothing")) == []
    deeds = store.run(lambda tx: tx.audit.latest(9))
    assert [one.detail for one in deeds if one.action == "articles_exported"] == [
        {"form": "csv"}, {"form": "zip"}, {"form": "csv"},
    ]  # fmt: skip


async def test_the_catalogue_is_taken_out(store: Store, browsers: Callable[[], Browser], add: Add) -> None:
    """G2: the entries looked for, with their names in both languages."""
    add("boss", "supervisor")
    add("ann")
    boss, ann = browsers(), browsers()
    await boss.sign_in("boss")
    await ann.sign_in("ann")
    assert (await ann.post("/catalogue/export", form="csv")).status_code == 403
    found = rows(await boss.post("/catalogue/export", form="csv", q="冰箱", sort="products"))
    assert ["产品", "refrigerator", "冰箱", "refrigerator"] in [row[:4] for row in found]
    assert {row[0] for row in found} == {"产品"}
    assert store.run(lambda tx: tx.audit.latest(1))[0].action == "catalogue_exported"
