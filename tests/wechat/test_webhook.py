"""What comes in by the webhook: three modes, every kind of message and event (A1, A2, I3)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.messages import Attachment, Inbound, Location
from bot.simulators.wechat.crypto import sign

Make = Callable[..., Any]
MODES = ["plain", "compatible", "safe"]


async def heard(make_rig: Make, act: Callable[[Any], Any], **more: Any) -> Inbound:
    rig = await make_rig(**more)
    await act(rig.customer())
    return rig.desk.received[0]


@pytest.mark.parametrize("mode", MODES)
async def test_a_text_is_taken_and_answered_in_every_mode(make_rig: Make, mode: str, clock: Any) -> None:
    """A1: plain, compatible and safe mode; the simulator refuses an answer in the wrong form."""
    rig = await make_rig(mode)
    bubbles = await rig.customer().says("冰箱不制冷 ]]> <&>")
    assert [b.text for b in bubbles] == ["收到：冰箱不制冷 ]]> <&>"]
    assert rig.simulator.problems == []
    inbound = rig.desk.received[0]
    assert inbound.address.channel == "wechat"
    assert inbound.address.peer == rig.customer().openid
    assert inbound.external_id.startswith("msg:")
    assert inbound.sent_at == clock()
    assert inbound.window == (48 * 3600, 5)
    assert inbound.hold > 4


@pytest.mark.parametrize("mode", MODES)
async def test_the_url_verification_gets_the_bare_echostr(make_rig: Make, mode: str) -> None:
    rig = await make_rig(mode)
    query, echostr = await rig.simulator.pusher.verify("5927843643569327")
    answer = await rig.get(query)
    assert (answer.status, answer.body) == (200, echostr.encode())


@pytest.mark.parametrize("spoilt", ["signature", "timestamp", "nonce"])
async def test_a_wrong_url_verification_is_403(make_rig: Make, spoilt: str) -> None:
    """I3"""
    rig = await make_rig()
    query, _ = await rig.simulator.pusher.verify("echo")
    answer = await rig.get({**query, spoilt: query[spoilt][:-1] + "x"})
    assert answer.status == 403
    assert b"echo" not in answer.body


@pytest.mark.parametrize("missing", ["signature", "timestamp", "nonce"])
async def test_an_unsigned_url_verification_is_403(make_rig: Make, missing: str) -> None:
    """I3"""
    rig = await make_rig()
    query, _ = await rig.simulator.pusher.verify("echo")
    del query[missing]
    assert (await rig.get(query)).status == 403


XML = (
    "<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName><CreateTime>1772424000</CreateTime>"
    "<MsgType>text</MsgType><Content>hi</Content><MsgId>77</MsgId></xml>"
)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("spoilt", ["signature", "msg_signature", "timestamp", "nonce"])
async def test_a_wrong_signature_is_403_and_nothing_is_stored(make_rig: Make, mode: str, spoilt: str) -> None:
    """I3"""
    rig = await make_rig(mode)
    query, body = rig.simulator.pusher.sealed(XML)
    if spoilt not in query:
        return
    answer = await rig.post({**query, spoilt: query[spoilt][:-1] + "x"}, body)
    assert answer.status == 403
    assert rig.desk.received == []
    assert rig.counted["wechat.forbidden"] == 1


@pytest.mark.parametrize("mode", MODES)
async def test_a_message_without_signatures_is_403(make_rig: Make, mode: str) -> None:
    """I3"""
    rig = await make_rig(mode)
    query, body = rig.simulator.pusher.sealed(XML)
    bare = {name: value for name, value in query.items() if "signature" not in name}
    assert (await rig.post(bare, body)).status == 403
    assert rig.desk.received == []


async def test_safe_mode_takes_no_plain_message(make_rig: Make, clock: Any) -> None:
    """I3: a plain body's content is not signed."""
    rig = await make_rig("safe")
    stamp = str(int(clock().timestamp()))
    query = {"signature": sign("simulated-token", stamp, "n"), "timestamp": stamp, "nonce": "n"}
    assert (await rig.post(query, XML.encode())).status == 403
    assert rig.desk.received == []


async def test_compatible_mode_takes_plain_messages_too(make_rig: Make, clock: Any) -> None:
    """The reply has the request's form."""
    rig = await make_rig("compatible")
    stamp = str(int(clock().timestamp()))
    query = {"signature": sign("simulated-token", stamp, "n"), "timestamp": stamp, "nonce": "n"}
    answer = await rig.post(query, XML.encode())
    assert b"<Content>" in answer.body
    assert b"<Encrypt>" not in answer.body
    assert rig.desk.received[0].text == "hi"


@pytest.mark.parametrize(("seconds", "status"), [(0, 200), (590, 200), (610, 403), (-60, 200), (-700, 403)])
async def test_old_and_future_timestamps_are_replays(
    make_rig: Make, clock: Any, seconds: int, status: int
) -> None:
    """I3: older than the replay window, or ahead of our clock by more than clocks differ."""
    rig = await make_rig()
    query, body = rig.simulator.pusher.sealed(XML)
    clock.forward(seconds=seconds)
    assert (await rig.post(query, body)).status == status


async def test_the_same_msgid_is_taken_once(make_rig: Make) -> None:
    """I2: the repeated push gets the same reply."""
    rig = await make_rig()
    customer = rig.customer()
    first = await customer.says("你好")
    again = await customer.repeats_last_push()
    assert [b.text for b in first] == [b.text for b in again]
    assert (len(rig.desk.received), len(rig.desk.repeated)) == (1, 1)


async def test_an_honest_repeat_is_another_message(make_rig: Make) -> None:
    """I2: not the words but the MsgId identify a message."""
    rig = await make_rig()
    await rig.customer().says("在吗")
    await rig.customer().says("在吗")
    assert len(rig.desk.received) == 2


async def test_a_photo(make_rig: Make) -> None:
    """A2"""
    inbound = await heard(make_rig, lambda customer: customer.sends_photo(b"jpeg"))
    (photo,) = inbound.attachments
    assert photo.kind == "photo"
    assert photo.ref.startswith("sim-")


async def test_a_voice_message_with_recognition_is_also_text(make_rig: Make) -> None:
    """A2"""
    inbound = await heard(make_rig, lambda customer: customer.sends_voice("冰箱坏了"))
    assert inbound.text == "冰箱坏了"
    assert (inbound.attachments[0].kind, inbound.attachments[0].mime) == ("voice", "audio/amr")


async def test_a_voice_message_without_recognition_is_kept(make_rig: Make) -> None:
    """A2"""
    inbound = await heard(make_rig, lambda customer: customer.sends_voice(None))
    assert inbound.text == ""
    assert inbound.attachments[0].kind == "voice"


@pytest.mark.parametrize("short", [True, False])
async def test_a_video(make_rig: Make, short: bool) -> None:
    """A2: video and shortvideo."""
    inbound = await heard(make_rig, lambda customer: customer.sends_video(short=short))
    assert inbound.attachments[0].kind == "video"


async def test_a_location(make_rig: Make) -> None:
    """A2"""
    inbound = await heard(make_rig, lambda customer: customer.sends_location(23.13, 113.26, "广州"))
    assert inbound.location == Location(23.13, 113.26, "广州")


async def test_a_link(make_rig: Make) -> None:
    """A2"""
    inbound = await heard(make_rig, lambda c: c.sends_link("洗衣机E1", "https://example.com/e1"))
    assert inbound.text == "洗衣机E1\nhttps://example.com/e1"


async def test_a_file_that_can_be_fetched(make_rig: Make) -> None:
    """A2"""
    inbound = await heard(make_rig, lambda c: c.sends("file", Title="发票.pdf", MediaId="m1"))
    assert inbound.attachments == (Attachment("document", "m1", name="发票.pdf"),)


async def test_a_file_that_cannot_be_fetched_is_answered(make_rig: Make) -> None:
    """A2: never dropped in silence."""
    inbound = await heard(make_rig, lambda c: c.sends("file", Title="发票.pdf", FileKey="k"))
    assert (inbound.unsupported, inbound.text) == ("file", "发票.pdf")


@pytest.mark.parametrize(("kind", "name"), [("miniprogrampage", "miniprogrampage"), ("hologram", "unknown")])
async def test_other_kinds_are_kept_and_answered(make_rig: Make, kind: str, name: str) -> None:
    """A2"""
    inbound = await heard(make_rig, lambda customer: customer.sends(kind))
    assert inbound.unsupported == name


async def test_a_text_without_words_is_answered(make_rig: Make) -> None:
    """A2: a sticker from WeChat's shop arrives so."""
    inbound = await heard(make_rig, lambda customer: customer.sends("text", Content=" "))
    assert inbound.unsupported == "empty"


async def test_following_greets(make_rig: Make, clock: Any) -> None:
    inbound = await heard(make_rig, lambda customer: customer.follows())
    assert (inbound.event, inbound.payload) == ("joined", "/greet")
    assert inbound.window == (60.0, 3)
    stamp = int(clock().timestamp())
    assert inbound.external_id == f"event:{inbound.address.peer}:{stamp}:subscribe:"


async def test_following_by_a_qr_code_greets(make_rig: Make) -> None:
    inbound = await heard(make_rig, lambda customer: customer.follows("fridge"))
    assert (inbound.event, inbound.payload) == ("joined", "/greet")


async def test_scanning_as_a_follower_greets(make_rig: Make) -> None:
    inbound = await heard(make_rig, lambda customer: customer.scans("fridge"))
    assert (inbound.event, inbound.payload, inbound.window) == (None, "/greet", (60.0, 3))


async def test_unfollowing_is_an_event_without_answer(make_rig: Make) -> None:
    inbound = await heard(make_rig, lambda c: c.unfollows(), answer=lambda inbound: ())
    assert (inbound.event, inbound.window) == ("left", None)


async def test_a_menu_click_carries_its_payload(make_rig: Make) -> None:
    rig = await make_rig()
    rig.simulator.menu = {"button": [{"type": "click", "name": "报修", "key": "/report_fault"}]}
    await rig.customer().clicks_menu("报修")
    inbound = rig.desk.received[0]
    assert (inbound.payload, inbound.text, inbound.window) == ("/report_fault", "", (60.0, 3))
    assert inbound.external_id.endswith(":CLICK:/report_fault")


async def test_a_menu_click_of_somebody_elses_menu_is_words(make_rig: Make) -> None:
    inbound = await heard(make_rig, lambda customer: customer.event("CLICK", {"EventKey": "报修"}))
    assert (inbound.payload, inbound.text) == (None, "报修")


async def test_two_clicks_in_one_second_on_different_buttons_are_two(make_rig: Make) -> None:
    """I2: events are told apart by sender, time, event and key."""
    rig = await make_rig()
    for key in ("/report_fault", "/track_order", "/report_fault"):
        await rig.customer().event("CLICK", {"EventKey": key})
    assert (len(rig.desk.received), len(rig.desk.repeated)) == (2, 1)


async def test_a_very_long_event_key_still_has_one_short_id(make_rig: Make) -> None:
    inbound = await heard(make_rig, lambda customer: customer.event("CLICK", {"EventKey": "/" + "长" * 500}))
    assert len(inbound.external_id) < 200


async def test_a_scanned_bar_code_is_words(make_rig: Make) -> None:
    inbound = await heard(
        make_rig,
        lambda customer: customer.event(
            "scancode_waitmsg",
            {"EventKey": "k", "ScanCodeInfo": {"ScanType": "barcode", "ScanResult": "EAN_13,BCD216"}},
        ),
    )
    assert inbound.text == "BCD216"


async def test_a_place_chosen_through_the_menu(make_rig: Make) -> None:
    place = {"Location_X": "23", "Location_Y": "113", "Scale": "15", "Label": "广州", "Poiname": "广州塔"}
    event = {"EventKey": "k", "SendLocationInfo": place}
    inbound = await heard(make_rig, lambda customer: customer.event("location_select", event))
    assert inbound.location == Location(23.0, 113.0, "广州塔")


@pytest.mark.parametrize(
    ("event", "name"),
    [
        ("LOCATION", "location"),
        ("VIEW", "view"),
        ("TEMPLATESENDJOBFINISH", "templatesendjobfinish"),
        ("subscribe_msg_popup_event", "subscribe_msg_popup_event"),
        ("subscribe_msg_change_event", "subscribe_msg_change_event"),
        ("subscribe_msg_sent_event", "subscribe_msg_sent_event"),
        ("user_get_card", "event"),
        ("brand_new_event", "unknown_event"),
    ],
)
async def test_events_without_an_answer_are_acknowledged_and_counted(
    make_rig: Make, event: str, name: str
) -> None:
    """A2: unknown kinds are acknowledged; the counter's names are bounded."""
    rig = await make_rig()
    assert await rig.customer().event(event, {"EventKey": "https://example.com"}) == []
    assert rig.simulator.problems == []
    assert rig.desk.received == []
    assert rig.counted[f"wechat.ignored.{name}"] == 1


async def test_a_tap_in_a_menu_message_is_a_choice(make_rig: Make) -> None:
    """C10: bizmsgmenuid brings back the reference we sent."""
    inbound = await heard(make_rig, lambda c: c.sends("text", Content="满意", bizmsgmenuid="12:1"))
    assert (inbound.choice, inbound.text) == ("12:1", "满意")


@pytest.mark.parametrize("strange", ["101", "1:2:3", "a:b", "-1:0", "1" * 30 + ":0"])
async def test_a_menu_id_that_is_not_ours_is_only_words(make_rig: Make, strange: str) -> None:
    inbound = await heard(make_rig, lambda c: c.sends("text", Content="满意", bizmsgmenuid=strange))
    assert (inbound.choice, inbound.text) == (None, "满意")


async def test_createtime_is_the_time_of_the_message(make_rig: Make) -> None:
    rig = await make_rig("plain")
    await rig.post(*rig.simulator.pusher.sealed(XML))
    assert rig.desk.received[0].sent_at == datetime.fromtimestamp(1772424000, UTC)


async def test_when_the_desk_cannot_store_it_wechat_must_try_again(make_rig: Make) -> None:
    """I1: no `success` for what is not durable; the third try is taken."""
    rig = await make_rig()
    rig.desk.problems = [RuntimeError("disk full"), RuntimeError("disk full")]
    bubbles = await rig.customer().says("你好")
    assert [b.text for b in bubbles] == ["收到：你好"]
    assert rig.simulator.pusher.attempts == 3


async def test_when_the_desk_stays_down_the_customer_is_told_by_wechat(make_rig: Make) -> None:
    """I1: three tries, then WeChat's own words; nothing was acknowledged."""
    rig = await make_rig()
    rig.desk.problems = [RuntimeError("disk full")] * 3
    (bubble,) = await rig.customer().says("你好")
    assert bubble.kind == "failure"
    assert rig.desk.received == []


async def test_messages_of_many_customers_at_once(make_rig: Make) -> None:
    rig = await make_rig()
    names = [f"c{n}" for n in range(30)]
    answers = await asyncio.gather(*(rig.customer(name).says(name) for name in names))
    assert [a[0].text for a in answers] == [f"收到：{name}" for name in names]


async def test_an_expired_replay_cannot_be_used_again(make_rig: Make, clock: Any) -> None:
    """I3: the same bytes, later."""
    rig = await make_rig()
    query, body = rig.simulator.pusher.sealed(XML)
    assert (await rig.post(query, body)).status == 200
    clock.now += timedelta(hours=1)
    assert (await rig.post(query, body)).status == 403
