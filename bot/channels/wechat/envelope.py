"""Signatures and encryption of the messages between WeChat and the desk (plain, compatible, safe mode)."""

from __future__ import annotations

import hmac
import random
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException
from wechatpy.utils import WeChatSigner

from bot.channels.wechat.xml import Fields, Malformed, read

Mode = Literal["plain", "compatible", "safe"]

CLOCK_SKEW_SECONDS = 120  # how far ahead of ours WeChat's clock may be


class Forbidden(Exception):
    """The request does not come from WeChat, is not meant for this account, or is a replay."""


class BadKey(ValueError):
    """The EncodingAESKey is not 43 characters of base64."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A request whose origin is proven: its fields, and whether the answer must be encrypted."""

    fields: Fields
    encrypted: bool


class Envelope:
    """Checks and opens what WeChat posts to one account, and seals what we answer.

    `random` supplies nonces and the random head of encrypted replies; give SystemRandom outside tests.
    """

    def __init__(
        self,
        app_id: str,
        token: str,
        encoding_aes_key: str | None,
        mode: Mode,
        replay_window: float,
        clock: Callable[[], datetime],
        random: random.Random,
    ) -> None:
        if encoding_aes_key is None and mode != "plain":
            raise BadKey("an EncodingAESKey is needed unless the mode is plain")
        self._app_id = app_id
        self._token = token
        self._mode = mode
        self._replay_window = replay_window
        self._clock = clock
        self._random = random
        self._cipher = Cipher(token, encoding_aes_key, random) if encoding_aes_key is not None else None

    def verify(self, query: Mapping[str, str]) -> str:
        """The echostr of WeChat's URL verification; raises Forbidden."""
        check_age(query, self._replay_window, self._clock())
        check_signature(query.get("signature"), self._token, query)
        return query.get("echostr", "")

    def open(self, query: Mapping[str, str], body: bytes) -> Opened:
        """The message in a POST; raises Forbidden, or Malformed when it is not WeChat's XML."""
        check_age(query, self._replay_window, self._clock())
        encrypted = query.get("encrypt_type", "raw") not in ("", "raw")
        if encrypted != (self._mode == "safe") and self._mode != "compatible":
            raise Forbidden("not this account's encryption mode")
        if not encrypted:
            check_signature(query.get("signature"), self._token, query)
            return Opened(read(body), encrypted=False)
        if "signature" in query:
            check_signature(query["signature"], self._token, query)
        assert self._cipher is not None
        return Opened(unsealed(query, body, self._token, self._cipher, self._app_id), encrypted=True)

    def seal(self, xml: str) -> str:
        """The encrypted and signed form of a passive reply."""
        assert self._cipher is not None
        encrypted = self._cipher.encrypt(xml, self._app_id).decode()
        timestamp = str(int(self._clock().timestamp()))
        nonce = f"{self._random.getrandbits(64):016x}"
        return (
            f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt>"
            f"<MsgSignature><![CDATA[{signature(self._token, timestamp, nonce, encrypted)}]]></MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        )


class Cipher(PrpCrypto):
    """wechatpy's cipher with the random head taken from our source of randomness; raises BadKey."""

    def __init__(self, token: str, encoding_aes_key: str, random: random.Random) -> None:
        super().__init__(_key(token, encoding_aes_key))
        self._random = random

    def get_random_string(self) -> bytes:
        return self._random.randbytes(16)

    def opened(self, cipher_text: str, receiver: str) -> str:
        """What was sealed for this receiver (an app or a corp id); raises Forbidden."""
        try:
            return str(self.decrypt(cipher_text, receiver))
        except InvalidAppIdException:
            raise Forbidden("meant for another account") from None
        except (ValueError, IndexError, struct.error):
            raise Forbidden("not encrypted with this account's key") from None


def unsealed(query: Mapping[str, str], body: bytes, token: str, cipher: Cipher, receiver: str) -> Fields:
    """The fields inside a signed `Encrypt`; raises Forbidden, or Malformed."""
    cipher_text = read(body).get("Encrypt")
    if not isinstance(cipher_text, str):
        raise Malformed("no Encrypt")
    check_signature(query.get("msg_signature"), token, query, cipher_text)
    return read(cipher.opened(cipher_text, receiver))


def check_age(query: Mapping[str, str], replay_window: float, now: datetime) -> None:
    """Raise Forbidden for a timestamp that is older than so many seconds, or of the future."""
    stamp = query.get("timestamp", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 11):
        raise Forbidden("no timestamp")
    age = now.timestamp() - int(stamp)
    if age > replay_window or age < -CLOCK_SKEW_SECONDS:
        raise Forbidden("timestamp outside the replay window")


def check_signature(given: str | None, token: str, query: Mapping[str, str], *more: str) -> None:
    """Raise Forbidden unless it is the signature of token, timestamp, nonce and what else is signed."""
    expected = signature(token, query.get("timestamp", ""), query.get("nonce", ""), *more)
    if given is None or not hmac.compare_digest(_bytes(given), expected.encode()):
        raise Forbidden("wrong signature")


def signature(*parts: str) -> str:
    """WeChat's signature: SHA-1 over the sorted and joined parts, in hexadecimal."""
    signer = WeChatSigner()
    signer.add_data(*(_bytes(part) for part in parts))
    return str(signer.signature)


def _key(token: str, encoding_aes_key: str) -> bytes:
    try:
        return bytes(WeChatCrypto(token, encoding_aes_key, "").key)
    except (AssertionError, ValueError):
        raise BadKey("an EncodingAESKey has 43 letters and digits") from None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
