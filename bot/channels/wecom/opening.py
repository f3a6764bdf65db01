"""The accounts of WeCom customer service as configured: one channel each, one door and one API for all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random, SystemRandom

from pydantic import SecretStr

from bot import metrics
from bot.channels.protocol import Pictures
from bot.channels.wechat.envelope import BadKey
from bot.channels.wechat.http import Http
from bot.channels.wechat.ledger import StoredLedger, TokenShelfInStore
from bot.channels.wecom.api import WeComApi
from bot.channels.wecom.channel import WeComChannel
from bot.channels.wecom.door import Door
from bot.channels.wecom.envelope import CorpEnvelope
from bot.channels.wecom.incoming import Reading
from bot.channels.wecom.place import Place
from bot.channels.wecom.pulling import Puller
from bot.channels.wecom.sessions import Sessions
from bot.holders import new_holder
from bot.settings import Settings, SettingsProblem
from storage import Store


def open_accounts(
    settings: Settings,
    store: Store,
    clock: Callable[[], datetime],
    pictures: Pictures | None = None,
    count: Callable[[str], None] = metrics.count,
    random: Random | None = None,
) -> list[WeComChannel]:
    """The configured accounts; raises SettingsProblem naming what is missing or wrong."""
    given, random = settings.channels.wecom, random or SystemRandom()
    corp_id, token = _needed(given.corp_id, "corp_id"), _needed(given.token, "token")
    secret = _needed(given.secret, "secret")
    key = _needed(given.encoding_aes_key, "encoding_aes_key")
    if not given.accounts:
        raise SettingsProblem("channels.wecom.accounts: name at least one {open_kfid: wk…}")
    try:
        envelope = CorpEnvelope(corp_id, token, key, given.replay_window_seconds, clock, random)
    except BadKey as problem:
        raise SettingsProblem(f"channels.wecom.encoding_aes_key: {problem}") from None
    http = Http(given.api_base, given.timeout_seconds)
    api = WeComApi(corp_id, secret, http, TokenShelfInStore(store, "wecom", corp_id), clock)
    holder = new_holder(random)
    names = [account.open_kfid for account in given.accounts]
    places = [Place(store, "wecom", name, holder, clock) for name in names]
    pullers = [Puller(api, *one, clock, given.poll_seconds) for one in zip(names, places, strict=True)]
    wake = {puller.account: puller.wake for puller in pullers}
    door = Door(envelope, wake, settings.http.max_body_bytes, count)
    ledger, window = StoredLedger(store), (given.window_hours * 3600, given.quota)
    return [
        WeComChannel(
            api=api,
            puller=puller,
            reading=Reading(puller.account, window),
            ledger=ledger,
            sessions=Sessions(api, store, ledger, one.agents == "wecom"),
            clock=clock,
            count=count,
            door=None if number else door,
            max_media_bytes=settings.http.max_upload_bytes,
            public_url=settings.http.public_url,
            pictures=pictures,
        )
        for number, (one, puller) in enumerate(zip(given.accounts, pullers, strict=True))
    ]


def _needed(value: str | SecretStr | None, name: str) -> str:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not text:
        raise SettingsProblem(f"channels.wecom.{name}: is needed when the channel is enabled")
    return text
