"""Who sees what customers sent (I3): every file × every role, and numbers within words."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from bot.console.masking import FULL, MASKED
from bot.media import MediaShelf
from bot.messages import Attachment
from bot.sent_files import keep
from bot.settings import Settings
from storage import Store, Tx
from storage.users import ROLES
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.console.test_pages import arrives, at_work
from tests.console.test_sent_files import PNG


def _stored(attachment_id: int, name: str, tx: Tx) -> None:
    tx.attachments.change(attachment_id, state="stored", file=name)


async def test_files_are_for_who_has_the_conversation(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """I3: 404 as for what is not there, for everybody who would see a masked number; supervisors see all."""
    monkeypatch.setattr(Settings, "data_path", tmp_path)
    shelf, files, talks = MediaShelf(tmp_path / "media"), [], []
    for peer in ("one", "two"):
        talks.append(arrives(store, clock, "看照片", peer, attachments=(Attachment("photo", "r", name="a"),)))
        (kept,) = store.run(lambda tx: tx.attachments.of_conversation(talks[-1]))
        name = keep(shelf, PNG)
        store.run(partial(_stored, kept.id, name))
        files.append(f"/media/{kept.id}")
    people = {role: await at_work(browsers(), store, clock, add(role, role)) for role in ROLES}
    await people["agent"].post(f"/talks/{talks[0]}/move/take")
    await people["expert"].post(f"/talks/{talks[1]}/move/take")

    async def seen(role: str) -> list[int]:
        return [(await people[role].get(one)).status_code for one in files]

    async def pictures(role: str) -> list[bool]:
        pages = [(await people[role].get(f"/talks/{one}/live")).text for one in talks]
        hidden = ["接入会话后可看" in page for page in pages]
        assert [f'src="/console{file}"' in page for file, page in zip(files, pages, strict=True)] == [
            not one for one in hidden
        ]
        return hidden

    assert {role: await seen(role) for role in ROLES} == {
        "agent": [200, 404], "expert": [404, 200], "supervisor": [200, 200], "admin": [200, 200],
    }  # fmt: skip
    assert await pictures("agent") == [False, True]
    seen_before = await people["agent"].get(files[0])
    assert seen_before.headers["cache-control"] == "private, no-cache"
    known = {"If-None-Match": seen_before.headers["etag"]}
    assert (await people["agent"].get(files[0], **known)).status_code == 304
    assert (await people["agent"].get(files[1], **known)).status_code == 404
    await people["supervisor"].post(f"/talks/{talks[0]}/move/take_over")
    assert (await people["agent"].get(files[0], **known)).status_code == 404  # what is kept is shown no more
    assert await pictures("supervisor") == [False, False]
    foreign, nothing = [(await people["agent"].get(one)).text for one in (files[1], "/media/99999")]
    assert foreign == nothing.replace("/media/99999", files[1])
    first = store.run(lambda tx: tx.conversations.get(talks[0]))
    await people["expert"].post(f"/customers/{first.customer_id}/reveal", next="/console")
    assert await seen("expert") == [200, 200]  # for a while, and on record
    clock.forward(minutes=11)
    assert await seen("expert") == [404, 200]
    await people["agent"].post(f"/talks/{talks[0]}/move/resolve")
    assert await seen("agent") == [404, 404]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("电话13800138000，急", "电话138****8000，急"),
        ("138 0013 8000", "138****8000"),
        ("138.0013.8000", "138****8000"),
        ("138－0013–8000", "138****8000"),
        ("（010）8888-8888", "（010****8888"),
        ("+86 138 0013 8000", "138****8000"),
        ("１３８００１３８０００", "１３８****８０００"),
        ("一三八零零一三八零零零", "****八零零零"),
        ("冰箱BCD-216，E1，3次，2026年", "冰箱BCD-216，E1，3次，2026年"),
        ("", ""),
    ],
)
def test_numbers_within_words(words: str, shown: str) -> None:
    """I3: however a telephone number is written; what is too short to be one stays."""
    assert MASKED.text(words) == shown
    assert FULL.text(words) == words
