"""The envelope of WeCom's callbacks: always signed and encrypted, the corporation being the receiver."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import datetime

from bot.channels.wechat.envelope import Cipher, check_age, check_signature, unsealed
from bot.channels.wechat.xml import Fields


class CorpEnvelope:
    """Checks and opens what WeCom posts to one corporation; raises BadKey for an unusable key."""

    def __init__(
        self,
        corp_id: str,
        token: str,
        encoding_aes_key: str,
        replay_window: float,
        clock: Callable[[], datetime],
        random: random.Random,
    ) -> None:
        self._corp_id = corp_id
        self._token = token
        self._replay_window = replay_window
        self._clock = clock
        self._cipher = Cipher(token, encoding_aes_key, random)

    def verify(self, query: Mapping[str, str]) -> str:
        """What WeCom wants to read when it checks the address: the echostr, decrypted; raises Forbidden."""
        check_age(query, self._replay_window, self._clock())
        echo = query.get("echostr", "")
        check_signature(query.get("msg_signature"), self._token, query, echo)
        return self._cipher.opened(echo, self._corp_id)

    def open(self, query: Mapping[str, str], body: bytes) -> Fields:
        """The callback's fields; raises Forbidden, or Malformed when it is not WeCom's XML."""
        check_age(query, self._replay_window, self._clock())
        return unsealed(query, body, self._token, self._cipher, self._corp_id)
