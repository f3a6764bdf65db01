"""Pushes to the developer's server: XML in the account's mode, five seconds, three tries, passive replies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any, Literal
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from bot.simulators.wechat.crypto import CannotOpen, Vault, sign

TEXT_BYTES = 2048

Mode = Literal["plain", "compatible", "safe"]
Nested = Mapping[str, Any]


class BadReply(Exception):
    """The developer's answer is nothing that WeChat could show."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the developer's server answered."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class PassiveReply:
    """A passive reply's fields as WeChat reads them."""

    kind: str
    text: str
    media: str = ""


Post = Callable[[dict[str, str], bytes], Awaitable[Answer]]


class Pusher:
    """Brings pushes to the developer's server as WeChat does.

    `post(query, body)` is one HTTP request; `patience` is how long WeChat waits, `tries` how often it tries.
    """

    def __init__(
        self,
        post: Post,
        *,
        app_id: str,
        original_id: str,
        token: str,
        encoding_aes_key: str | None,
        mode: Mode,
        clock: Callable[[], datetime],
        random: Random,
        patience: float = 5.0,
        tries: int = 3,
    ) -> None:
        self.post = post
        self.original_id = original_id
        self._token = token
        self._mode = mode
        self._clock = clock
        self._random = random
        self._patience = patience
        self._tries = tries
        self._vault = Vault(app_id, encoding_aes_key, random) if encoding_aes_key else None
        self.attempts = 0

    async def push(self, openid: str, fields: Nested) -> PassiveReply | None:
        """Deliver one message or event; raises BadReply when every try failed or the reply is unusable."""
        common = {"ToUserName": self.original_id, "FromUserName": openid}
        xml = f"<xml>{_written({**common, **fields})}</xml>"
        for _ in range(self._tries):
            self.attempts += 1
            query, body = self.sealed(xml)
            try:
                answer = await asyncio.wait_for(self.post(query, body), self._patience)
            except (TimeoutError, OSError):
                continue
            if answer.status == 200:
                return self._read(answer.body, openid)
        raise BadReply("no answer in time")

    async def verify(self, echostr: str) -> tuple[dict[str, str], str]:
        """The query of a URL verification, and what must come back."""
        query = self._signed()
        return {**query, "echostr": echostr}, echostr

    def sealed(self, xml: str) -> tuple[dict[str, str], bytes]:
        """The query and body that carry this XML now, in the account's mode."""
        query = self._signed()
        if self._mode == "plain":
            return query, xml.encode()
        assert self._vault is not None
        encrypted = self._vault.lock(xml)
        query["encrypt_type"] = "aes"
        query["msg_signature"] = sign(self._token, query["timestamp"], query["nonce"], encrypted)
        if self._mode == "compatible":
            return query, xml.replace("</xml>", f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>").encode()
        outer = {"ToUserName": self.original_id, "Encrypt": encrypted}
        return query, f"<xml>{_written(outer)}</xml>".encode()

    def _signed(self) -> dict[str, str]:
        timestamp = str(int(self._clock().timestamp()))
        nonce = str(self._random.randrange(10**9, 10**10))
        return {"signature": sign(self._token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}

    def _read(self, body: bytes, openid: str) -> PassiveReply | None:
        if body.strip() in (b"", b"success"):
            return None
        reply = _parsed(body)
        if (encrypted := reply.findtext("Encrypt")) is not None:
            reply = self._opened(reply, encrypted)
        elif self._mode == "safe":
            raise BadReply("a plain reply in safe mode")
        if reply.findtext("ToUserName") != openid or reply.findtext("FromUserName") != self.original_id:
            raise BadReply("addressed to somebody else")
        if not (reply.findtext("CreateTime") or "").isdigit():
            raise BadReply("no CreateTime")
        return _shown(reply)

    def _opened(self, outer: Element, encrypted: str) -> Element:
        if self._mode == "plain" or self._vault is None:
            raise BadReply("an encrypted reply in plain mode")
        stamp, nonce = outer.findtext("TimeStamp") or "", outer.findtext("Nonce") or ""
        if outer.findtext("MsgSignature") != sign(self._token, stamp, nonce, encrypted):
            raise BadReply("wrong MsgSignature")
        try:
            return _parsed(self._vault.unlock(encrypted).encode())
        except CannotOpen as problem:
            raise BadReply(str(problem)) from None


def _shown(reply: Element) -> PassiveReply:
    kind = reply.findtext("MsgType") or ""
    if kind == "text":
        text = reply.findtext("Content") or ""
        if not text or len(text.encode()) > TEXT_BYTES:
            raise BadReply("text empty or longer than 2048 bytes")
        return PassiveReply("text", text)
    if kind in ("image", "voice", "video"):
        return PassiveReply(kind, "", reply.findtext(f"{kind.capitalize()}/MediaId") or "")
    if kind == "transfer_customer_service":
        return PassiveReply(kind, "")
    raise BadReply(f"unknown MsgType {kind[:32]!r}")


def _parsed(body: bytes) -> Element:
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise BadReply("not XML") from None
    return root


def _written(fields: Nested) -> str:
    """Elements as WeChat writes them: numbers bare, words in CDATA, inner structures nested."""
    parts = []
    for name, value in fields.items():
        if isinstance(value, Mapping):
            inner = _written(value)
        elif isinstance(value, str) and not (name in ("CreateTime", "MsgId") and value.isdigit()):
            inner = f"<![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]>"
        else:
            inner = escape(str(value))
        parts.append(f"<{name}>{inner}</{name}>")
    return "".join(parts)
