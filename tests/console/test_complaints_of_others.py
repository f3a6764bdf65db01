"""What agents complain of in other consoles: docs/console.md says which test holds each line (G2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from storage import Store
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.console.test_pages import arrives, at_work, out

ROOT = Path(__file__).resolve().parents[2]
_ROWS = re.compile(r"^\| (?!complaint|---)(.+)\|$", re.MULTILINE)
_NAMED = re.compile(r"\[`(test_\w+)`\]\(\.\./([\w/]+\.py)\)")


def test_every_complaint_names_tests_that_are_there() -> None:
    """G2: a test that is renamed or gone is missed here."""
    part = (ROOT / "docs" / "console.md").read_text(encoding="utf-8").split("## What agents complain of")[1]
    rows = _ROWS.findall(part)
    assert len(rows) >= 12
    for row in rows:
        named = _NAMED.findall(row)
        assert named, row
        for name, file in named:
            assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), (name, file)


async def test_all_of_a_list_is_more_than_its_page(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """G2: a page shows 50 rows; what is done with all of the list reaches those behind them."""
    ann = await at_work(browser, store, clock, add("ann"))
    talks = [arrives(store, clock, peer=f"p{n}") for n in range(53)]
    assert (await ann.get("/?view=all")).text.count('class="row-box"') == 50
    assert "53 个会话" in (await ann.post("/bulk", deed="expert", scope="all", view="all")).text
    await ann.post("/bulk", deed="expert", scope="all", view="all", sure="yes")
    assert store.run(lambda tx: tx.inbox.counts(1))["expert"] == len(talks)


async def test_a_search_ends_at_no_month_and_at_no_ten(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """G2: words of more than a year ago are found, in every conversation that holds them."""
    for n in range(12):
        arrives(store, clock, "压缩机嗡嗡响", peer=f"p{n}")
    clock.forward(days=400)
    arrives(store, clock, "洗衣机不转", peer="new")
    ann = await at_work(browser, store, clock, add("ann"))
    assert (await ann.get("/list?view=all&q=压缩机")).text.count('class="row-box"') == 12


async def test_what_is_written_is_in_no_part_that_is_renewed(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """T17: when a colleague changes hands, the part that comes anew holds no field, so it wipes no draft."""
    ann = await at_work(browsers(), store, clock, add("ann", shown="安"))
    boss = await at_work(browsers(), store, clock, add("boss", "supervisor", "主管"))
    talk = arrives(store, clock)
    await ann.post(f"/talks/{talk}/move/take")
    assert 'id="text"' in (await ann.get(f"/talks/{talk}")).text
    assert (await boss.post(f"/talks/{talk}/move/take_over")).status_code == 303
    renewed = (await ann.get(f"/talks/{talk}/live")).text
    assert "主管" in renewed
    assert "<textarea" not in renewed
    refused = await ann.post(f"/talks/{talk}/say", kind="reply", text="写了一半", key="a")
    assert refused.status_code == 409
    assert out(store) == []
