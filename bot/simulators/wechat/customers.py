"""A customer with the account open in WeChat: writes, taps, sends, follows, and sees what comes back."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.simulators.bubbles import Author, Bubble, Via
from bot.simulators.thread import KEPT_BUBBLES, Thread
from bot.simulators.wechat.menus import leaves
from bot.simulators.wechat.pushes import BadReply
from bot.simulators.wechat.quotas import Quota

if TYPE_CHECKING:
    from bot.simulators.wechat.simulator import WeChatSimulator

UNAVAILABLE = "该公众号暂时无法提供服务，请稍后再试"  # WeChat's own words when the account does not answer
SILENT_EVENTS = ("LOCATION", "VIEW", "TEMPLATESENDJOBFINISH", "unsubscribe")


class NothingToTap(LookupError):
    """There is no such choice in the latest menu message, or no such menu button."""


class Customer(Thread):
    """One follower; every act returns the bubbles that it brought at once."""

    def __init__(self, simulator: WeChatSimulator, name: str) -> None:
        super().__init__(simulator.clock)
        self.name = name
        self.openid = "o" + hashlib.sha256(name.encode()).hexdigest()[:27]
        self.following = True
        self.blocked = False
        self.refuses_messages = False
        self.blocks_templates = False
        self.quota = Quota(simulator.allowance)
        self.last_push: dict[str, Any] = {}
        self._simulator = simulator
        self._listeners: set[asyncio.Queue[Bubble | None]] = set()

    async def says(self, text: str) -> list[Bubble]:
        """Send words."""
        return await self._sends("text", text, {"Content": text})

    async def taps(self, choice: int | str, message: int | None = None) -> list[Bubble]:
        """Tap a choice, by number from 1 or its words, of the latest menu message or of bubble `message`."""
        id_, title = _pick(self._menu_message(message).items, choice)
        return await self._sends("text", title, {"Content": title, "bizmsgmenuid": id_})

    async def clicks_menu(self, key: str) -> list[Bubble]:
        """Press a button of the account's menu, by its key, address or name."""
        for leaf in leaves(self._simulator.menu):
            if key in (leaf.get("key"), leaf.get("url"), leaf["name"]):
                return await self._presses(leaf)
        raise NothingToTap(f"the menu has no button {key!r}")

    async def sends_photo(self, content: bytes = b"\xff\xd8\xff\xe0 a photo") -> list[Bubble]:
        """Send a picture."""
        media_id = self._simulator.media.keep(content, "image/jpeg")
        more = {"PicUrl": f"http://mmbiz.example/{media_id}", "MediaId": media_id}
        return await self._sends("image", "", more, media_id)

    async def sends_voice(self, recognition: str | None = None, content: bytes = b"#!AMR") -> list[Bubble]:
        """Send a recording; `recognition` is what WeChat heard, None when the account has that off."""
        media_id = self._simulator.media.keep(content, "voice/amr")
        more = {"MediaId": media_id, "Format": "amr"}
        if recognition is not None:
            more["Recognition"] = recognition
        return await self._sends("voice", recognition or "", more, media_id)

    async def sends_video(
        self, content: bytes = b"\x00\x00\x00\x18ftypmp42", short: bool = False
    ) -> list[Bubble]:
        """Send a video."""
        media_id = self._simulator.media.keep(content, "video/mp4")
        more = {"MediaId": media_id, "ThumbMediaId": media_id}
        return await self._sends("shortvideo" if short else "video", "", more, media_id)

    async def sends_location(
        self, latitude: float = 31.2304, longitude: float = 121.4737, label: str = "上海市黄浦区人民大道200号"
    ) -> list[Bubble]:
        """Send a place."""
        more = {"Location_X": latitude, "Location_Y": longitude, "Scale": 20, "Label": label}
        return await self._sends("location", label, more)

    async def sends_link(self, title: str, url: str, description: str = "") -> list[Bubble]:
        """Forward a link."""
        more = {"Title": title, "Description": description, "Url": url}
        return await self._sends("link", title, more)

    async def sends(self, kind: str, **fields: Any) -> list[Bubble]:
        """Send any other kind of message."""
        return await self._sends(kind, "", fields)

    async def follows(self, scene: str = "") -> list[Bubble]:
        """Follow the account, by a QR code when `scene` is given."""
        self.following = True
        self.quota.acted(self._simulator.clock())
        key = f"qrscene_{scene}" if scene else ""
        return await self._event(
            "subscribe", {"EventKey": key, "Ticket": "sim"} if scene else {"EventKey": ""}
        )

    async def unfollows(self) -> list[Bubble]:
        """Leave the account."""
        self.following = False
        return await self._event("unsubscribe", {"EventKey": ""})

    async def scans(self, scene: str) -> list[Bubble]:
        """Scan the account's QR code as a follower."""
        self.quota.acted(self._simulator.clock())
        return await self._event("SCAN", {"EventKey": scene, "Ticket": "sim"})

    async def event(self, name: str, fields: Mapping[str, Any] | None = None) -> list[Bubble]:
        """Any other event."""
        return await self._event(name, dict(fields or {}))

    async def finishes_template(self, msgid: str) -> None:
        """WeChat tells the account what became of a template message."""
        status = "failed:user block" if self.blocks_templates else "success"
        await self._pushes(
            {"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH", "MsgID": msgid, "Status": status},
            shown=False,
        )

    async def repeats_last_push(self) -> list[Bubble]:
        """WeChat pushes the same message again, as after a lost answer."""
        return await self._pushes(self.last_push, shown=True)

    def listen(self) -> asyncio.Queue[Bubble | None]:
        """A queue of the bubbles to come; None ends it."""
        queue: asyncio.Queue[Bubble | None] = asyncio.Queue(maxsize=KEPT_BUBBLES)
        self._listeners.add(queue)
        return queue

    def leave(self, queue: asyncio.Queue[Bubble | None]) -> None:
        """Stop listening."""
        self._listeners.discard(queue)

    def hang_up(self) -> None:
        """End every listener."""
        for queue in self._listeners:
            if not queue.full():
                queue.put_nowait(None)

    def put(
        self, author: Author, kind: str, text: str, via: Via,
        items: tuple[tuple[str, str], ...] = (), media: str = "",
    ) -> Bubble:  # fmt: skip
        """Put a bubble into the chat, also for the demo page's listeners."""
        bubble = super().put(author, kind, text, via, items, media)
        for queue in self._listeners:
            if not queue.full():
                queue.put_nowait(bubble)
        return bubble

    async def _sends(self, kind: str, text: str, fields: Mapping[str, Any], media: str = "") -> list[Bubble]:
        self.quota.wrote(self._simulator.clock())
        self.put("customer", kind, text, "push", media=media)
        return await self._pushes({"MsgType": kind, **fields, "MsgId": self._simulator.next_id()}, shown=True)

    async def _presses(self, leaf: Mapping[str, Any]) -> list[Bubble]:
        if leaf["type"] == "view":
            return await self._event("VIEW", {"EventKey": leaf["url"]}, leaf["name"])
        self.quota.acted(self._simulator.clock())
        return await self._event("CLICK", {"EventKey": leaf["key"]}, leaf["name"])

    async def _event(self, name: str, fields: Mapping[str, Any], title: str = "") -> list[Bubble]:
        self.put("customer", "event", title or name, "push")
        return await self._pushes(
            {"MsgType": "event", "Event": name, **fields}, shown=name not in SILENT_EVENTS
        )

    async def _pushes(self, fields: dict[str, Any], shown: bool) -> list[Bubble]:
        fields = {"CreateTime": str(int(self._simulator.clock().timestamp())), **fields}
        self.last_push = fields
        try:
            reply = await self._simulator.pusher.push(self.openid, fields)
        except BadReply as problem:
            self._simulator.problems.append(str(problem))
            return [self.put("wechat", "failure", UNAVAILABLE, "passive")] if shown else []
        if reply is None:
            return []
        return [self.put("account", reply.kind, reply.text, "passive", media=reply.media)]

    def _menu_message(self, number: int | None) -> Bubble:
        for bubble in reversed(self.transcript):
            if bubble.items and number in (None, bubble.number):
                return bubble
        raise NothingToTap("no menu message yet")


def _pick(items: tuple[tuple[str, str], ...], choice: int | str) -> tuple[str, str]:
    for item in items:
        if choice in item:
            return item
    number = int(choice) if str(choice).isdecimal() else 0
    if not 1 <= number <= len(items):
        raise NothingToTap(f"the menu message has no choice {choice!r}")
    return items[number - 1]
