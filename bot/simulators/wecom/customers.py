"""A customer who talks to an account in WeChat, and the people in WeCom who may answer."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.simulators.bubbles import Author, Via
from bot.simulators.thread import Thread
from bot.simulators.wechat.customers import NothingToTap

if TYPE_CHECKING:
    from bot.simulators.wecom.simulator import WeComSimulator

NEW, BOT, QUEUE, PERSON, ENDED = 0, 1, 2, 3, 4
MAY_BECOME = {
    NEW: (BOT, QUEUE, PERSON),
    BOT: (QUEUE, PERSON),
    QUEUE: (PERSON, ENDED),
    PERSON: (PERSON, ENDED),
}
OUT_OF_COUNT, OUT_OF_TIME = 95001, 95002


class Customer(Thread):
    """One customer of one account; `state` is the session's, who `refuses` gets nothing that is sent."""

    def __init__(self, simulator: WeComSimulator, account: str, name: str) -> None:
        super().__init__(simulator.clock)
        self.name = name
        self.account = account
        self.userid = "wm" + hashlib.sha256(f"{account}/{name}".encode()).hexdigest()[:30]
        self.state = ENDED
        self.servicer = ""
        self.refuses = False
        self.codes: dict[str, datetime] = {}
        self._simulator = simulator
        self._left = 0
        self._until = simulator.clock()
        self._welcomed = False

    async def says(self, text: str) -> None:
        """Send words."""
        await self._sends("text", {"content": text}, text)

    async def taps(self, choice: int | str) -> None:
        """Tap a choice of the latest menu, by number from 1 or its words."""
        items = next((b.items for b in reversed(self.transcript) if b.items), ())
        for n, (id_, words) in enumerate(items, 1):
            if choice in (n, words):
                return await self._sends("text", {"content": words, "menu_id": id_}, words)
        raise NothingToTap(f"the menu has no choice {choice!r}")

    async def sends_file(
        self, kind: str, content: bytes = b"\xff\xd8\xff\xe0", mime: str = "image/jpeg"
    ) -> str:
        """Send an image, a voice message, a video or a file; its media id."""
        media_id = self._simulator.media.keep(content, mime)
        await self._sends(kind, {"media_id": media_id}, "", media_id)
        return media_id

    async def sends_location(
        self,
        latitude: float = 31.2304,
        longitude: float = 121.4737,
        name: str = "人民广场",
        address: str = "",
    ) -> None:
        """Send a place."""
        place = {"latitude": latitude, "longitude": longitude, "name": name, "address": address}
        await self._sends("location", place, name)

    async def sends(self, kind: str, **fields: Any) -> None:
        """Send any other kind of message."""
        await self._sends(kind, fields, "")

    async def enters(self) -> None:
        """Open the chat; whoever has not written and was not welcomed gets a welcome code into the event."""
        event: dict[str, Any] = {"event_type": "enter_session", "scene": "123", "scene_param": ""}
        if not self._welcomed:
            self._welcomed = True
            event["welcome_code"] = self._code(20)
        await self._event(event)

    async def picked_up(self, servicer: str = "zhangsan") -> None:
        """Somebody in WeCom takes the session."""
        self.state, self.servicer = PERSON, servicer
        await self._event({"event_type": "session_status_change", "change_type": 1,
                           "new_servicer_userid": servicer, "msg_code": self._code(20)})  # fmt: skip

    async def told_by_servicer(self, text: str) -> None:
        """The servicer writes in WeCom."""
        self.show("servicer", "text", text)
        await self._simulator.happened(self.account, {
            "origin": 5, "external_userid": self.userid, "open_kfid": self.account,
            "servicer_userid": self.servicer, "msgtype": "text", "text": {"content": text},
        })  # fmt: skip

    async def ended(self) -> None:
        """The servicer ends the session."""
        old, self.state, self.servicer = self.servicer, ENDED, ""
        await self._event({"event_type": "session_status_change", "change_type": 3,
                           "old_servicer_userid": old, "msg_code": self._code(20)})  # fmt: skip

    async def failed(self, msgid: str, fail_type: int) -> None:
        """WeCom tells that a message of the account did not arrive."""
        await self._event({"event_type": "msg_send_fail", "fail_msgid": msgid, "fail_type": fail_type})

    def wrote(self) -> None:
        """What a message opens: 48 hours, five messages, a session."""
        self._until = self._simulator.clock() + timedelta(seconds=self._simulator.allowance[0])
        self._left = self._simulator.allowance[1]
        self._welcomed = True
        if self.state == ENDED:
            self.state = NEW

    def spend(self) -> int:
        """Take one of the messages that the account may send; 0, or the error code."""
        if self._until <= self._simulator.clock():
            return OUT_OF_TIME
        if not self._left:
            return OUT_OF_COUNT
        self._left -= 1
        return 0

    def move(self, state: int) -> bool:
        """service_state/trans; False where WeCom does not allow it."""
        if state not in MAY_BECOME.get(self.state, ()):
            return False
        self.state = state
        return True

    def show(
        self, author: Author, kind: str, text: str, items: tuple[tuple[str, str], ...] = (), media: str = ""
    ) -> None:
        """Put a bubble into the chat."""
        via: Via = "push" if author == "customer" else "service"
        self.put(author, kind, text, via, items, media)

    def _code(self, seconds: float) -> str:
        code = f"CODE{self._simulator.random.getrandbits(96):024x}"
        self.codes[code] = self._simulator.clock() + timedelta(seconds=seconds)
        return code

    async def _sends(self, kind: str, content: dict[str, Any], text: str, media: str = "") -> None:
        self.wrote()
        self.show("customer", kind, text, media=media)
        await self._simulator.happened(self.account, {
            "origin": 3, "external_userid": self.userid, "open_kfid": self.account, "msgtype": kind,
            kind: content,
        })  # fmt: skip

    async def _event(self, event: dict[str, Any]) -> None:
        whose = {"open_kfid": self.account, "external_userid": self.userid}
        await self._simulator.happened(
            self.account, {"origin": 4, "msgtype": "event", "event": {**event, **whose}}
        )
