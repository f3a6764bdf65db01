"""The simulated platform: a corporation's accounts of 微信客服, their customers, and WeCom's rules."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any

from bot.simulators.wechat.crypto import Vault, sign
from bot.simulators.wechat.faults import Faults
from bot.simulators.wechat.media import MediaStore
from bot.simulators.wechat.pushes import Post
from bot.simulators.wechat.simulator import utc_now
from bot.simulators.wechat.tokens import Tokens
from bot.simulators.wecom.customers import BOT, NEW, Customer
from bot.simulators.wecom.log import Log
from bot.simulators.wecom.sending import MEDIA, UNKNOWN_CUSTOMER, flaw, shown

UNKNOWN_ACCOUNT, WRONG_STATE, NO_SUCH_MOVE, BAD_CODE = 95000, 95018, 95016, 40096
REFUSED = 10
PATIENCE_SECONDS, TRIES = 5.0, 3


class WeComSimulator:
    """Behaves like WeCom towards the accounts' developer and their customers.

    `post` reaches the developer's callback; while `silent`, callbacks are lost. `calls` counts API calls.
    """

    def __init__(
        self,
        post: Post,
        *,
        corp_id: str = "ww0123456789abcdef",
        secret: str = "simulated-secret",  # noqa: S107
        token: str = "simulated-token",  # noqa: S107
        encoding_aes_key: str,
        accounts: Sequence[str] = ("wkSIMULATED0001",),
        clock: Callable[[], datetime] = utc_now,
        random: Random | None = None,
        token_seconds: float = 7200,
        allowance: tuple[float, int] = (48 * 3600.0, 5),
    ) -> None:
        self.corp_id = corp_id
        self.secret = secret
        self.clock = clock
        self.random = random or Random()
        self.allowance = allowance
        self.tokens = Tokens(token_seconds, clock, self.random)
        self.faults = Faults()
        self.media = MediaStore(clock, self.random)
        self.calls: Counter[str] = Counter()
        self.logs = {account: Log(account, clock, self.random) for account in accounts}
        self.silent = False
        self._post = post
        self._token = token
        self._vault = Vault(corp_id, encoding_aes_key, self.random)
        self._customers: dict[tuple[str, str], Customer] = {}
        self._by_userid: dict[str, Customer] = {}
        self._sent: set[str] = set()
        self._numbers = 0
        self._later: set[asyncio.Task[None]] = set()

    def customer(self, name: str, account: str | None = None) -> Customer:
        """The customer of this name, at the first account unless another is named."""
        account = account or next(iter(self.logs))
        if (account, name) not in self._customers:
            customer = self._customers[account, name] = Customer(self, account, name)
            self._by_userid[customer.userid] = customer
        return self._customers[account, name]

    def by_userid(self, userid: Any) -> Customer | None:
        """The customer with this external_userid."""
        return self._by_userid.get(str(userid))

    async def happened(self, account: str, entry: dict[str, Any]) -> None:
        """Put it into the log and call the developer."""
        self._numbers += 1
        at = int(self.clock().timestamp())
        self.logs[account].add({"msgid": f"4zEj{self._numbers:020d}", "send_time": at, **entry})
        if not self.silent:
            await self.call(account)

    async def call(self, account: str) -> bool:
        """The callback: three tries of five seconds; whether the developer took it."""
        token = self.logs[account].token()
        for _ in range(TRIES):
            query, body = self.sealed(account, token)
            try:
                answer = await asyncio.wait_for(self._post(query, body), PATIENCE_SECONDS)
            except (TimeoutError, OSError):
                continue
            if answer.status == 200:
                return True
        return False

    def sealed(self, account: str, token: str) -> tuple[dict[str, str], bytes]:
        """The query and body of a callback now."""
        xml = (
            f"<xml><ToUserName><![CDATA[{self.corp_id}]]></ToUserName>"
            f"<CreateTime>{int(self.clock().timestamp())}</CreateTime><MsgType><![CDATA[event]]></MsgType>"
            f"<Event><![CDATA[kf_msg_or_event]]></Event><Token><![CDATA[{token}]]></Token>"
            f"<OpenKfId><![CDATA[{account}]]></OpenKfId></xml>"
        )
        query, encrypted = self._signed(xml)
        body = (
            f"<xml><ToUserName><![CDATA[{self.corp_id}]]></ToUserName>"
            f"<Encrypt><![CDATA[{encrypted}]]></Encrypt><AgentID></AgentID></xml>"
        )
        return query, body.encode()

    def verification(self, echostr: str) -> dict[str, str]:
        """The query of WeCom's check of the address; the answer must be the bare echostr."""
        query, encrypted = self._signed(echostr)
        return {**query, "echostr": encrypted}

    def send(self, body: Mapping[str, Any]) -> tuple[int, str]:
        """kf/send_msg: WeCom's code and the msgid. A repeated msgid is shown once (unverified)."""
        customer = self.by_userid(body.get("touser"))
        if body.get("open_kfid") not in self.logs:
            return UNKNOWN_ACCOUNT, ""
        if customer is None or customer.account != body.get("open_kfid"):
            return UNKNOWN_CUSTOMER, ""
        if code := flaw(self, body, ("text", "msgmenu", "location", *MEDIA)):
            return code, ""
        if customer.state not in (NEW, BOT):
            return WRONG_STATE, ""
        msgid = str(body.get("msgid") or f"sim{self.random.getrandbits(64):x}")
        if msgid in self._sent:
            return 0, msgid
        if code := customer.spend():
            return code, ""
        self._sent.add(msgid)
        if customer.refuses:
            self._soon(customer.failed(msgid, REFUSED))
        else:
            self._show(customer, body)
        return 0, msgid

    def send_on_event(self, body: Mapping[str, Any]) -> tuple[int, str]:
        """kf/send_msg_on_event: text or menu by an event's code, once, while it is good."""
        code = str(body.get("code"))
        for customer in self._by_userid.values():
            if customer.codes.get(code, self.clock()) > self.clock():
                if refused := flaw(self, body, ("text", "msgmenu")):
                    return refused, ""
                del customer.codes[code]
                self._show(customer, body)
                return 0, str(body.get("msgid", ""))
        return BAD_CODE, ""

    def transfer(self, body: Mapping[str, Any]) -> int:
        """service_state/trans."""
        customer = self.by_userid(body.get("external_userid"))
        if customer is None:
            return UNKNOWN_CUSTOMER
        state = body.get("service_state")
        return 0 if isinstance(state, int) and customer.move(state) else NO_SUCH_MOVE

    def _show(self, customer: Customer, body: Mapping[str, Any]) -> None:
        text, items, media = shown(body)
        customer.show("account", "menu" if items else str(body["msgtype"]), text, items, media)

    def _soon(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    def _signed(self, plain: str) -> tuple[dict[str, str], str]:
        timestamp, nonce = str(int(self.clock().timestamp())), str(self.random.randrange(10**9, 10**10))
        encrypted = self._vault.lock(plain)
        signature = sign(self._token, timestamp, nonce, encrypted)
        return {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}, encrypted
