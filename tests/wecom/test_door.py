"""The callback door: only WeCom's own, fresh calls ring, and each is answered at once (A1, I3)."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.testing import RecordingDesk
from bot.channels.wecom.opening import open_accounts
from bot.diagnosis import _platforms
from bot.settings import PROJECT, Settings, SettingsProblem, load
from tests.wechat.conftest import KEY, SECRET, TOKEN
from tests.wecom.conftest import ACCOUNT, CORP_ID


async def test_the_address_is_verified(make_rig: Any) -> None:
    """A1: the echostr comes encrypted and goes back in the clear."""
    rig = await make_rig()
    answer = await rig.get(rig.simulator.verification("5927843643569327"))
    assert (answer.status, answer.body) == (200, b"5927843643569327")


@pytest.mark.parametrize("spoilt", ["msg_signature", "timestamp", "nonce", "echostr"])
async def test_a_forged_verification_is_403(make_rig: Any, spoilt: str) -> None:
    """I3"""
    rig = await make_rig()
    query = rig.simulator.verification("echo")
    for forged in (
        {**query, spoilt: query[spoilt][:-1] + "x"},
        {k: v for k, v in query.items() if k != spoilt},
    ):
        answer = await rig.get(forged)
        assert answer.status == 403
        assert b"echo" not in answer.body


@pytest.mark.parametrize("spoilt", ["msg_signature", "timestamp", "nonce"])
async def test_a_forged_call_rings_nothing(make_rig: Any, spoilt: str) -> None:
    """I3"""
    rig = await make_rig()
    query, body = rig.simulator.sealed(ACCOUNT, "token")
    answer = await rig.post({**query, spoilt: query[spoilt][:-1] + "x"}, body)
    assert answer.status == 403
    assert not rig.puller._bell.is_set()


async def test_a_replayed_call_rings_nothing(make_rig: Any) -> None:
    """I3: a call of eleven minutes ago is a replay."""
    rig = await make_rig()
    query, body = rig.simulator.sealed(ACCOUNT, "token")
    rig.clock.forward(minutes=11)
    assert (await rig.post(query, body)).status == 403


async def test_another_corporations_call_is_403(make_rig: Any) -> None:
    """I3: the receiver inside the envelope is compared."""
    rig = await make_rig()
    other = await make_rig(beside=rig)
    other.simulator._vault._app_id = b"ww-somebody-else"
    query, body = other.simulator.sealed(ACCOUNT, "token")
    assert (await rig.post(query, body)).status == 403


async def test_what_is_not_xml_is_400_and_what_is_long_413(make_rig: Any) -> None:
    """I3"""
    rig = await make_rig()
    query, _ = rig.simulator.sealed(ACCOUNT, "token")
    assert (await rig.post(query, b"nonsense")).status == 400
    assert (await rig.post(query, b"x" * 70_000)).status == 413


async def test_an_account_that_is_not_ours_is_counted(make_rig: Any) -> None:
    """A1: answered, so that WeCom does not repeat it, and named in the log."""
    rig = await make_rig()
    query, body = rig.simulator.sealed("wkOTHER", "token")
    answer = await rig.post(query, body)
    assert (answer.status, answer.body) == (200, b"success")
    assert rig.counted["wecom.ignored.account"] == 1


def configured(**changes: str) -> Settings:
    environ = {
        "ENABLED": "true",
        "CORP_ID": CORP_ID,
        "SECRET": SECRET,
        "TOKEN": TOKEN,
        "ENCODING_AES_KEY": KEY,
        "ACCOUNTS": "[{open_kfid: wk1}, {open_kfid: wk2, agents: wecom}]",
        **changes,
    }
    named = {f"BOT__CHANNELS__WECOM__{name}": value for name, value in environ.items()}
    return load(PROJECT / "config.yaml", named)


async def test_accounts_as_configured(sqlite_store: Any, clock: Any) -> None:
    """A1: one channel each; the door stands once, and only for the second are sessions handed over."""
    first, second = open_accounts(configured(), sqlite_store, clock)
    assert [(c.name, c.account) for c in (first, second)] == [("wecom", "wk1"), ("wecom", "wk2")]
    assert first.router(RecordingDesk()) is not None
    assert second.router(RecordingDesk()) is None
    assert [c._sessions.transfers for c in (first, second)] == [False, True]


def test_an_unusable_key_is_named(sqlite_store: Any, clock: Any) -> None:
    """I3"""
    with pytest.raises(SettingsProblem, match=r"channels\.wecom\.encoding_aes_key"):
        open_accounts(configured(ENCODING_AES_KEY="short"), sqlite_store, clock)


@pytest.mark.parametrize(("secret", "state"), [(SECRET, "ok"), ("another", "FAILED")])
async def test_the_doctor_asks_wecom(make_rig: Any, secret: str, state: str) -> None:
    """A1: whether corporation and secret are accepted."""
    rig = await make_rig()
    base = rig.api._http._base
    (ask,) = _platforms(configured(SECRET=secret, API_BASE=base))
    found = await ask()
    assert [(one.subject, one.state) for one in found if "credentials" in one.subject] == [
        ("wecom credentials", state)
    ]
