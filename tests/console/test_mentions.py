"""Colleagues called in notes (G2): whoever is meant finds it in a view, counted, until they look."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from bot.console.mentioning import called
from storage import Store
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.console.test_alerts import called as alerts
from tests.console.test_pages import arrives, at_work


def counted(page: str) -> int:
    """The number beside the view of mentions."""
    found = re.search(r'view=mentions"[^>]*>[^<]*<span class="count">(\d+)', page)
    assert found is not None
    return int(found[1])


async def test_a_colleague_is_called_and_looks(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G2: offered while one types, in notes alone; a view, a count and an alert, live, until it is opened."""
    ann = await at_work(browsers(), store, clock, add("ann", shown="安"))
    bob = await at_work(browsers(), store, clock, add("bob.li", shown="博"))
    talk = arrives(store, clock, name="王芳")
    await ann.post(f"/talks/{talk}/move/take")
    for typed, names in (("", ["@bob.li "]), ("BOB", ["@bob.li "]), ("博", ["@bob.li "]), ("ann", [])):
        offered = (await ann.http.get(f"/console/talks/{talk}/colleagues", params={"typed": typed})).text
        assert re.findall(r'data-call="([^"]+)"', offered) == names, typed
    assert (await ann.get("/talks/987654/colleagues")).status_code == 404

    await ann.post(f"/talks/{talk}/say", kind="reply", text="@bob.li 您好", key="k0")
    assert counted((await bob.get("/")).text) == 0  # words to customers call nobody
    newest = store.run(lambda tx: tx.live.newest())
    for _ in range(2):
        await ann.post(f"/talks/{talk}/say", kind="note", text="@bob.li 看一下，@ann 不用", key="k1")
    assert talk in [one for _, one in store.run(lambda tx: tx.live.recent(clock(), newest))]
    assert counted((await bob.get("/")).text) == 1
    assert counted((await ann.get("/")).text) == 0
    assert f'href="/console/talks/{talk}?' in (await bob.get("/?view=mentions")).text
    assert f"mention:{talk}" in await alerts(bob)
    await bob.get(f"/talks/{talk}/live", **{"x-visible": "no", "hx-request": "true"})
    assert counted((await bob.get("/")).text) == 1  # nobody looked
    await bob.get(f"/talks/{talk}")
    assert counted((await bob.get("/")).text) == 0
    assert f"mention:{talk}" not in await alerts(bob)
    await ann.post(f"/talks/{talk}/say", kind="note", text="＠博 再看一下", key="k2")
    assert counted((await bob.get("/")).text) == 1


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@li.na 看一下", {"li.na"}),
        ("@李娜看一下", {"li.na"}),
        ("＠LI.NA.", {"li.na"}),
        ("@li，@li.na", {"li", "li.na"}),
        ("@lisa", set()),
        ("li.na@li.example", set()),
        ("@王小明来", {"wang.xm"}),
        ("@王小", {"wang"}),
        ("@", set()),
    ],
)
def test_who_is_meant(store: Store, add: Add, text: str, names: set[str]) -> None:
    """G2: the longest name that fits; a name that goes on is another's."""
    people = {"li.na": "李娜", "li": "李", "wang.xm": "王小明", "wang": "王小"}
    users = [add(name, shown=shown) for name, shown in people.items()]
    ids = {one.id: one.name for one in users}
    assert {ids[one] for one in called(text, users)} == names
