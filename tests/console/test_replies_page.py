"""Canned replies in the console (G2): searched by all, written, reworded, removed by supervisors."""

from __future__ import annotations

from collections.abc import Callable

from storage import Store
from tests.console.conftest import Add, Browser


async def test_a_reply_from_first_to_last(store: Store, browsers: Callable[[], Browser], add: Add) -> None:
    """G2: added, found, reworded, taken out without formulas, removed; each deed in the audit."""
    add("ann")
    add("boss", "supervisor")
    ann, boss = browsers(), browsers()
    await ann.sign_in("ann")
    await boss.sign_in("boss")
    new = {"shortcut": "谢谢", "language": "zh", "skill": "", "text": "=谢谢您<b>"}
    assert (await ann.post("/replies", **new)).status_code == 403
    assert (await boss.post("/replies", **new)).status_code == 303
    again = await boss.post("/replies", **new)
    assert (again.status_code, "已经有这个快捷词" in again.text) == (422, True)
    for change in (
        {"shortcut": "a b"},
        {"language": "fr"},
        {"text": ""},
        {"text": "{nobody}"},
        {"active": "1"},
    ):
        assert (await boss.post("/replies", **{**new, "shortcut": "x", **change})).status_code == 422, change
    page = (await ann.get("/replies?q=谢谢&language=zh")).text
    assert "=谢谢您&lt;b&gt;" in page
    assert len(store.run(lambda tx: tx.canned.all())) > 1  # beside those that come with the program
    assert "textarea" not in page
    assert "谢谢您" not in (await ann.get("/replies?language=en")).text
    one = next(one for one in store.run(lambda tx: tx.canned.all()) if one.shortcut == "谢谢")
    assert "'=谢谢您" in (await boss.post("/replies/export", form="csv", q="谢谢")).content.decode(
        "utf-8-sig"
    )
    assert (await ann.post(f"/replies/{one.id}/text", text="x")).status_code == 404
    assert (await boss.post(f"/replies/{one.id}/text", text="{nobody}")).status_code == 422
    assert (await boss.post(f"/replies/{one.id}/text", text="多谢")).status_code == 303
    kept = store.run(lambda tx: tx.canned.get(one.id))
    assert kept is not None
    assert kept.text == "多谢"
    assert (await boss.post(f"/replies/{one.id}/remove")).status_code == 303
    for path in (f"/replies/{one.id}/remove", f"/replies/{10**30}/remove"):
        assert (await boss.post(path)).status_code == 404
    deeds = store.run(lambda tx: tx.audit.latest(about=f"reply:{one.id}"))
    assert [deed.action for deed in deeds] == ["reply_removed", "reply_reworded", "reply_added"]
