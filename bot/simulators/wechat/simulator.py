"""The simulated platform: one Official Account, its followers, and WeChat's rules between them."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

from bot.simulators.wechat.customers import Customer
from bot.simulators.wechat.faults import Faults
from bot.simulators.wechat.media import MediaStore
from bot.simulators.wechat.pushes import Mode, Post, Pusher
from bot.simulators.wechat.quotas import Allowance
from bot.simulators.wechat.templates import Templates, written
from bot.simulators.wechat.tokens import Tokens

TEXT_BYTES = 2048
MENU_ITEMS = 10  # unverified, as in the channel
KEPT_CUSTOMERS = 1000


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class WeChatSimulator:
    """Behaves like WeChat's server towards the account's developer and its customers.

    `post` reaches the developer's webhook (see `posting`); `patience` seconds and `tries` are WeChat's
    5 and 3. `calls` counts API calls by path, `problems` lists replies that WeChat could not show.
    """

    def __init__(
        self,
        post: Post,
        *,
        app_id: str = "wx0123456789abcdef",
        app_secret: str = "simulated-secret",  # noqa: S107
        token: str = "simulated-token",  # noqa: S107
        encoding_aes_key: str | None = None,
        mode: Mode = "plain",
        original_id: str = "gh_0123456789ab",
        clock: Callable[[], datetime] = utc_now,
        random: Random | None = None,
        patience: float = 5.0,
        tries: int = 3,
        token_seconds: float = 7200,
        allowance: Allowance | None = None,
    ) -> None:
        random = random or Random()
        self.app_id = app_id
        self.app_secret = app_secret
        self.clock = clock
        self.allowance = allowance or Allowance()
        self.tokens = Tokens(token_seconds, clock, random)
        self.faults = Faults()
        self.media = MediaStore(clock, random)
        self.menu: dict[str, Any] | None = None
        self.templates = Templates(clock)
        self.calls: Counter[str] = Counter()
        self.problems: list[str] = []
        self.pusher = Pusher(
            post, app_id=app_id, original_id=original_id, token=token, encoding_aes_key=encoding_aes_key,
            mode=mode, clock=clock, random=random, patience=patience, tries=tries,
        )  # fmt: skip
        self._customers: OrderedDict[str, Customer] = OrderedDict()
        self._by_openid: dict[str, Customer] = {}
        self._next_id = random.randrange(10**15, 10**16)

    def customer(self, name: str) -> Customer:
        """The follower of this name; a new one follows already, without the event."""
        if name not in self._customers:
            customer = self._customers[name] = Customer(self, name)
            self._by_openid[customer.openid] = customer
            while len(self._customers) > KEPT_CUSTOMERS:
                _, gone = self._customers.popitem(last=False)
                gone.hang_up()
                del self._by_openid[gone.openid]
        self._customers.move_to_end(name)
        return self._customers[name]

    def by_openid(self, openid: str) -> Customer:
        """The follower with this openid; KeyError where there is none."""
        return self._by_openid[openid]

    def next_id(self) -> str:
        """A new MsgId."""
        self._next_id += 1
        return str(self._next_id)

    def notify(self, body: Mapping[str, Any]) -> tuple[int, str]:
        """message/template/send: WeChat's code and, where it takes the message, its msgid; at any time.

        Whoever refuses messages gets none, which only the event tells (`Customer.finishes_template`).
        """
        customer = self._by_openid.get(str(body.get("touser")))
        if customer is None:
            return 40003, ""
        if not customer.following:
            return 43004, ""
        if code := self.templates.refusal(body):
            return code, ""
        before = self.templates.sent_before(body)
        msgid = before or self.next_id()
        if not before:
            self.templates.take(body, msgid)
            if not customer.blocks_templates:
                customer.put("account", "template", written(body), "template")
        return 0, msgid

    def close(self) -> None:
        """End every live stream."""
        for customer in self._customers.values():
            customer.hang_up()

    def deliver(self, body: Mapping[str, Any]) -> int:
        """message/custom/send: 0 when the customer got it, otherwise WeChat's error code."""
        customer = self._by_openid.get(str(body.get("touser")))
        if customer is None:
            return 40003
        if code := _refusal(customer) or _flaw(body):
            return code
        if code := customer.quota.spend(self.clock()):
            return code
        if body["msgtype"] == "text":
            customer.put("account", "text", body["text"]["content"], "service")
        elif body["msgtype"] == "msgmenu":
            menu = body["msgmenu"]
            items = tuple((item["id"], item["content"]) for item in menu["list"])
            words = [menu.get("head_content", ""), menu.get("tail_content", "")]
            customer.put("account", "menu", "\n".join(filter(None, words)), "service", items)
        else:
            media_id = body[body["msgtype"]]["media_id"]
            customer.put("account", body["msgtype"], "", "service", media=media_id)
        return 0


def _refusal(customer: Customer) -> int:
    if not customer.following:
        return 43004
    if customer.blocked:
        return 43019
    return 48002 if customer.refuses_messages else 0


def _flaw(body: Mapping[str, Any]) -> int:
    """Why WeChat would not take this message, or 0."""
    kind = body.get("msgtype")
    content = body.get(kind) if isinstance(kind, str) else None
    if not isinstance(content, Mapping):
        return 40008
    if kind == "text":
        return _text_flaw(content.get("content"))
    if kind == "msgmenu":
        return _menu_flaw(content)
    if kind in ("image", "voice", "video"):
        return 0 if isinstance(content.get("media_id"), str) else 40007
    return 40008


def _text_flaw(text: Any) -> int:
    if not isinstance(text, str) or not text:
        return 44004
    return 45002 if len(text.encode()) > TEXT_BYTES else 0


def _menu_flaw(menu: Mapping[str, Any]) -> int:
    items, head = menu.get("list"), menu.get("head_content")
    if not isinstance(items, list) or not 1 <= len(items) <= MENU_ITEMS:
        return 45098
    if not all(isinstance(i, Mapping) and isinstance(i.get("id"), str) and i.get("content") for i in items):
        return 47001
    words = [head if isinstance(head, str) else "", *(str(item["content"]) for item in items)]
    return 45002 if sum(len(text.encode()) for text in words) > TEXT_BYTES else 0
