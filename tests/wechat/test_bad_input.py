"""What WeChat would never send is turned away, counted, and changes nothing (I3)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.wechat.xml import MAX_DEPTH, MAX_ELEMENTS, Malformed, read

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><xml><Content>&i;</Content></xml>"
)
HOSTILE = {
    "entity bomb": BOMB,
    "external entity": '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml><Content>&f;</Content></xml>',
    "a bare DTD": "<!DOCTYPE xml><xml><MsgType>text</MsgType></xml>",
    "unknown entity": "<xml><Content>&nope;</Content></xml>",
    "not closed": "<xml><Content>",
    "two roots": "<xml></xml><xml></xml>",
    "no XML": "hello",
    "nothing": "",
    "a control character": "<xml><Content>\x00</Content></xml>",
    "a surrogate": "<xml><Content>&#xD800;</Content></xml>",
    "unknown encoding": '<?xml version="1.0" encoding="nope"?><xml><a>1</a></xml>',
    "multi-byte encoding": '<?xml version="1.0" encoding="GBK"?><xml><a>1</a></xml>',
    "too many elements": "<xml>" + "<a>1</a>" * (MAX_ELEMENTS + 1) + "</xml>",
    "too deep": "<a>" * (MAX_DEPTH + 1) + "</a>" * (MAX_DEPTH + 1),
}
GOOD = (
    "<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName><CreateTime>1772424000</CreateTime>"
    "<MsgType>text</MsgType><Content>hi</Content><MsgId>1</MsgId></xml>"
)
MISSING = ["ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId"]
ABSURD = {
    "CreateTime": ["", "-1", "soon", "9" * 40, "１２３"],
    "FromUserName": ["", "with space", "é", "o" * 200],
    "MsgId": ["", "a b", "m" * 200],
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_xml_is_400_and_counted(make_rig: Callable[..., Any], name: str) -> None:
    """I3: entity bombs, DTDs and broken XML."""
    rig = await make_rig("plain")
    query, _ = rig.simulator.pusher.sealed("")
    answer = await rig.post(query, HOSTILE[name].encode())
    assert answer.status == 400
    assert rig.counted["wechat.malformed"] == 1
    assert rig.desk.received == []


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_xml_inside_the_encryption_is_400(make_rig: Callable[..., Any], name: str) -> None:
    """I3: being encrypted makes nothing harmless."""
    rig = await make_rig("safe")
    answer = await rig.post(*rig.simulator.pusher.sealed(HOSTILE[name]))
    assert answer.status == 400
    assert rig.desk.received == []


def without(name: str) -> str:
    start, end = GOOD.index(f"<{name}>"), GOOD.index(f"</{name}>") + len(name) + 3
    return GOOD[:start] + GOOD[end:]


@pytest.mark.parametrize("name", MISSING)
async def test_a_message_without_a_needed_field_is_400(make_rig: Callable[..., Any], name: str) -> None:
    rig = await make_rig("plain")
    answer = await rig.post(*rig.simulator.pusher.sealed(without(name)))
    assert (answer.status, rig.desk.received) == (400, [])


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in ABSURD.items() for v in values])
async def test_an_absurd_field_is_400(make_rig: Callable[..., Any], name: str, value: str) -> None:
    rig = await make_rig("plain")
    xml = without(name).replace("<xml>", f"<xml><{name}>{value}</{name}>")
    answer = await rig.post(*rig.simulator.pusher.sealed(xml))
    assert (answer.status, rig.desk.received) == (400, [])


async def test_a_good_message_is_taken(make_rig: Callable[..., Any]) -> None:
    """The message that the tests above spoil is good."""
    rig = await make_rig("plain")
    answer = await rig.post(*rig.simulator.pusher.sealed(GOOD))
    assert answer.status == 200
    assert rig.desk.received[0].external_id == "msg:1"


async def test_a_body_over_the_limit_is_413(make_rig: Callable[..., Any]) -> None:
    rig = await make_rig("plain", max_body_bytes=1000)
    query, _ = rig.simulator.pusher.sealed("")
    answer = await rig.post(query, b"<xml>" + b" " * 1000 + b"</xml>")
    assert answer.status == 413
    assert rig.counted["wechat.oversized"] == 1


async def test_a_text_of_100000_characters_is_taken(make_rig: Callable[..., Any]) -> None:
    rig = await make_rig("safe", answer=lambda inbound: ())
    await rig.customer().says("冰" * 100_000)
    assert rig.desk.received[0].text == "冰" * 100_000


@pytest.mark.parametrize("mode", ["plain", "safe"])
def test_no_bytes_give_a_server_error(make_rig: Callable[..., Any], mode: str) -> None:
    """I3: any body with a right signature answers 200, 400 or 403."""

    async def statuses() -> set[int]:
        rig = await make_rig(mode)
        found: set[int] = set()

        async def one(body: bytes) -> None:
            query, sealed = rig.simulator.pusher.sealed(body.decode("utf-8", "replace"))
            found.add((await rig.post(query, sealed if mode == "safe" else body)).status)

        runner = asyncio.get_running_loop()

        @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
        @given(body=st.one_of(st.binary(max_size=300), xml_like()))
        def check(body: bytes) -> None:
            asyncio.run_coroutine_threadsafe(one(body), runner).result(10)

        await asyncio.to_thread(check)
        return found

    assert asyncio.run(statuses()) <= {200, 400, 403}


@given(raw=st.binary(max_size=400))
def test_reading_raises_nothing_but_malformed(raw: bytes) -> None:
    try:
        read(raw)
    except Malformed:
        pass


def xml_like() -> st.SearchStrategy[bytes]:
    """Messages with WeChat's names and anything inside."""
    names = st.sampled_from(
        ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId", "Event", "EventKey",
         "MediaId", "Location_X", "Location_Y", "ScanCodeInfo", "bizmsgmenuid", "Encrypt"]
    )  # fmt: skip
    kinds = st.sampled_from(
        ["text", "event", "CLICK", "location", "voice", "1", "gh_1", "subscribe", "1:1", "LOCATION",
         "scancode_waitmsg", "nan", "<ScanResult>a,b</ScanResult>", "1e999", "location_select"]
    )  # fmt: skip
    values = st.one_of(
        kinds, st.text(st.characters(exclude_characters="<&", exclude_categories=["Cs"]), max_size=20)
    )
    elements = st.lists(st.tuples(names, values).map(lambda e: f"<{e[0]}>{e[1]}</{e[0]}>"), max_size=14)
    return elements.map(lambda parts: f"<xml>{''.join(parts)}</xml>".encode())
