"""Files that go with replies: known by their bytes, within the settings' limits, kept before the reply is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass

from bot.channels.protocol import Way
from bot.channels.web.kinds import KINDS, Kind, sniff
from bot.channels.web.uploads import called
from bot.console.acting import BadText, Sending
from bot.console.forms import BadForm
from bot.console.means import Means
from bot.console.settings import ConsoleSettings
from bot.media import MediaShelf
from bot.sent_files import keep
from bot.sent_links import PREFIX, SentLinks
from handlers.ownership import NotMoved
from storage.conversations import Conversation

SPOKEN = "ogg"
"""What Telegram records."""
MOST = 10
"""So many are chosen at a time."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the composer of one conversation takes; `way` is that of files which are no photos."""

    accept: str
    photo_bytes: int
    file_bytes: int
    link_days: int
    way: Way | None
    most: int = MOST


def offered(means: Means, room: Conversation) -> Offer:
    """What may be chosen there."""
    settings = means.settings.console
    way = means.voice.takes(room, "document") if settings.file_kinds else None
    named = (*settings.photo_kinds, *(settings.file_kinds if way else ()))
    accept = ",".join(f"{KINDS[suffix].mime},.{suffix}" for suffix in named)
    return Offer(accept, settings.photo_bytes, settings.file_bytes, settings.link_days, way)


def kinds(settings: ConsoleSettings) -> str:
    """The kinds that may be sent, as people call them."""
    return "/".join(kind.upper() for kind in (*settings.photo_kinds, *settings.file_kinds))


def checked(settings: ConsoleSettings, content: bytes, spoken: bool = False) -> Kind:
    """The kind its bytes are of; raises BadText for one that is not sent, or is too large.

    `spoken`: a voice message may be sent too.
    """
    kind = sniff(content)
    taken = (*settings.photo_kinds, *settings.file_kinds, *((SPOKEN,) if spoken else ()))
    if kind is None or kind.suffix not in taken:
        raise BadText("file_kind")
    if len(content) > (settings.photo_bytes if kind.sort == "photo" else settings.file_bytes):
        raise BadText("file_too_large")
    return kind


async def enclosed(means: Means, content: bytes, kind: Kind, name: str) -> Sending:
    """The file kept on disk; `name` is what its sender calls it."""
    shelf, now = MediaShelf(means.settings.data_path / "media"), means.clock()
    file = await asyncio.to_thread(keep, shelf, content)
    if kind.sort == "photo":
        return Sending(file, PREFIX + file, "photo", "", kind.mime, len(content))
    links = await asyncio.to_thread(SentLinks.from_settings, means.settings)
    address = links.address(file, now)
    return Sending(file, address, kind.sort, called(name, kind.suffix), kind.mime, len(content))


async def written(means: Means, sending: Sending | None, writing: Awaitable[bool]) -> bool:
    """What `writing` the reply says; where it is certain that no reply has the file, that is removed.

    Where it is not (the database went away), the file stays: the clock removes those that nothing names.
    """
    try:
        done = await writing
    except (BadForm, BadText, NotMoved):
        _forget(means, sending)
        raise
    if not done:
        _forget(means, sending)
    return done


def _forget(means: Means, sending: Sending | None) -> None:
    if sending is not None:
        MediaShelf(means.settings.data_path / "media").path(sending.file).unlink(missing_ok=True)
