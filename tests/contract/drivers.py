"""A customer on each channel: says things the way that channel has them, and sees what it shows."""

from __future__ import annotations

import asyncio
import itertools
from abc import ABC, abstractmethod
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from bot.channels.terminal import TerminalChannel
from bot.channels.web.visitors import peer_of
from bot.sheet.pictures import SheetPictures
from tests.contract.running import REST_TOKEN, Running
from tests.dialogue.players import CONTACT, LOCATION

UNASKED = ("unasked", "late", "many unasked", "many in all")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


class Driver(ABC):
    """One customer on one channel; `kinds` is what can be sent there, and how it can be written to unasked:
    at all, late (more than two days after the customer), many times, many times with the answers counted."""

    channel = ""
    kinds: frozenset[str] = frozenset({"text"})

    def __init__(self, desk: Running, name: str, folder: Path) -> None:
        self.desk = desk
        self.name = name
        self.folder = folder
        self.peer = name

    @abstractmethod
    async def enter(self) -> None:
        """Open the chat."""

    @abstractmethod
    async def send(self, words: str, kind: str) -> None:
        """Send words, or something of another kind with the words as its caption."""

    async def tap(self, title: str, index: int) -> None:
        """Choose the offered button of that title; channels without buttons type its number."""
        await self.send(str(index + 1), "text")

    @abstractmethod
    async def shown(self) -> str:
        """Everything the customer has been shown by the desk so far."""


class RestDriver(Driver):
    """A program on the REST channel; taps send the payload back."""

    channel = "rest"

    async def enter(self) -> None:
        self.replies: list[dict[str, Any]] = []
        self.text = ""

    async def send(self, words: str, kind: str) -> None:
        body = {"sender": self.name, "message": words}
        headers = {"Authorization": f"Bearer {REST_TOKEN}"}
        answer = await self.desk.http.post("/webhooks/rest/webhook", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        self.replies = answer.json()
        self.text += "\n".join(reply.get("text", "") for reply in self.replies) + "\n"

    async def tap(self, title: str, index: int) -> None:
        buttons = [button for reply in self.replies for button in reply.get("buttons", [])]
        # What the staff caused waits for the next message: its buttons are known by their titles only.
        await self.send(next((b["payload"] for b in reversed(buttons) if b["title"] == title), title), "text")

    async def shown(self) -> str:
        return self.text


class WebDriver(Driver):
    """A visitor of the chat page; taps name the message and the button."""

    channel = "web"
    kinds = frozenset({"text", "photo", "voice", "location", *UNASKED})

    async def enter(self) -> None:
        self.numbers = itertools.count(1)
        token = urlsafe_b64encode(sha256(self.name.encode()).digest()).decode().rstrip("=")
        self.cookie = {"cookie": f"visitor={token}"}
        self.peer = peer_of(token)

    async def send(self, words: str, kind: str) -> None:
        if kind == "photo":
            await self._post("files", data={"id": self._id()}, files={"file": ("p.png", PNG, "image/png")})
        elif kind == "voice":
            await self._post(
                "files", data={"id": self._id()}, files={"file": ("voice", b"OggS", "audio/ogg")}
            )
        elif kind == "location":
            place = {"latitude": LOCATION.latitude, "longitude": LOCATION.longitude}
            await self._post("messages", json={"id": self._id(), "location": place})
        else:
            await self._post("messages", json={"id": self._id(), "text": words})

    async def tap(self, title: str, index: int) -> None:
        history = await self._history()
        seq, n = next(
            (message["seq"], message["buttons"].index(title))
            for message in reversed(history)
            if title in message.get("buttons", [])
        )
        await self._post("messages", json={"id": self._id(), "choice": f"{seq}:{n}"})

    async def shown(self) -> str:
        return "\n".join(m["text"] for m in await self._history() if m["author"] != "you")

    async def _history(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        more = True
        while more:
            params = {"after": messages[-1]["seq"] if messages else 0}
            answer = await self.desk.http.get("/chat/history", params=params, headers=self.cookie)
            messages += answer.json()["messages"]
            more = answer.json()["more"]
        return messages

    async def _post(self, path: str, **content: Any) -> None:
        while True:
            answer = await self.desk.http.post(f"/chat/{path}", headers=self.cookie, **content)
            if answer.status_code != 429:
                break
            await asyncio.sleep(0.3)
        assert answer.status_code in (200, 202), answer.text

    def _id(self) -> str:
        return f"message-{next(self.numbers):04d}"


class TerminalDriver(Driver):
    """Somebody at a terminal, who types everything."""

    channel = "terminal"
    kinds = frozenset({"text", "photo", "location"})

    async def enter(self) -> None:
        self.text = ""
        app = self.desk.app
        sheets = SheetPictures.from_settings(app.settings, app.store, self.desk.clock)
        self.terminal = TerminalChannel(
            self._write, self.desk.clock, {"zh": "宝修", "en": "Baoxiu"}, peer=self.name,
            pictures=sheets.fetch, folder=self.folder / "sheets",
        )  # fmt: skip
        self.photo = self.folder / f"{self.name}.png"
        self.photo.write_bytes(PNG)

    async def send(self, words: str, kind: str) -> None:
        line = words
        if kind == "photo":
            line = f"/photo {self.photo}"
        elif kind == "location":
            line = f"/location {LOCATION.latitude},{LOCATION.longitude}"

        async def lines() -> Any:
            yield line

        await self.terminal.run(self.desk.app.desk, lines())

    async def shown(self) -> str:
        return self.text

    def _write(self, text: str) -> None:
        self.text += text


class TelegramDriver(Driver):
    """A customer of the simulated Telegram."""

    channel = "telegram"
    kinds = frozenset({"text", "photo", "caption", "voice", "sticker", "contact", "location", *UNASKED})

    async def enter(self) -> None:
        assert self.desk.demo.telegram is not None
        self.customer = self.desk.demo.telegram.customer(self.name)
        self.peer = str(self.customer.id)

    async def send(self, words: str, kind: str) -> None:
        customer = self.customer
        if kind in ("photo", "caption"):
            customer.sends_photo(caption=words)
        elif kind == "voice":
            customer.sends_file("voice", b"OggS", "audio/ogg")
        elif kind == "sticker":
            customer.sends_file("sticker", b"RIFF", "image/webp")
        elif kind == "contact":
            customer.shares_contact(CONTACT.phone)
        elif kind == "location":
            customer.shares_location(LOCATION.latitude, LOCATION.longitude)
        else:
            customer.says(words)

    async def tap(self, title: str, index: int) -> None:
        self.customer.taps(title)

    async def shown(self) -> str:
        return "\n".join(m.get("text") or m.get("caption") or "" for m in self.customer.heard)


class WeChatDriver(Driver):
    """A follower of the simulated Official Account."""

    channel = "wechat"
    kinds = frozenset({"text", "photo", "voice", "location", "unasked", "many in all"})

    async def enter(self) -> None:
        assert self.desk.demo.wechat is not None
        self.customer = self.desk.demo.wechat.customer(self.name)
        self.peer = self.customer.openid

    async def send(self, words: str, kind: str) -> None:
        if kind == "photo":
            await self.customer.sends_photo(PNG)
        elif kind == "voice":
            await self.customer.sends_voice()
        elif kind == "location":
            await self.customer.sends_location(LOCATION.latitude, LOCATION.longitude, "")
        else:
            await self.customer.says(words)

    async def tap(self, title: str, index: int) -> None:
        newest = [b for b in self.customer.transcript if b.author == "account"][-1]
        if any(words == title for _, words in newest.items):
            await self.customer.taps(title)
        else:
            await self.customer.says(str(index + 1))

    async def shown(self) -> str:
        bubbles = [b for b in self.customer.transcript if b.author != "customer"]
        return "\n".join("\n".join([b.text, *(words for _, words in b.items)]) for b in bubbles)


class WeComDriver(Driver):
    """A customer of the simulated WeCom customer service."""

    channel = "wecom"
    kinds = frozenset({"text", "photo", "voice", "location", "unasked"})

    async def enter(self) -> None:
        self.customer = self.desk.wecom.customer(self.name)
        self.peer = self.customer.userid

    async def send(self, words: str, kind: str) -> None:
        if kind == "photo":
            await self.customer.sends_file("image", PNG, "image/png")
        elif kind == "voice":
            await self.customer.sends_file("voice", b"#!AMR", "audio/amr")
        elif kind == "location":
            await self.customer.sends_location(LOCATION.latitude, LOCATION.longitude, "")
        else:
            await self.customer.says(words)

    async def tap(self, title: str, index: int) -> None:
        await self.customer.taps(title)

    async def shown(self) -> str:
        bubbles = [b for b in self.customer.transcript if b.author != "customer"]
        return "\n".join("\n".join([b.text, *(words for _, words in b.items)]) for b in bubbles)


DRIVERS: tuple[type[Driver], ...] = (
    RestDriver, WebDriver, TerminalDriver, TelegramDriver, WeChatDriver, WeComDriver,
)  # fmt: skip
