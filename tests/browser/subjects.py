"""Pages about one thing, each with one that there is: order, customer, article, conversation …"""

from __future__ import annotations

from datetime import UTC, datetime

from bot.knowledge.importing import add_draft
from storage import Store, Tx, open_store
from tests.api.conftest import complain, open_order
from tests.browser.conftest import Desk
from tests.knowledge.conftest import ARTICLE

PARTS = (
    "/static/{name}", "/media/{attachment_id:int}", "/talks/{talk_id:int}/live", "/talks/{talk_id:int}/signs",
    "/talks/{talk_id:int}/side", "/talks/{talk_id:int}/orders/new/{kind}", "/talks/{talk_id:int}/replies",
    "/talks/{talk_id:int}/articles", "/talks/{talk_id:int}/colleagues",
)  # fmt: skip
"""Addresses that are no pages of their own."""
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def pages(desk: Desk) -> dict[str, str]:
    """The address of each by its route; written into the running desk's database."""
    store = open_store(f"sqlite:///{desk.folder / 'baoxiu.sqlite3'}")
    try:
        return _told(store, datetime.now(UTC))
    finally:
        store.close()


def _told(store: Store, now: datetime) -> dict[str, str]:
    told = {"description": LONG, "symptoms": ["no_cooling"], "address": f"上海市浦东新区{LONG}1号"}
    order = open_order(store, "a fault", now=now, **told)
    complaint = open_order(store, "a complaint", "complaint", now, complaint_words=LONG)
    complain(store, complaint, cause=LONG, statement_due_at=now)

    def work(tx: Tx) -> None:
        tx.customers.remember(order.customer_id, now, name=LONG)
        tx.reports.draw("2026-W09", [order.id], now)
        head = {"id": "drip", "title": "水龙头滴水", "language": "zh", "version": "1", "state": "draft"}
        add_draft(tx, ARTICLE.format(answer=LONG, **head), "eve", now)

    store.run(work)
    return {
        "/talks/{talk_id:int}": f"/talks/{order.conversation_id}",
        "/customers/{customer_id:int}": f"/customers/{order.customer_id}",
        "/orders/{number}": f"/orders/{order.number}",
        "/complaints/{number}": f"/complaints/{complaint.number}",
        "/samples/{number}": f"/samples/{order.number}",
        "/knowledge/{article}": "/knowledge/drip",
        "/knowledge/{article}/{language}/edit": "/knowledge/drip/zh/edit",
    }


TOO_WIDE = """() => [document.documentElement, ...document.querySelectorAll(".topbar > .sections, .facts")]
  .some((e) => e.scrollWidth > e.clientWidth + 1)"""
"""Whether the page, the menu or what is known of a thing has to be moved to be seen."""
BEYOND = """() => [...document.querySelectorAll("main *")].filter((e) => {
  const box = e.getBoundingClientRect();
  if (!box.width || box.right <= innerWidth + 1) return false;
  for (let p = e.parentElement; p && p.tagName !== "MAIN"; p = p.parentElement)
    if (getComputedStyle(p).overflowX !== "visible") return false;
  return true;
}).slice(0, 3).map((e) => `beyond the edge: ${e.outerHTML.slice(0, 120)}`)"""
"""What is cut off at the right, where nothing around it scrolls."""
