"""WeChat's side of the envelope, written from its documentation and independent of the channel's code."""

from __future__ import annotations

import base64
import hashlib
from random import Random

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32


class CannotOpen(Exception):
    """The reply is not encrypted for this account, or its padding or signature is wrong."""


class Vault:
    """AES-256-CBC under an EncodingAESKey: 16 random bytes, length, message, app id, PKCS#7 to 32."""

    def __init__(self, app_id: str, encoding_aes_key: str, random: Random) -> None:
        self._key = base64.b64decode(encoding_aes_key + "=")
        self._app_id = app_id.encode()
        self._random = random

    def lock(self, message: str) -> str:
        """Encrypt for the developer's server."""
        content = message.encode()
        plain = self._random.randbytes(16) + len(content).to_bytes(4, "big") + content + self._app_id
        padding = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher().encryptor()
        sealed = encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
        return base64.b64encode(sealed).decode()

    def unlock(self, encrypted: str) -> str:
        """Decrypt the developer's reply; raises CannotOpen."""
        try:
            decryptor = self._cipher().decryptor()
            sealed = base64.b64decode(encrypted, validate=True)
            plain = decryptor.update(sealed) + decryptor.finalize()
        except ValueError:
            raise CannotOpen("not base64 of whole blocks") from None
        padding = plain[-1] if plain else 0
        if not 1 <= padding <= BLOCK or plain[-padding:] != bytes([padding]) * padding:
            raise CannotOpen("wrong padding")
        size = int.from_bytes(plain[16:20], "big")
        content, app_id = plain[20 : 20 + size], plain[20 + size : -padding]
        if app_id != self._app_id:
            raise CannotOpen("another app id")
        try:
            return content.decode()
        except UnicodeDecodeError:
            raise CannotOpen("not UTF-8") from None

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))


def sign(*parts: str) -> str:
    """SHA-1 over the sorted parts."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()
