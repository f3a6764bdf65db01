"""WeChat in safe mode as the desk sees it: encrypted, signed pushes, answered in the same request.

What one passive reply cannot carry (a second list of choices) comes by customer-service message.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from random import Random
from typing import Any

import orjson

from bot.simulators.wechat.crypto import Vault, sign
from tests.bench.load import REPLY_SECONDS, Turn, Wrong
from tests.bench.scripts import Script, scripts
from tests.bench.wire import Client, json_response

APP_ID = "wx0123456789abcdef"
TOKEN = "bench-token"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
HEADERS = "Content-Type: text/xml\r\n"
_ENCRYPTED = re.compile(rb"<Encrypt><!\[CDATA\[(.+?)\]\]></Encrypt>")
_CONTENT = re.compile(r"<Content><!\[CDATA\[(.*?)\]\]></Content>", re.DOTALL)

_numbers = itertools.count(1)


class Service:
    """WeChat's API: a token, and customer-service messages."""

    def __init__(self) -> None:
        self._boxes: dict[str, asyncio.Queue[str]] = {}

    def answer(self, path: str, body: bytes) -> bytes:
        """Take one call."""
        if path.startswith("/wechat/cgi-bin/stable_token"):
            return json_response(b'{"access_token":"bench","expires_in":7200}')
        if "/custom/send" in path:
            message = orjson.loads(body)
            box = self._boxes.get(message["touser"])
            if box is not None:
                box.put_nowait(str(message[message["msgtype"]]))
        return json_response(b'{"errcode":0,"errmsg":"ok"}')

    def open_box(self, openid: str) -> None:
        """Keep what comes to this customer from now on; earlier messages have been read."""
        self._boxes[openid] = asyncio.Queue()

    async def message_to(self, openid: str) -> str:
        """The next message to this customer."""
        return await asyncio.wait_for(self._boxes[openid].get(), REPLY_SECONDS)


class WeChatCustomer:
    """Writes; the reply comes in the answer to the push. Choices are made by their words."""

    def __init__(self, client: Client, service: Service, vault: Vault, script: Script, openid: str) -> None:
        self._client = client
        self._service = service
        self._vault = vault
        self._script = script
        self._openid = openid
        self._latest = ""

    async def talk(self) -> AsyncIterator[Turn]:
        """Play the script; raises Wrong when it ends otherwise than it should."""
        for step in self._script.play(lambda: self._latest):
            path, body = self._push(step.text)
            self._service.open_box(self._openid)
            began = time.perf_counter()
            status, answer = await self._client.post(path, body, HEADERS)
            answered = time.perf_counter() - began
            if status != 200:
                raise Wrong(f"the webhook answered {status}")
            self._latest = self._opened(answer) or await self._service.message_to(self._openid)
            yield Turn(answered, time.perf_counter() - began)

    def _push(self, text: str) -> tuple[str, bytes]:
        stamp, nonce = str(int(time.time())), str(next(_numbers))
        locked = self._vault.lock(
            f"<xml><ToUserName><![CDATA[gh_bench]]></ToUserName>"
            f"<FromUserName><![CDATA[{self._openid}]]></FromUserName><CreateTime>{stamp}</CreateTime>"
            f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content>"
            f"<MsgId>{next(_numbers)}</MsgId></xml>"
        )
        path = (
            f"/webhooks/wechat?signature={sign(TOKEN, stamp, nonce)}&timestamp={stamp}&nonce={nonce}"
            f"&openid={self._openid}&encrypt_type=aes&msg_signature={sign(TOKEN, stamp, nonce, locked)}"
        )
        sealed = (
            f"<xml><ToUserName><![CDATA[gh_bench]]></ToUserName><Encrypt><![CDATA[{locked}]]></Encrypt></xml>"
        )
        return path, sealed.encode()

    def _opened(self, answer: bytes) -> str:
        if answer == b"success":
            return ""
        sealed = _ENCRYPTED.search(answer)
        content = _CONTENT.search(self._vault.unlock(sealed[1].decode())) if sealed else None
        if content is None:
            raise Wrong(f"no passive reply but {answer[:100]!r}")
        return content[1]


def wechat_customers(
    clients: Sequence[Client], service: Service, rng: Random, numbers: Iterator[int]
) -> Iterator[Callable[[int], Any]]:
    """Customers of the Official Account, one script after the other."""
    vault = Vault(APP_ID, KEY, rng)
    for script in scripts(rng):
        yield lambda lane, s=script: WeChatCustomer(  # type: ignore[misc]
            clients[lane], service, vault, s, f"o{next(numbers):027d}"
        )
