"""WeChat in safe mode as the desk sees it: encrypted, signed pushes, answered in the same request."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from random import Random
from typing import Any

from bot.simulators.wechat.crypto import Vault, sign
from tests.bench.load import Turn, Wrong
from tests.bench.scripts import Script, scripts
from tests.bench.wire import Client

APP_ID = "wx0123456789abcdef"
TOKEN = "bench-token"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
HEADERS = "Content-Type: text/xml\r\n"
_ENCRYPTED = re.compile(rb"<Encrypt><!\[CDATA\[(.+?)\]\]></Encrypt>")
_CONTENT = re.compile(r"<Content><!\[CDATA\[(.*?)\]\]></Content>", re.DOTALL)

_numbers = itertools.count(1)


class WeChatCustomer:
    """Writes; the reply comes in the answer to the push. Choices are made by their words."""

    def __init__(self, client: Client, vault: Vault, script: Script, openid: str) -> None:
        self._client = client
        self._vault = vault
        self._script = script
        self._openid = openid
        self._latest = ""

    async def talk(self) -> AsyncIterator[Turn]:
        """Play the script; raises Wrong when it ends otherwise than it should."""
        for step in self._script.play(lambda: self._latest):
            path, body = self._push(step.text)
            began = time.perf_counter()
            status, answer = await self._client.post(path, body, HEADERS)
            spent = time.perf_counter() - began
            if status != 200:
                raise Wrong(f"the webhook answered {status}")
            self._latest = self._opened(answer)
            yield Turn(spent, spent)

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
        sealed = _ENCRYPTED.search(answer)
        content = _CONTENT.search(self._vault.unlock(sealed[1].decode())) if sealed else None
        if content is None:
            raise Wrong(f"no passive reply but {answer[:100]!r}")
        return content[1]


def wechat_customers(
    clients: Sequence[Client], rng: Random, numbers: Iterator[int]
) -> Iterator[Callable[[int], Any]]:
    """Customers of the Official Account, one script after the other."""
    vault = Vault(APP_ID, KEY, rng)
    for script in scripts(rng):
        yield lambda lane, s=script: WeChatCustomer(clients[lane], vault, s, f"o{next(numbers):027d}")  # type: ignore[misc]
