"""The terminal channel: a chat on standard input and output, in the process of the desk."""

from __future__ import annotations

import asyncio
import codecs
import json
import math
import os
import re
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from fastapi import APIRouter

from bot.channels.protocol import Desk, MediaGone, Pacing, Pictures, TextLimit, Way
from bot.channels.web.kinds import sniff
from bot.channels.web.uploads import CHUNK
from bot.messages import Address, Attachment, AttachmentKind, Delivery, Inbound, Location
from nlu import yml
from storage import StoreProblem

log = structlog.get_logger()

HOLD_SECONDS = 60.0
WORDS = Path(__file__).with_suffix(".yml")
_LEAVE = ("/quit", "/exit", "/q")
_PLACE = re.compile(r"\s*(-?\d{1,3}(?:\.\d+)?)\s*[,，\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*")


class Misread(Exception):
    """A typed command that cannot be carried out; `key` names the words that say why."""

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


class TerminalChannel:
    """One person at a terminal.

    `write` takes text to show, `peer` is whose conversation is continued, `interactive` shows a prompt,
    `pictures` of ours are written into `folder`.
    """

    name = "terminal"
    account = "terminal"
    pacing = Pacing()
    text_limit: TextLimit | None = None
    idempotent = False

    def __init__(
        self,
        write: Callable[[str], None],
        clock: Callable[[], datetime],
        service: Mapping[str, str],
        *,
        language: str = "zh",
        peer: str = "local",
        interactive: bool = False,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
        pictures: Pictures | None = None,
        folder: Path = Path(),
    ) -> None:
        self._write = write
        self._clock = clock
        self._service = service
        self._words: dict[str, dict[str, str]] = yml.read(WORDS)
        self._language = language if language in self._words else "en"
        self._address = Address(self.name, self.account, peer)
        self._interactive = interactive
        self._new_id = new_id
        self._pictures = pictures
        self._folder = folder

    async def run(self, desk: Desk, lines: AsyncIterator[str]) -> None:
        """Chat until the lines end or the customer leaves."""
        self._say("welcome", name=self._service[self._language])
        try:
            self._prompt()
            async for line in lines:
                if line.strip().lower() in _LEAVE:
                    break
                if line.strip():
                    await self._turn(desk, line.strip())
                self._prompt()
        finally:
            self._write("\n")
            self._say("goodbye")

    def inbound(self, line: str) -> Inbound:
        """The typed line in the desk's form; raises Misread when a command of the terminal is not right."""
        plain = Inbound(
            address=self._address,
            external_id=self._new_id(),
            sent_at=self._clock(),
            language=self._language,
            hold=HOLD_SECONDS,
        )
        word, _, rest = line.partition(" ")
        if word in _COMMANDS:
            return replace(plain, **_COMMANDS[word](rest.strip(), self._words))
        if line.startswith("/"):
            return replace(plain, payload=line)
        return replace(plain, text=line)

    async def start(self, desk: Desk) -> None:
        """Nothing to start: `run` receives."""

    async def stop(self) -> None:
        """Nothing to stop."""

    def router(self, desk: Desk) -> APIRouter | None:
        """The terminal has no HTTP routes."""
        return None

    async def send(self, delivery: Delivery) -> str | None:
        """Show a reply that comes later, a reminder for instance."""
        self._write("\n")
        self._show(delivery, await self._picture(delivery.reply.image))
        self._prompt()
        return None

    async def fetch(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """The photo from the path that was typed; raises MediaGone when it is not there any more."""
        try:
            file = await asyncio.to_thread(open, attachment.ref, "rb")
        except OSError:
            raise MediaGone("the file is no longer there") from None
        with file:
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                yield chunk

    def takes(self, kind: AttachmentKind) -> Way | None:
        """A terminal shows where the file is."""
        return "file"

    async def typing(self, address: Address) -> None:
        """A terminal shows no typing."""

    async def _turn(self, desk: Desk, line: str) -> None:
        if line == "/help":
            self._say("help")
        try:
            inbound = self.inbound(line)
            taken = await desk.receive(inbound)
            async with desk.handing_over(taken) as deliveries:
                for delivery in deliveries:
                    self._language = delivery.language if delivery.language in self._words else self._language
                    self._show(delivery, await self._picture(delivery.reply.image))
        except Misread as problem:
            self._say(problem.key, **problem.values)
        except StoreProblem:
            self._say("away")
        except Exception as problem:  # the turn's edge: it was rolled back, the chat goes on
            log.exception("turn.failed", channel=self.name, problem=type(problem).__name__)
            self._say("away")

    async def _picture(self, address: str | None) -> str | None:
        """What is shown for a picture: the file that a picture of ours was written to, or its address."""
        found = await self._pictures(address) if address and self._pictures else None
        if found is None:
            return address
        path = self._folder / found.name
        self._folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(found.content)
        return str(path)

    def _show(self, delivery: Delivery, picture: str | None) -> None:
        reply = delivery.reply
        name = self._service.get(self._language, "")
        head, *more = (reply.text or "").split("\n")
        indent = "  "
        lines = [f"{name} ▸ {head}".rstrip(), *(f"{indent}{line}".rstrip() for line in more)]
        if picture:
            lines.append(indent + self._words[self._language]["picture"].format(image=picture))
        if file := reply.file:
            lines.append(indent + self._words[self._language]["file"].format(name=file.name, at=file.address))
        lines += [f"{indent}[{n}] {button.title}" for n, button in enumerate(reply.buttons, 1)]
        self._write("\n".join(lines) + "\n")

    def _say(self, key: str, **values: str) -> None:
        self._write(self._words[self._language][key].format(**values) + "\n")

    def _prompt(self) -> None:
        if self._interactive:
            self._write(f"{self._words[self._language]['you']} ▸ ")


async def typed_lines(descriptor: int = 0) -> AsyncIterator[str]:
    """Lines of a terminal, pipe or file as they come.

    Read past Python's buffered stdin in a daemon thread: a thread waiting in it keeps its lock, and
    the interpreter could not end while somebody is expected to type.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str | None] = asyncio.Queue()

    def hand(line: str | None) -> None:
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(queue.put_nowait, line)

    def read() -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        rest = ""
        with suppress(OSError):
            while chunk := os.read(descriptor, 65536):
                *whole, rest = (rest + decoder.decode(chunk)).split("\n")
                for line in whole:
                    hand(line)
        if rest:
            hand(rest)
        hand(None)

    threading.Thread(target=read, name="terminal", daemon=True).start()
    while (line := await queue.get()) is not None:
        yield line


def _photo(rest: str, words: dict[str, dict[str, str]]) -> dict[str, Any]:
    path = Path(rest.strip("'\"")).expanduser()
    try:
        with path.open("rb") as file:
            kind = sniff(file.read(32))
        size = path.stat().st_size
    except OSError:
        kind, size = None, 0
    if kind is None or kind.sort != "photo":
        raise Misread("no_photo", path=rest)
    attachment = Attachment("photo", str(path.resolve()), name=path.name, mime=kind.mime, size=size)
    return {"attachments": (attachment,)}


def _location(rest: str, words: dict[str, dict[str, str]]) -> dict[str, Any]:
    found = _PLACE.fullmatch(rest)
    point = (float(found[1]), float(found[2])) if found else (math.inf, math.inf)
    if abs(point[0]) > 90 or abs(point[1]) > 180:
        raise Misread("no_location")
    return {"location": Location(*point)}


def _language(rest: str, words: dict[str, dict[str, str]]) -> dict[str, Any]:
    if rest not in words:
        raise Misread("no_language")
    return {"payload": f"/change_language{json.dumps({'language': rest})}", "language": rest}


_COMMANDS: dict[str, Callable[[str, dict[str, dict[str, str]]], dict[str, Any]]] = {
    "/photo": _photo,
    "/location": _location,
    "/language": _language,
}
