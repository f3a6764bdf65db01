"""Media: files customers sent are fetched before the platform drops them and kept under random names."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot import metrics
from bot.channels.protocol import Channel, DeliveryProblem, MediaGone
from bot.messages import Attachment
from storage import Store, StoreProblem
from storage.attachments import StoredAttachment
from storage.records import media_path

log = structlog.get_logger()

ATTEMPTS = 8
POLL_SECONDS = 30.0


class MediaShelf:
    """Files by random name below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def new(self) -> Path:
        """A path nobody can guess; the folder exists afterwards."""
        name = secrets.token_urlsafe(24)
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def path(self, name: str) -> Path:
        """Where the file of that name is kept."""
        return self.folder / media_path(name)


class MediaFetcher:
    """Brings wanted attachments in, a few at a time."""

    def __init__(
        self,
        store: Store,
        shelf: MediaShelf,
        clock: Callable[[], datetime],
        limit_bytes: int,
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._clock = clock
        self._limit = limit_bytes
        self._channels: dict[tuple[str, str], Channel] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self, channels: Iterable[Channel]) -> None:
        """Begin fetching for these channels."""
        self._channels = {(channel.name, channel.account): channel for channel in channels}
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Finish the file under way and stop."""
        self._stopping = True
        self._wake.set()
        if self._task:
            await asyncio.wait([self._task], timeout=10)

    def wake(self) -> None:
        """There may be something to fetch."""
        self._wake.set()

    async def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                now = self._clock()
                wanted = await self._store.read(lambda tx, now=now: tx.attachments.wanted(now))  # type: ignore[misc]
                for attachment in wanted:
                    await self._fetch(attachment)
            except StoreProblem as problem:
                log.warning("media.waits", reason=str(problem))
            except Exception:
                log.exception("media.failed")
            try:
                await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
            except TimeoutError:
                pass

    async def _fetch(self, wanted: StoredAttachment) -> None:
        place = await self._store.read(lambda tx: tx.conversations.get(wanted.conversation_id))
        channel = self._channels.get((place.channel, place.account))
        if channel is None:
            return
        found = Attachment(wanted.kind, wanted.ref, wanted.name, wanted.mime, wanted.size)  # type: ignore[arg-type]
        path = self._shelf.new()
        try:
            size = await self._save(channel, found, path)
            change = {"state": "stored", "file": path.name, "size": size}
        except MediaGone as problem:
            log.warning("media.gone", channel=place.channel, attachment=wanted.id, reason=str(problem))
            change = {"state": "gone"}
        except (DeliveryProblem, OSError) as problem:
            change = self._again(wanted, type(problem).__name__)
        metrics.DELIVERIES.labels(place.channel, f"media_{change.get('state', 'wanted')}").inc()
        if not await self._store.transact(lambda tx: tx.attachments.change(wanted.id, **change)):
            path.unlink(missing_ok=True)  # nobody wants it any more: it was erased meanwhile

    async def _save(self, channel: Channel, found: Attachment, path: Path) -> int:
        size = 0
        partial = path.with_suffix(".part")
        try:
            with partial.open("wb") as file:
                async for chunk in channel.fetch(found):
                    size += len(chunk)
                    if size > self._limit:
                        raise MediaGone("larger than we take")
                    file.write(chunk)
            partial.rename(path)
        finally:
            partial.unlink(missing_ok=True)
        return size

    def _again(self, wanted: StoredAttachment, reason: str) -> dict[str, object]:
        attempts = wanted.attempts + 1
        log.warning("media.failed", attachment=wanted.id, attempt=attempts, reason=reason)
        if attempts >= ATTEMPTS:
            return {"state": "gone", "attempts": attempts}
        due_at = self._clock() + timedelta(seconds=10 * 2**attempts)
        return {"attempts": attempts, "due_at": due_at}
