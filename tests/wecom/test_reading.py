"""Every kind of entry in the log, as the desk understands it (A1, A2, A3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels.wechat.incoming import Ignored
from bot.channels.wechat.xml import Malformed
from bot.channels.wecom.incoming import Entered, Failed, Overheard, Reading, SessionChanged
from bot.messages import Attachment, Inbound, Location

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
READING = Reading("wk1")


def entry(kind: str, fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    common = {"msgid": "m1", "send_time": int(NOW.timestamp()), "origin": 3, "external_userid": "wm1"}
    return {**common, "open_kfid": "wk1", "msgtype": kind, kind: fields, **more}


def event(kind: str, **fields: Any) -> dict[str, Any]:
    whose = {"open_kfid": "wk1", "external_userid": "wm1"}
    return {"msgid": "e1", "send_time": int(NOW.timestamp()), "origin": 4, "msgtype": "event",
            "event": {"event_type": kind, **whose, **fields}}  # fmt: skip


def read(found: dict[str, Any], late: float = 0.0) -> Any:
    return READING.understand(found, NOW + timedelta(seconds=late))


@pytest.mark.parametrize(
    ("kind", "fields", "parts"),
    [
        ("text", {"content": "冰箱不制冷"}, {"text": "冰箱不制冷"}),
        ("text", {"content": "报修", "menu_id": "12:1"}, {"text": "报修", "choice": "12:1"}),
        ("text", {"content": "报修", "menu_id": "of another program"}, {"text": "报修"}),
        ("text", {"content": ""}, {"unsupported": "empty"}),
        ("image", {"media_id": "M"}, {"attachments": (Attachment("photo", "M"),)}),
        ("voice", {"media_id": "M"}, {"attachments": (Attachment("voice", "M", mime="audio/amr"),)}),
        ("video", {"media_id": "M"}, {"attachments": (Attachment("video", "M"),)}),
        ("file", {"media_id": "M"}, {"attachments": (Attachment("document", "M"),)}),
        ("image", {}, {"unsupported": "image"}),
        (
            "location",
            {"latitude": 31.2, "longitude": 121.5, "name": "人民广场", "address": "黄浦区"},
            {"location": Location(31.2, 121.5, "黄浦区 人民广场")},
        ),
        ("link", {"title": "T", "desc": "D", "url": "https://x"}, {"text": "T\nD\nhttps://x"}),
        ("miniprogram", {"title": "我的订单", "appid": "wx1", "pagepath": "p"}, {"text": "我的订单"}),
        ("business_card", {"userid": "zhangsan"}, {"unsupported": "business_card"}),
        ("hologram", {}, {"unsupported": "unknown"}),
    ],
)
def test_customers_messages(kind: str, fields: dict[str, Any], parts: dict[str, Any]) -> None:
    """A2: all that a customer can send arrives as what it is; what cannot be read is named."""
    inbound = read(entry(kind, fields))
    assert isinstance(inbound, Inbound)
    assert (inbound.external_id, inbound.sent_at, inbound.window) == ("msg:m1", NOW, (172800.0, 5))
    assert (inbound.address.channel, inbound.address.account, inbound.address.peer) == ("wecom", "wk1", "wm1")
    expected = {"text": "", "choice": None, "attachments": (), "location": None, "unsupported": None, **parts}
    assert {name: getattr(inbound, name) for name in expected} == expected


def test_the_window_began_when_the_customer_wrote() -> None:
    """F6: what was read late may be answered for the rest of the 48 hours only."""
    assert read(entry("text", {"content": "a"}), late=3600).window == (47 * 3600, 5)
    assert read(entry("text", {"content": "a"}), late=48 * 3600).window is None


def test_only_customers_messages_are_turns() -> None:
    """A1, A3: what servicers write in WeCom is kept as theirs; unknown origins are counted only."""
    overheard = read(entry("text", {"content": "我来看看"}, origin=5, servicer_userid="z"))
    assert isinstance(overheard, Overheard)
    assert overheard.said.text == "我来看看"
    assert read(entry("text", {"content": "a"}, origin=9)) == Ignored("origin")
    assert read(event("servicer_status_change", servicer_userid="z", status=1)) == Ignored(
        "servicer_status_change"
    )
    assert read(event("invented")) == Ignored("unknown_event")


def test_entering_with_a_code_is_welcomed_while_the_code_is_good() -> None:
    """A1: the code is good for some twenty seconds; without one nobody may be welcomed."""
    entered = read(event("enter_session", welcome_code="C"), late=5)
    assert isinstance(entered, Entered)
    assert (entered.code, entered.inbound.event, entered.inbound.payload) == ("C", "joined", "/greet")
    assert (entered.inbound.hold, entered.inbound.window) == (15.0, None)
    assert read(event("enter_session", welcome_code="C"), late=20) == Ignored("enter_session")
    assert read(event("enter_session")) == Ignored("enter_session")


@pytest.mark.parametrize(("fail_type", "closed"), [(0, False), (4, True), (6, True), (10, False)])
def test_a_failed_message_names_the_delivery(fail_type: int, closed: bool) -> None:
    """F6: the part's number is no part of the delivery's id."""
    failed = read(event("msg_send_fail", fail_msgid="abc_1", fail_type=fail_type))
    assert isinstance(failed, Failed)
    assert (failed.lost.external_id, failed.closed) == ("abc", closed)
    assert str(fail_type) in failed.lost.reason


def test_sessions_with_people() -> None:
    """G1: taken, passed on, ended."""
    changes = [read(event("session_status_change", change_type=n)) for n in (1, 2, 3)]
    assert [isinstance(one, SessionChanged) and one.by_person for one in changes] == [True, True, False]


@pytest.mark.parametrize(
    "spoilt",
    [
        {"msgid": ""},
        {"msgid": 7},
        {"send_time": "soon"},
        {"send_time": -1},
        {"external_userid": "  "},
        {"location": {"latitude": 91, "longitude": 0}},
        {"location": {"latitude": True, "longitude": 0}},
        {"location": {}},
    ],
)
def test_what_is_absurd_is_refused(spoilt: dict[str, Any]) -> None:
    """I3"""
    with pytest.raises(Malformed):
        read(entry("location", {"latitude": 1, "longitude": 1}, **spoilt))
