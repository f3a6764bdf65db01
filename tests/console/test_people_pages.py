"""Users, roles and the audit in the console (G2, I3): made, changed, shut by administrators only."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from urllib.parse import urlencode

from storage import Store
from tests.conftest import Clock
from tests.console.conftest import PASSWORD, Add, Browser
from tests.console.test_taking import employee


def once(page: str) -> str:
    """The one-time password that the page shows."""
    return re.findall(r'class="once">([^<]+)<', page)[0]


async def test_a_user_from_first_to_last_day(store: Store, browsers: Callable[[], Browser], add: Add) -> None:
    """I3: added with a password that holds once, promoted, reset, signed out, shut; each in the audit."""
    add("root", "admin")
    root, new = browsers(), browsers()
    await root.sign_in("root")
    made = await root.post("/users", name="Wang", shown="<b>王</b>", role="agent", staff="")
    assert made.status_code == 201
    await new.sign_in("wang", once(made.text))
    for path in ("", "/orders", "/list"):
        assert (await new.get(path)).headers["location"] == "/console/account"
    assert "先设置自己的新密码" in (await new.get("/account")).text
    mine = "battery staple"
    same = await new.post(
        "/account/password", old=once(made.text), new=once(made.text), again=once(made.text)
    )
    assert "换一个" in same.text
    await new.post("/account/password", old=once(made.text), new=mine, again=mine)
    assert (await new.get("/orders")).status_code == 200
    user = store.run(lambda tx: tx.users.named("wang"))
    assert user is not None
    assert "&lt;b&gt;王&lt;/b&gt;" in (await root.get("/users")).text
    assert (await root.post(f"/users/{user.id}/role", role="supervisor")).status_code == 303
    assert (await new.get("/orders")).status_code == 303  # signed out by it
    reset = await root.post(f"/users/{user.id}/password")
    assert (await new.post("/sign-in", name="wang", password=mine)).status_code == 401
    await new.sign_in("wang", once(reset.text))
    assert (await root.post(f"/users/{user.id}/sign-out")).status_code == 303
    assert (await new.get("/account")).status_code == 303
    assert (await root.post(f"/users/{user.id}/disable")).status_code == 303
    assert (await new.post("/sign-in", name="wang", password=once(reset.text))).status_code == 401
    actions = [one.action for one in store.run(lambda tx: tx.audit.latest(about=f"user:{user.id}"))]
    assert actions == [
        "user_disabled", "signed_out_by_admin", "password_reset", "role_changed", "password_changed",
        "user_added",
    ]  # fmt: skip


async def test_users_are_found_described_and_taken_out(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """G2, I3: by name, code, role and state; what they are called and who they are changes, on record."""
    add("root", "admin")
    ann, bob = add("ann", "agent", "=安"), add("bob", "supervisor")
    store.run(lambda tx: tx.staff.employ([employee("E17"), employee("E18")], clock()))
    await browser.sign_in("root")

    async def found(**asked: str) -> list[str]:
        page = (await browser.get(f"/users?{urlencode(asked)}")).text
        return re.findall(r"<tr>\s*<td>(\w+)</td>", page)

    assert await found() == ["ann", "bob", "root"]
    assert (await found(q="安"), await found(role="supervisor")) == (["ann"], ["bob"])
    assert (await browser.post(f"/users/{ann.id}/about", shown="安娜", staff="E17")).status_code == 303
    assert await found(q="e17", state="active") == ["ann"]
    assert (await browser.post(f"/users/{ann.id}/about", shown="安娜", staff="E17")).status_code == 303
    for form, words in (({"staff": "E17"}, "已经"), ({"staff": "E99"}, "没有这个工号")):
        refused = await browser.post(f"/users/{bob.id}/about", **form)
        assert (refused.status_code, words in refused.text) == (409, True)
    assert (await browser.post(f"/users/{bob.id}/about", role="admin")).status_code == 422
    assert (await browser.post("/users/9999/about", shown="x")).status_code == 404
    await browser.post(f"/users/{bob.id}/disable")
    assert await found(state="shut") == ["bob"]
    await browser.post(f"/users/{ann.id}/about", shown="=安", staff="")
    taken = await browser.post("/users/export", q="", role="agent", state="", form="csv")
    rows = list(csv.reader(io.StringIO(taken.content.decode("utf-8-sig"))))
    assert rows[1:] == [["ann", "'=安", "agent", "", "active", "no"]]
    assert (await browser.post("/users/export", form="exe")).status_code == 422
    done = [one.action for one in store.run(lambda tx: tx.audit.latest(about=f"user:{ann.id}"))]
    assert done == ["user_described"] * 3


async def test_what_administrators_may_not(store: Store, browser: Browser, add: Add) -> None:
    """I3: mass assignment (FreeScout CVE-2026-40569), bad names, the last administrator: refused in words."""
    root = add("root", "admin")
    other = add("ann")
    await browser.sign_in("root")
    before = store.run(lambda tx: tx.users.all())
    for path, form, status, words in (
        ("/users", {"name": "x", "role": "agent", "active": "1"}, 422, "不认识"),
        ("/users", {"name": "x", "role": "agent", "password": "p"}, 422, "不认识"),
        ("/users", {"name": "王", "role": "agent"}, 422, "小写字母"),
        ("/users", {"name": "ann", "role": "agent"}, 422, "已经有人"),
        ("/users", {"name": "x", "role": "king"}, 422, "格式"),
        ("/users", {"name": "x", "role": "agent", "staff": "E0"}, 422, "工号"),
        (f"/users/{other.id}/role", {"role": "king"}, 422, "格式"),
        (f"/users/{other.id}/role", {"role": "admin", "id": str(root.id)}, 422, "不认识"),
        (f"/users/{root.id}/disable", {}, 409, "最后一位"),
        (f"/users/{root.id}/role", {"role": "agent"}, 409, "最后一位"),
        (f"/users/{other.id}/delete", {}, 404, ""),
        ("/users/999/disable", {}, 404, ""),
        (f"/users/{10**30}/disable", {}, 404, ""),
    ):
        answer = await browser.post(path, **form)
        assert (answer.status_code, words in answer.text) == (status, True), (path, form)
    assert store.run(lambda tx: tx.users.all()) == before


async def test_the_audit_is_searched_and_taken_out(store: Store, browser: Browser, add: Add) -> None:
    """G2: by user, deed, thing and day; as CSV without formulas; taking it out is a deed too."""
    add("root", "admin")
    await browser.sign_in("root")
    now = store.run(lambda tx: tx.audit.latest())[0].at
    store.run(lambda tx: tx.audit.note("strange", None, now, about="=1+1", address="@x"))
    page = (await browser.get("/audit?who=root")).text
    assert "signed_in" in page
    assert "strange" not in page
    assert "strange" in (await browser.get("/audit?action=strange&from=2026-03-02&to=2026-03-02")).text
    assert "没有符合条件" in (await browser.get("/audit?to=2026-03-01&page=x")).text
    assert "没有符合条件" in (await browser.get("/audit?about=user:9&from=0001-01-01")).text
    answer = await browser.post("/audit/export", form="csv", action="strange")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[2:5] for row in rows[1:]] == [["strange", "'=1+1", "'@x"]]
    assert store.run(lambda tx: tx.audit.latest(1))[0].action == "audit_exported"


async def test_roles_are_shown_as_they_are(browser: Browser, add: Add) -> None:
    """I3: the page says what the table says, each right in words."""
    add("root", "admin")
    await browser.sign_in("root")
    page = (await browser.get("/roles", **{"accept-language": "en"})).text
    assert page.count("<tr>") > 8
    assert "orders.see" not in page
    assert PASSWORD not in page
