"""What administrators of a new desk are told to do first (G2), and that each step ends with its work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.console import first_steps
from bot.console.pages import HERE, said
from bot.knowledge.importing import carry_out, incoming
from bot.settings import Settings
from nlu.knowledge import ARTICLES
from storage import Store
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.knowledge.conftest import write

TITLE = "开始使用前"


def done(store: Store, settings: Settings | None = None) -> list[str]:
    """The steps that are done, as the first administrator sees them."""
    user = store.run(lambda tx: tx.users.named("boss"))
    assert user is not None
    found = store.run(lambda tx: first_steps.left(tx, settings or Settings(), user))
    return [one.name for one in found if one.done]


async def test_each_step_is_done_by_its_work(store: Store, clock: Clock, browser: Browser, add: Add) -> None:
    """G2: a new desk has done nothing; people, replies, catalogue and articles each tick their own step."""
    add("boss", "admin")
    await browser.sign_in("boss")
    page = (await browser.get("")).text
    assert (TITLE in page, "0/6" in page, "python -m bot kb import FOLDER" in page) == (True, True, True)
    assert TITLE not in (await browser.get("/list")).text
    gone = add("gone")
    store.run(lambda tx: tx.users.change(gone.id, clock(), active=False))
    assert done(store) == []  # who may not sign in is nobody
    add("ann")
    assert done(store) == ["people"]
    await browser.get("/replies")  # those of the program are kept now
    assert done(store) == ["people"]
    clock.forward(minutes=1)
    new = {"shortcut": "谢谢", "language": "zh", "skill": "", "text": "谢谢您"}
    assert (await browser.post("/replies", **new)).status_code == 303
    assert done(store) == ["people", "replies"]
    store.run(lambda tx: tx.catalogue.touch())
    assert done(store) == ["people", "replies", "catalogue"]
    page = (await browser.get("")).text
    assert ("3/6" in page, page.count('class="done"')) == (True, 3)


def test_the_shipped_articles_are_nobodys_own(store: Store, clock: Clock, add: Add, tmp_path: Path) -> None:
    """G2: samples that were only taken into the database leave the step open; one own article ends it."""
    add("boss", "admin")
    (tmp_path / "zh").mkdir()
    for name in ("ac-noise.md", "child-lock.md"):
        (tmp_path / "zh" / name).write_bytes((ARTICLES / "zh" / name).read_bytes())

    def take_in() -> None:
        found, _ = incoming(tmp_path, "boss", clock())
        store.run(lambda tx: carry_out(tx, found, "boss", clock()))

    take_in()
    assert "knowledge" not in done(store)
    write(tmp_path, state="draft")
    take_in()
    assert "knowledge" not in done(store)
    write(tmp_path, state="published")
    take_in()
    assert "knowledge" in done(store)
    from_folder = Settings.model_validate({"understanding": {"articles_from": "folder"}})
    assert "knowledge" not in done(store, from_folder)


@pytest.mark.parametrize(
    ("settings", "step"),
    [
        ({"channels": {"telegram": {"enabled": True}}}, ["channel"]),
        ({"channels": {"wecom": {"enabled": True}}}, ["channel"]),
        ({"channels": {"wechat": {"enabled": True, "api_base": "http://x/simulators/wechat"}}}, []),
        ({"channels": {"telegram": {"token": "1:x"}}}, []),
        ({"channels": {"rest": {"enabled": True}}}, []),
        ({"calendar": {"shifts": {"sat": ["09:00-12:00"]}}}, ["hours"]),
        ({"calendar": {"holidays": None}}, ["hours"]),
        ({"service": {"hours": {"zh": "每天", "en": "daily"}}}, []),
        ({"understanding": {"catalogue": "mine.yml"}}, ["catalogue"]),
        ({"understanding": {"articles": "mine"}}, ["knowledge"]),
    ],
)
def test_what_settings_say(lone: Store, clock: Clock, settings: dict[str, Any], step: list[str]) -> None:
    """G2: a messenger, hours, a catalogue or articles in the settings; a simulated messenger is none."""
    lone.run(lambda tx: tx.users.add("boss", "Boss", "admin", "x", clock()))
    assert done(lone, Settings.model_validate(settings)) == step


def test_each_step_is_said_in_both_languages(lone: Store) -> None:
    """G2: a title and how to do it for each step, and for nothing else."""
    words = said(HERE / "words")
    steps = lone.run(lambda tx: list(first_steps.every(tx, Settings())))
    for language in ("zh", "en"):
        told = words[language]["first_steps"]["of"]
        assert [(name, list(one)) for name, one in told.items()] == [
            (one.name, ["title", "how"]) for one in steps
        ]


async def test_who_sees_them_and_until_when(store: Store, browsers: Callable[[], Browser], add: Add) -> None:
    """G2: administrators with nothing open; each puts them away for themselves, and for good."""
    boss, chief, ann = browsers(), browsers(), browsers()
    for name, role, one in (("boss", "admin", boss), ("chief", "admin", chief), ("ann", "supervisor", ann)):
        add(name, role)
        await one.sign_in(name)
    assert [TITLE in (await one.get("")).text for one in (boss, chief, ann)] == [True, True, False]
    assert "Before you begin" in (await boss.get("", **{"accept-language": "en"})).text
    assert (await boss.http.post("/console/account/first-steps", data={"csrf": "0"})).status_code == 403
    assert (await boss.post("/account/first-steps", role="admin")).status_code == 422
    assert TITLE in (await boss.get("")).text
    assert (await boss.post("/account/first-steps")).status_code == 303
    await boss.post("/account/preferences", sound="1")
    assert [TITLE in (await one.get("")).text for one in (boss, chief)] == [False, True]
    deeds = [one.detail for one in store.run(lambda tx: tx.audit.latest()) if one.action == "preferences"]
    assert {"chosen": {first_steps.OVER: True}} in deeds


async def test_all_done_is_no_list(store: Store, clock: Clock, add: Add) -> None:
    """G2: with every step done there is nothing to show."""
    boss = add("boss", "admin")
    add("ann")
    store.run(lambda tx: tx.catalogue.touch())
    store.run(lambda tx: tx.canned.ship([("a", "zh", "", "a")], clock()))
    clock.forward(minutes=1)
    told = {"calendar": {"holidays": None}, "understanding": {"articles": "mine"}}
    settings = Settings.model_validate({**told, "channels": {"telegram": {"enabled": True}}})
    left = [one.name for one in store.run(lambda tx: first_steps.left(tx, settings, boss)) if not one.done]
    assert left == ["replies"]
    (reply,) = store.run(lambda tx: tx.canned.all())
    store.run(lambda tx: tx.canned.remove(reply.id, clock()))
    assert store.run(lambda tx: first_steps.left(tx, settings, boss)) == []
