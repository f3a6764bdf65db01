"""Files customers send are fetched before the platform drops them, under names nobody can guess (A2)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.channels.protocol import MediaGone, TryLater
from bot.media import MediaFetcher, MediaShelf
from bot.messages import Attachment
from tests.desk.conftest import World

PHOTO = Attachment("photo", "file-1", "../../etc/passwd", "image/jpeg", 10)


async def kept(world: World, taken, condition) -> list:
    for _ in range(500):
        found = world.store.run(lambda tx: tx.attachments.of_conversation(taken.conversation_id))
        if condition(found[0]):
            return found
        await asyncio.sleep(0.01)
    raise AssertionError(f"the file stayed {found[0].state}")


@pytest.fixture
def fetcher(world: World, tmp_path: Path) -> MediaFetcher:
    return MediaFetcher(world.store, MediaShelf(tmp_path / "media"), world.clock, limit_bytes=1000)


async def test_a_photo_is_stored_under_a_random_name(
    world: World, fetcher: MediaFetcher, tmp_path: Path
) -> None:
    taken = await world.says("look", attachments=(PHOTO,))
    fetcher.start([world.channel])
    (found,) = await kept(world, taken, lambda a: a.state == "stored")
    await fetcher.stop()
    path = MediaShelf(tmp_path / "media").path(found.file)
    assert path.read_bytes() == b"bytes of file-1"
    assert found.size == len(b"bytes of file-1")
    assert "passwd" not in found.file
    assert len(found.file) >= 22  # 128 bits and more


async def test_a_file_that_is_gone_is_marked_so(world: World, fetcher: MediaFetcher) -> None:
    async def gone(attachment: Attachment):
        raise MediaGone("expired")
        yield b""

    world.channel.fetch = gone  # type: ignore[method-assign]
    taken = await world.says("look", attachments=(PHOTO,))
    fetcher.start([world.channel])
    await kept(world, taken, lambda a: a.state == "gone")
    await fetcher.stop()


async def test_a_file_over_the_limit_is_not_kept(world: World, fetcher: MediaFetcher, tmp_path: Path) -> None:
    async def endless(attachment: Attachment):
        while True:
            yield b"x" * 100

    world.channel.fetch = endless  # type: ignore[method-assign]
    taken = await world.says("look", attachments=(PHOTO,))
    fetcher.start([world.channel])
    await kept(world, taken, lambda a: a.state == "gone")
    await fetcher.stop()
    assert not [path for path in (tmp_path / "media").rglob("*") if path.is_file()]


async def test_a_failed_download_is_tried_again_later(world: World, fetcher: MediaFetcher) -> None:
    async def busy(attachment: Attachment):
        raise TryLater("busy")
        yield b""

    first = world.channel.fetch
    world.channel.fetch = busy  # type: ignore[method-assign]
    taken = await world.says("look", attachments=(PHOTO,))
    fetcher.start([world.channel])
    await kept(world, taken, lambda a: a.attempts == 1)
    world.channel.fetch = first  # type: ignore[method-assign]
    world.clock.forward(minutes=5)
    fetcher.wake()
    await kept(world, taken, lambda a: a.state == "stored")
    await fetcher.stop()
